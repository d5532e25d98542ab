package dev.lanewise.transformer;

import dev.lanewise.spec.StackSpec;

/** The layers of an encoder or a decoder, one behind the other. */
final class Stack {
    private final Layer[] layers;

    /**
     * @param name what the names of its tensors begin with
     * @param causal whether a token sees only those before it, and itself
     */
    Stack(Weights weights, String name, StackSpec spec, boolean causal) {
        layers = new Layer[spec.layers()];
        for (int i = 0; i < layers.length; i++) {
            layers[i] = new Layer(weights, name + ".layers." + i, i, spec, causal);
        }
    }

    /** {@code session.hidden() = layers(session.hidden())}. */
    void forward(Session session) {
        for (Layer layer : layers) {
            layer.forward(session);
        }
    }
}
