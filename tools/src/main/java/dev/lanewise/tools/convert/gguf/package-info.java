/**
 * GGUF, the format of llama.cpp (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): metadata, tensors, the
 * block types in which it stores quantised weights, and the tokenizer among the metadata.
 */
package dev.lanewise.tools.convert.gguf;
