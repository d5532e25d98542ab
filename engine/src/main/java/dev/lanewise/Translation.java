package dev.lanewise;

import java.util.List;

/**
 * What was made of a source.
 *
 * @param sourceIds its ids, with the tokens that the model wants around a text; not to be changed
 * @param hypotheses translations, the best first, as many as were asked for if the search found so many; at least one, unless it
 *            was cancelled or the time was over before there was a token
 */
public record Translation(int[] sourceIds, List<Hypothesis> hypotheses) {

    /**
     * One translation. Its arrays are not to be changed.
     *
     * @param ids the tokens that were chosen, the one that ends the text included
     * @param text the text of these tokens, without special ones; empty if the model has no tokenizer
     * @param score the logarithm of its probability, divided by its length penalty; what was forced costs nothing
     * @param finish why it ended: {@link FinishReason#STOP_TOKEN}, {@link FinishReason#LENGTH},
     *            {@link FinishReason#CANCELLED} or {@link FinishReason#DEADLINE}
     * @param logProbabilities of each token, given those before it; 0 of those that were forced
     * @param alignment {@code [ids.length][sourceIds.length]}: how much each token attends to each of the source, the mean of the
     *            heads that were asked for; otherwise empty
     */
    public record Hypothesis(int[] ids, String text, double score, FinishReason finish, float[] logProbabilities,
            float[][] alignment) {}

    /** The best text. */
    public String text() {
        return hypotheses.isEmpty() ? "" : hypotheses.getFirst().text();
    }
}
