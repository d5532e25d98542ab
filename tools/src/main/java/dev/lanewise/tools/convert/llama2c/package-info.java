/** Checkpoints and tokenizers of llama2.c (https://github.com/karpathy/llama2.c, export.py and tokenizer.py). */
package dev.lanewise.tools.convert.llama2c;
