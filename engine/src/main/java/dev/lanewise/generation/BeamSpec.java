package dev.lanewise.generation;

import dev.lanewise.spec.GenerationSpec;
import java.util.Arrays;

/**
 * The rules of a {@link BeamSearch}. The score of a hypothesis is the logarithm of its probability, divided by
 * {@code ((offset + n) / (offset + 1))^lengthPenalty}, where n is its length: an exponent above 0 favours long texts.
 *
 * @param rules what is the same for all texts of a model; its start, and {@code maxTokens} of 0, are of no use here
 * @param offset 0, or 5 for the formula of Google's NMT (Wu et al., 2016)
 * @param countEnd whether the token that ends a text counts in its length
 * @param ends ids that end a text, in order, all of them in the vocabulary
 */
public record BeamSpec(GenerationSpec rules, double offset, boolean countEnd, int[] ends) {

    boolean isEnd(int id) {
        return Arrays.binarySearch(ends, id) >= 0;
    }

    /** What the logarithm of the probability of so many tokens is divided by. */
    double divisor(int tokens) {
        return StrictMath.pow((offset + Math.max(1, tokens)) / (offset + 1), rules.lengthPenalty());
    }
}
