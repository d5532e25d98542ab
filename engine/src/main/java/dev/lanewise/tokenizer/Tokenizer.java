package dev.lanewise.tokenizer;

/** Placeholder until the tokenizer branch lands. */
public final class Tokenizer {
    private Tokenizer() {}
}
