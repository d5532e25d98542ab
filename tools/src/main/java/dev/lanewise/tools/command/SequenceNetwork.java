package dev.lanewise.tools.command;

import dev.lanewise.error.TextTooLongException;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.StemSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.spec.TransformerSpec.Shape;
import dev.lanewise.tensor.DataType;
import dev.lanewise.transformer.EncodedSource;
import dev.lanewise.transformer.EncoderDecoder;
import dev.lanewise.transformer.KeyValueCache;
import dev.lanewise.transformer.Session;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** An encoder-decoder without search: what its encoder makes of a source, and the logits of given tokens. Not thread-safe. */
public final class SequenceNetwork implements AutoCloseable {
    private final LaneFile file;
    private final TransformerSpec spec;
    private final EncoderDecoder network;
    private final Crew crew;
    private final Session session;
    private final EncodedSource source;

    private SequenceNetwork(LaneFile file, TransformerSpec spec, int threads) {
        this.file = file;
        this.spec = spec;
        network = new EncoderDecoder(file, spec);
        crew = new Crew(threads);
        session = new Session(spec, Kernels.select(), crew);
        source = new EncodedSource(spec);
    }

    /** Opens a file that {@link dev.lanewise.Model} has checked; null if it is no encoder-decoder. */
    public static SequenceNetwork open(Path path, int threads) throws IOException {
        LaneFile file = LaneFile.open(path);
        TransformerSpec spec = TransformerSpec.read(file.metadata());
        if (spec.shape() != Shape.ENCODER_DECODER) {
            file.close();
            return null;
        }
        return new SequenceNetwork(file, spec, threads);
    }

    /** What it computes. */
    public TransformerSpec spec() {
        return spec;
    }

    /**
     * The last hidden state of the encoder for a source of ids, {@code [tokens][width]}.
     *
     * @throws TextTooLongException if the model does not take so many
     * @throws IllegalArgumentException if an id is not in its vocabulary
     */
    public float[][] states(int[] ids) {
        check(ids, spec.source().embedding().vocabulary(), spec.source().maxTokens());
        session.source().batch().clear();
        session.source().batch().add(ids, null, 0, ids.length);
        return states();
    }

    /**
     * The last hidden state of the encoder for features.
     *
     * @param features {@code [count][frames]}, row-major
     * @param count of each frame
     * @throws TextTooLongException if the model does not take so many frames
     * @throws IllegalArgumentException if the model wants another number of features
     */
    public float[][] states(float[] features, int count) {
        StemSpec stem = spec.source().stem();
        if (count != stem.features()) {
            throw new IllegalArgumentException(
                    "the model reads frames of " + stem.features() + " features, and these have " + count);
        }
        int frames = features.length / count;
        checkLength(stem.tokens(frames), spec.source().maxTokens());
        session.source().batch().clear();
        session.source().batch().addFeatures(features, frames, stem);
        return states();
    }

    private static void check(int[] ids, int vocabulary, int most) {
        checkLength(ids.length, most);
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw new IllegalArgumentException("id " + id + ": the model has ids 0 to " + (vocabulary - 1));
            }
        }
    }

    private static void checkLength(int tokens, int most) {
        if (tokens > most) {
            throw new TextTooLongException(tokens, most);
        }
    }

    private float[][] states() {
        network.encode(session, new EncodedSource[]{source}, () -> false);
        return rows(session.source().hidden(), session.source().stride(), source.length(),
                spec.source().stack().width());
    }

    /**
     * The logits at every position of a text that attends to the last source, {@code [tokens][vocabulary]}.
     *
     * @throws TextTooLongException if the model does not take so many
     * @throws IllegalArgumentException if an id is not in its vocabulary
     */
    public float[][] logits(int[] ids) {
        check(ids, spec.embedding().vocabulary(), spec.maxTokens());
        session.batch().clear();
        session.batch().add(ids, 0, ids.length, new KeyValueCache(spec.stack(), DataType.F32, ids.length), source);
        network.forward(session, () -> false);
        int[] all = new int[ids.length];
        Arrays.setAll(all, i -> i);
        network.logits(session, all, all.length);
        return rows(session.logits(), session.logitsStride(), all.length, spec.embedding().vocabulary());
    }

    private static float[][] rows(float[] x, int stride, int count, int width) {
        float[][] rows = new float[count][];
        Arrays.setAll(rows, i -> Arrays.copyOfRange(x, i * stride, i * stride + width));
        return rows;
    }

    @Override
    public void close() {
        crew.close();
        file.close();
    }
}
