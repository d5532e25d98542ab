package dev.lanewise;

/**
 * A token as a {@link GenerationStream} gives it, or {@link Scheduler#stream}.
 *
 * @param id the token; -1, of a scheduler's alone, for a rest of the text that was held back and is known when all has ended
 * @param text what of the text is known since the token before; empty if nothing, or if the model has no tokenizer
 */
public record GeneratedToken(int id, String text) {}
