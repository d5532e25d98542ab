/** ONNX Runtime through its Java API, on the original graph. */
package dev.lanewise.bench.onnxruntime;
