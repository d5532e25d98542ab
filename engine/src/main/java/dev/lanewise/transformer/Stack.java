package dev.lanewise.transformer;

import dev.lanewise.spec.StackSpec;
import java.util.function.BooleanSupplier;

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
            layers[i] = new Layer(weights, name + ".layers." + spec.weights(i), i, spec, causal);
        }
    }

    /** Computes what cross-attention reads of a source, in every layer. */
    void encode(Session source, EncodedSource[] sources) {
        for (Layer layer : layers) {
            layer.encode(source, sources);
        }
    }

    /**
     * {@code session.hidden() = layers(session.hidden())}.
     *
     * @param stop asked before every layer
     * @return whether it was not stopped
     */
    boolean forward(Session session, BooleanSupplier stop) {
        for (Layer layer : layers) {
            if (stop.getAsBoolean()) {
                return false;
            }
            layer.forward(session);
        }
        return true;
    }
}
