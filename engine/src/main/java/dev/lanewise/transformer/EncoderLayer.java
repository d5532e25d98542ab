package dev.lanewise.transformer;

import dev.lanewise.spec.StackSpec;

/** One layer of the encoder: attention, add and norm, feed-forward, add and norm. */
final class EncoderLayer {
    private final MultiHeadAttention attention;
    private final AddAndNorm attentionNorm;
    private final FeedForward feedForward;
    private final AddAndNorm feedForwardNorm;

    EncoderLayer(Weights weights, String name, StackSpec spec) {
        attention = new MultiHeadAttention(weights, name + ".attention", spec.attention());
        attentionNorm = weights.norm(name + ".attention.norm", spec.norm().epsilon());
        feedForward = new FeedForward(weights, name + ".feed_forward", spec.feedForward());
        feedForwardNorm = weights.norm(name + ".feed_forward.norm", spec.norm().epsilon());
    }

    /** {@code session.hidden() = layer(session.hidden())}. */
    void forward(Session session) {
        attention.forward(session);
        attentionNorm.forward(session);
        feedForward.forward(session);
        feedForwardNorm.forward(session);
    }
}
