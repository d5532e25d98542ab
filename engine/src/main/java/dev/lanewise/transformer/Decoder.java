package dev.lanewise.transformer;

import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.weights.LaneFile;
import java.util.function.BooleanSupplier;

/**
 * The decoder of the diagram, alone or in an {@link EncoderDecoder}: embedding, layers in which each token sees those before
 * it, and a head that gives every id a logit. Immutable, thread-safe; holds slices of the file's mapping.
 */
public final class Decoder {
    private final Embedding embedding;
    private final Stack stack;
    private final Head head;

    /**
     * @param file an open file that has exactly the tensors of the specification
     * @param spec of the shape decoder, or encoder-decoder
     */
    public Decoder(LaneFile file, TransformerSpec spec) {
        Weights weights = new Weights(file);
        embedding = new Embedding(weights, spec);
        stack = new Stack(weights, "decoder", spec.stack(), true);
        head = new Head(weights, spec);
    }

    /**
     * Runs the texts of the session's batch, each behind the tokens of its cache, which grows by it. If this fails or is
     * stopped, the caches are as before.
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
        } finally {
            session.end();
        }
        Batch batch = session.batch();
        for (int text = 0; text < batch.texts(); text++) {
            batch.cache(text).advance(batch.length(text));
        }
        return true;
    }

    /**
     * Computes what cross-attention reads of the last pass of an encoder.
     *
     * @param source the session of that pass
     */
    void encode(Session source, EncodedSource[] sources) {
        Batch batch = source.batch();
        for (int text = 0; text < batch.texts(); text++) {
            sources[text].begin(batch.length(text));
        }
        source.begin();
        try {
            stack.encode(source, sources);
        } finally {
            source.end();
        }
    }

    /**
     * The logits of some tokens of the last pass, in {@code session.logits()}, {@code [count][session.logitsStride()]}.
     *
     * @param tokens their numbers in the batch
     */
    public void logits(Session session, int[] tokens, int count) {
        head.forward(session, tokens, count);
    }
}
