package dev.lanewise.tools;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.transformer.Encoder;
import dev.lanewise.transformer.Session;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An encoder without its public face: what it makes of ids, several texts in one batch. Not thread-safe. */
record EncoderNetwork(LaneFile file, TransformerSpec spec, Encoder encoder, Crew crew, Session session)
        implements
            AutoCloseable {

    /**
     * What it makes of a text.
     *
     * @param hidden the last hidden state, {@code [tokens][width]}
     * @param logits {@code [1 or tokens][outputs]}, null where there is no head
     */
    record Output(float[][] hidden, float[][] logits) {}

    /** Opens a file. */
    static EncoderNetwork open(Path path, int threads) throws IOException {
        LaneFile file = LaneFile.open(path);
        TransformerSpec spec = TransformerSpec.read(file.metadata());
        Crew crew = new Crew(threads);
        // No pass is small, so that threads share every one.
        return new EncoderNetwork(file, spec, new Encoder(file, spec), crew,
                new Session(spec, Kernels.select(), crew, 0));
    }

    /** Runs texts as one batch. */
    List<Output> run(List<int[]> ids, List<int[]> types) {
        session.batch().clear();
        for (int i = 0; i < ids.size(); i++) {
            session.batch().add(ids.get(i), types.get(i), 0, ids.get(i).length);
        }
        encoder.forward(session);
        float[] logits = spec.head() == null ? null : encoder.logits(session);
        boolean ofTexts = spec.head() != null && spec.head().pooling() != null;
        List<Output> outputs = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            int start = session.batch().start(i);
            outputs.add(new Output(
                    rows(session.hidden(), session.stride(), start, ids.get(i).length, spec.stack().width()),
                    logits == null
                            ? null
                            : rows(logits, TensorInfo.padded(spec.head().outputs()), ofTexts ? i : start,
                                    ofTexts ? 1 : ids.get(i).length, spec.head().outputs())));
        }
        return outputs;
    }

    private static float[][] rows(float[] x, int stride, int first, int count, int width) {
        float[][] rows = new float[count][];
        Arrays.setAll(rows, i -> Arrays.copyOfRange(x, (first + i) * stride, (first + i) * stride + width));
        return rows;
    }

    @Override
    public void close() {
        crew.close();
        file.close();
    }
}
