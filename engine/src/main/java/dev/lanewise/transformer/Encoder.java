package dev.lanewise.transformer;

import dev.lanewise.spec.HeadSpec;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.spec.SourceSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.weights.LaneFile;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The encoder of the diagram: embedding, then layers; alone also what makes vectors and logits of them. Immutable,
 * thread-safe; holds slices of the file's mapping.
 */
public final class Encoder {
    private final Embedding embedding;
    private final Stack stack;
    private final Norm norm; // null where there is none
    private final DenseLayers pooled;
    private final HeadSpec headSpec; // null where there is none
    private final DenseLayers head; // null where there is none

    /**
     * @param file an open file that has exactly the tensors of the specification
     * @param spec of the shape encoder, or encoder-decoder
     */
    public Encoder(LaneFile file, TransformerSpec spec) {
        Weights weights = new Weights(file);
        SourceSpec source = spec.source();
        StackSpec layers = source == null ? spec.stack() : source.stack();
        embedding = source == null ? new Embedding(weights, spec) : new Embedding(weights, source);
        stack = new Stack(weights, "encoder", layers, false);
        norm = layers.finalNorm() ? weights.norm("encoder.norm", layers.norm()) : null;
        pooled = new DenseLayers(weights, "pooling", spec.pooling() == null ? List.of() : spec.pooling().dense(), null);
        headSpec = spec.head();
        head = headSpec == null
                ? null
                : new DenseLayers(weights, "head", headSpec.dense(),
                        weights.linear(headSpec.tied() ? "embedding.token" : "head.output", "head.output"));
    }

    /**
     * Runs the texts of the session's batch; afterwards {@code session.hidden()} holds the last hidden state,
     * {@code [tokens][session.stride()]}, until the next pass.
     */
    public void forward(Session session) {
        forward(session, Session.NEVER);
    }

    /**
     * The same for who may change their mind.
     *
     * @param stop asked before every layer
     * @return whether it was not stopped
     */
    public boolean forward(Session session, BooleanSupplier stop) {
        session.begin();
        try {
            embedding.forward(session);
            if (!stack.forward(session, stop)) {
                return false;
            }
            if (norm != null) {
                session.rows().normalizeInPlace(norm);
            }
            return true;
        } finally {
            session.end();
        }
    }

    /**
     * The vectors of the texts of the last pass, not normalised.
     *
     * @return {@code [texts][padded width of a vector]}, until the next call
     */
    public float[] vectors(Session session, PoolingSpec.Kind pooling) {
        return pooled.forward(session, pooling);
    }

    /**
     * The logits of the texts, or tokens, of the last pass; where there is a head.
     *
     * @return {@code [texts or tokens][padded outputs]}, until the next call
     */
    public float[] logits(Session session) {
        return head.forward(session, headSpec.pooling());
    }
}
