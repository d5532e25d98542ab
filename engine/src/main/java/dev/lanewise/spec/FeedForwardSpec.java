package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * The feed-forward network: up to a wider vector, an activation, and down again.
 *
 * @param width of the vector between
 * @param activation what is applied to it
 */
public record FeedForwardSpec(int width, Activation activation) {

    static FeedForwardSpec read(Metadata.Reader in, String prefix) {
        return new FeedForwardSpec(in.integer(prefix + "width", 1, TransformerSpec.MOST),
                in.word(prefix + "activation", Activation.class));
    }

    void write(Metadata.Builder out, String prefix) {
        out.put(prefix + "width", width).put(prefix + "activation", activation);
    }
}
