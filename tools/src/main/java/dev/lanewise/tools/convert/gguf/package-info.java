/**
 * GGUF, the format of llama.cpp (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): metadata, tensors, and the
 * block types in which it stores quantised weights.
 */
package dev.lanewise.tools.convert.gguf;
