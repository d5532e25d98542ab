package dev.lanewise;

/**
 * A text and how well it answers a query.
 *
 * @param index its place among the texts that were given
 * @param text the text
 * @param logit the greater, the better
 * @param probability 1 / (1 + exp(-logit))
 * @param tokens how many tokens query and text have, the special ones included, before anything was cut
 * @param truncated whether they were cut to what the model takes
 */
public record RankedText(int index, String text, float logit, float probability, int tokens, boolean truncated) {}
