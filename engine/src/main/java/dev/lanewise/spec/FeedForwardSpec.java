package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * The feed-forward network: up to a wider vector, an activation, and down again.
 *
 * @param width of the vector between
 * @param activation what is applied to it, or to its gate
 * @param gated whether a second map's output, after the activation, multiplies the first's (Shazeer, 2020)
 * @param bias whether the maps have biases
 * @param experts how several such networks share the work, or null for one
 */
public record FeedForwardSpec(int width, Activation activation, boolean gated, boolean bias, ExpertsSpec experts) {

    /**
     * A mixture of experts: a router gives each a weight by softmax, the heaviest compute a token (Shazeer et al., 2017).
     *
     * @param count how many there are
     * @param used how many compute a token
     * @param renormalized whether the weights of those are divided by their sum
     */
    public record ExpertsSpec(int count, int used, boolean renormalized) {}

    /** The plain one of the first transformers, with biases. */
    public FeedForwardSpec(int width, Activation activation) {
        this(width, activation, false, true, null);
    }

    static FeedForwardSpec read(Metadata.Reader in, String prefix) {
        return new FeedForwardSpec(in.integer(prefix + "width", 1, TransformerSpec.MOST),
                in.word(prefix + "activation", Activation.class), in.flag(prefix + "gated", false),
                in.flag(prefix + "bias", true), readExperts(in, prefix + "experts."));
    }

    private static ExpertsSpec readExperts(Metadata.Reader in, String prefix) {
        if (!in.has(prefix + "count")) {
            return null;
        }
        int count = in.integer(prefix + "count", 1, 4096);
        return new ExpertsSpec(count, in.integer(prefix + "used", 1, count), in.bool(prefix + "renormalized"));
    }
}
