package dev.lanewise.transformer;

import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.weights.LaneFile;

/** The encoder of the diagram: embedding, then layers. Immutable, thread-safe; holds slices of the file's mapping. */
public final class Encoder {
    private final Embedding embedding;
    private final Stack stack;
    private final Norm norm; // null where there is none

    /**
     * @param file an open file that has exactly the tensors of the specification
     * @param spec of the shape encoder
     */
    public Encoder(LaneFile file, TransformerSpec spec) {
        Weights weights = new Weights(file, spec);
        embedding = new Embedding(weights, spec);
        stack = new Stack(weights, "encoder", spec.stack(), false);
        norm = spec.stack().finalNorm() ? weights.norm("encoder.norm", spec.stack().norm()) : null;
    }

    /**
     * Runs the texts of the session's batch; afterwards {@code session.hidden()} holds the last hidden state,
     * {@code [tokens][session.stride()]}, until the next pass.
     */
    public void forward(Session session) {
        session.begin();
        try {
            embedding.forward(session);
            stack.forward(session, () -> false);
            if (norm != null) {
                session.rows().normalizeInPlace(norm);
            }
        } finally {
            session.end();
        }
    }
}
