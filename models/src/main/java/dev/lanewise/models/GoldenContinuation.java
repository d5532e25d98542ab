package dev.lanewise.models;

/**
 * How a model must go on from a text when it takes the most probable token each time, from an implementation that nobody here
 * wrote. No step is so close that rounding could decide. The arrays are this record's own; do not change them.
 *
 * @param prompt the text
 * @param ids its tokens
 * @param next the tokens that follow
 */
public record GoldenContinuation(String prompt, int[] ids, int[] next) {}
