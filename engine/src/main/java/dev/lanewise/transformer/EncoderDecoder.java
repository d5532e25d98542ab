package dev.lanewise.transformer;

import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.weights.LaneFile;
import java.util.function.BooleanSupplier;

/**
 * The whole diagram: an encoder reads a source, a decoder attends to what it made of it. A source is encoded once, into an
 * {@link EncodedSource}; each text of a decoder's batch names the one it attends to. Immutable, thread-safe; holds slices of
 * the file's mapping.
 */
public final class EncoderDecoder {
    private final Encoder encoder;
    private final Decoder decoder;

    /**
     * @param file an open file that has exactly the tensors of the specification
     * @param spec of the shape encoder-decoder
     */
    public EncoderDecoder(LaneFile file, TransformerSpec spec) {
        encoder = new Encoder(file, spec);
        decoder = new Decoder(file, spec);
    }

    /**
     * Encodes the texts, or features, of {@code session.source().batch()}. Afterwards {@code session.source().hidden()} holds
     * the encoder's last hidden state until the next pass.
     *
     * @param sources get the texts, each one of its own, in their order; none of them may be read meanwhile
     * @param stop asked before every layer of the encoder
     * @return whether it was not stopped; otherwise the sources are useless
     */
    public boolean encode(Session session, EncodedSource[] sources, BooleanSupplier stop) {
        if (!encoder.forward(session.source(), stop)) {
            return false;
        }
        decoder.encode(session.source(), sources);
        return true;
    }

    /**
     * Runs the texts of {@code session.batch()}, each behind the tokens of its cache, which grows by it, and each attending to
     * its source. If this fails or is stopped, the caches are as before.
     *
     * @param stop asked before every layer
     * @return whether it was not stopped
     */
    public boolean forward(Session session, BooleanSupplier stop) {
        return decoder.forward(session, stop);
    }

    /**
     * The logits of some tokens of the last {@link #forward}, in {@code session.logits()},
     * {@code [count][session.logitsStride()]}.
     *
     * @param tokens their numbers in the batch
     */
    public void logits(Session session, int[] tokens, int count) {
        decoder.logits(session, tokens, count);
    }
}
