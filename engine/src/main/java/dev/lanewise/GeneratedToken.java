package dev.lanewise;

/**
 * A token as a {@link GenerationStream} gives it.
 *
 * @param id the token
 * @param text what of the text is known since the token before; empty if nothing, or if the model has no tokenizer
 */
public record GeneratedToken(int id, String text) {}
