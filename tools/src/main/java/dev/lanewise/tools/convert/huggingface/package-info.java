/**
 * Models as Hugging Face's libraries write them: the configuration and tensor names of a family, safetensors, what
 * sentence-transformers adds, and the two files of tokenizers.
 */
package dev.lanewise.tools.convert.huggingface;
