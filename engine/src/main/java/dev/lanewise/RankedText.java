package dev.lanewise;

import java.util.Comparator;

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
public record RankedText(int index, String text, float logit, float probability, int tokens, boolean truncated) {
    /** The best first; a stable sort keeps the order of equal ones. */
    public static final Comparator<RankedText> BEST_FIRST = Comparator.comparingDouble(RankedText::logit).reversed();

    /** One with the probability of its logit. */
    public static RankedText of(int index, String text, float logit, int tokens, boolean truncated) {
        return new RankedText(index, text, logit, Classifier.sigmoid(logit), tokens, truncated);
    }
}
