package dev.lanewise;

import java.util.List;

/**
 * What a {@link Classifier} says of a text.
 *
 * @param labels what can be said, in the order of the model
 * @param logits of each label, as the model computes it
 * @param probabilities of each label; the logits themselves where the model predicts numbers
 * @param tokens how many tokens the text has, the special ones included, before anything was cut
 * @param truncated whether it was cut to what the model takes
 */
public record Classification(List<String> labels, float[] logits, float[] probabilities, int tokens,
        boolean truncated) {

    /** The label with the greatest logit; of equal ones the first. */
    public String label() {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return labels.get(best);
    }
}
