package dev.lanewise;

/**
 * A text's vector, and what was done to the text.
 *
 * @param vector of the model's width
 * @param tokens how many tokens the text has, the special ones included, before anything was cut
 * @param truncated whether it was cut to what the model takes
 */
public record TextEmbedding(float[] vector, int tokens, boolean truncated) {}
