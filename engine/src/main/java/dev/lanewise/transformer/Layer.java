package dev.lanewise.transformer;

import dev.lanewise.spec.StackSpec;

/**
 * One layer of a stack: attention, add and norm, feed-forward, add and norm. An encoder's and a decoder's differ in what
 * attention sees: every token of the text, or those before it, kept in a {@link KeyValueCache}. Beside an encoder, a decoder's
 * has a second attention between, whose keys and values are an {@link EncodedSource}, and an add and norm behind it.
 */
final class Layer {
    private final MultiHeadAttention attention;
    private final AddAndNorm aroundAttention;
    private final MultiHeadAttention crossAttention; // null where there is no encoder
    private final AddAndNorm aroundCrossAttention; // null where there is no encoder
    private final FeedForward feedForward;
    private final AddAndNorm aroundFeedForward;
    private final boolean parallel;

    /**
     * @param name of the layer in the file
     * @param index of the layer in the stack
     */
    Layer(Weights weights, String name, int index, StackSpec stack, boolean causal) {
        attention = new MultiHeadAttention(weights, name + ".attention", index, stack.attention(index), causal, false);
        aroundAttention = weights.addAndNorm(name + ".attention", stack, stack.hasNorm(index, true));
        crossAttention = stack.cross() == null
                ? null
                : new MultiHeadAttention(weights, name + ".cross_attention", index, stack.cross(), false, true);
        aroundCrossAttention = stack.cross() == null
                ? null
                : weights.addAndNorm(name + ".cross_attention", stack, stack.placement().hasNorm());
        feedForward = FeedForward.of(weights, name + ".feed_forward", stack.feedForward());
        aroundFeedForward = weights.addAndNorm(name + ".feed_forward", stack,
                stack.hasNorm(index, false));
        parallel = stack.placement().parallel();
    }

    /** Computes what cross-attention reads of a source. */
    void encode(Session source, EncodedSource[] sources) {
        crossAttention.encode(source, sources);
    }

    /** {@code session.hidden() = layer(session.hidden())}. */
    void forward(Session session) {
        float[] input = aroundAttention.enter(session);
        attention.forward(session, input);
        if (parallel) {
            // Both read the same hidden state, so nothing is added before both have computed.
            float[] other = aroundFeedForward.input() == null ? input : aroundFeedForward.enter(session);
            feedForward.forward(session, other);
            aroundAttention.leave(session, session.attended()[0]);
        } else {
            aroundAttention.leave(session, session.attended()[0]);
            if (crossAttention != null) {
                crossAttention.forward(session, aroundCrossAttention.enter(session));
                aroundCrossAttention.leave(session, session.attended()[0]);
            }
            feedForward.forward(session, aroundFeedForward.enter(session));
        }
        aroundFeedForward.leave(session, session.fedForward()[0]);
    }
}
