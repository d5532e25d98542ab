package dev.lanewise.transformer;

import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.weights.LaneFile;

/** The encoder of the diagram: embedding, then equal layers. Immutable, thread-safe; holds slices of the file's mapping. */
public final class Encoder {
    private final TransformerSpec spec;
    private final Embedding embedding;
    private final EncoderLayer[] layers;

    /**
     * @param file an open file that has exactly the tensors of the specification
     * @param spec of the shape encoder
     */
    public Encoder(LaneFile file, TransformerSpec spec) {
        this.spec = spec;
        Weights weights = new Weights(file);
        embedding = new Embedding(weights, spec);
        layers = new EncoderLayer[spec.stack().layers()];
        for (int i = 0; i < layers.length; i++) {
            layers[i] = new EncoderLayer(weights, "encoder.layers." + i, spec.stack());
        }
    }

    /** What it computes. */
    public TransformerSpec spec() {
        return spec;
    }

    /**
     * Runs the texts of the session's batch; afterwards {@code session.hidden()} holds the last hidden state,
     * {@code [tokens][session.stride()]}, until the next pass.
     */
    public void forward(Session session) {
        session.begin();
        try {
            embedding.forward(session);
            for (EncoderLayer layer : layers) {
                layer.forward(session);
            }
        } finally {
            session.end();
        }
    }
}
