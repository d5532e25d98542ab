package dev.lanewise.generation;

/**
 * The rules of a {@link BeamSearch}. The score of a hypothesis is the logarithm of its probability, divided by
 * {@code ((offset + n) / (offset + 1))^penalty}, where n is its length.
 *
 * @param beams how many hypotheses go on side by side; 1 is the greedy choice
 * @param penalty the exponent of the length: above 0 favours long texts, 0 is none
 * @param offset 0, or 5 for the formula of Google's NMT (Wu et al., 2016)
 * @param countEnd whether the token that ends a text counts in its length
 * @param stopWhenFull whether the search ends as soon as there are as many ended hypotheses as beams; otherwise it ends when the
 *            best one that goes on has no better score than the worst of them
 * @param assumeLongest whether that score is with the penalty of the longest text, if that favours it, so that no better one is
 *            missed; otherwise with the penalty of its present length
 * @param minTokens how many tokens come before one that ends the text
 * @param maxTokens how many tokens a text has at most, at least 1
 * @param noRepeatNgram the length of the sequences of ids that may not occur twice in a text; 0 is no such rule
 * @param first the id that is always the first one, at no cost; or -1
 * @param last the id that is always the one at {@code maxTokens}, at no cost; or -1
 * @param banned ids that never come; what the others have in probability stays as it is
 * @param ends ids that end a text
 */
public record BeamSpec(int beams, double penalty, double offset, boolean countEnd, boolean stopWhenFull,
        boolean assumeLongest, int minTokens, int maxTokens, int noRepeatNgram, int first, int last, int[] banned,
        int[] ends) {

    boolean isEnd(int id) {
        for (int end : ends) {
            if (end == id) {
                return true;
            }
        }
        return false;
    }

    /** What the logarithm of the probability of so many tokens is divided by. */
    double divisor(int tokens) {
        return StrictMath.pow((offset + Math.max(1, tokens)) / (offset + 1), penalty);
    }
}
