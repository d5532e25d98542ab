package dev.lanewise.models;

/**
 * What a model must output for a text, from an implementation that nobody here wrote. The arrays are this record's own; do not
 * change them.
 *
 * @param text the text
 * @param ids its tokens, the special ones included
 * @param vector its embedding, [width]
 */
public record GoldenEmbedding(String text, int[] ids, float[] vector) {}
