/**
 * ONNX: its files ({@link dev.lanewise.tools.convert.onnx.OnnxGraph}), read message by message, and the encoder in a graph
 * ({@code EncoderGraph}), recognised block by block from the output back to the inputs.
 */
package dev.lanewise.tools.convert.onnx;
