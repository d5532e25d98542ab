package dev.lanewise.bench.scenario;

import com.sun.management.ThreadMXBean;
import dev.lanewise.bench.Report;
import dev.lanewise.bench.measure.Samples;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.transformer.Encoder;
import dev.lanewise.transformer.Session;
import dev.lanewise.weights.LaneFile;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.LaneWriter;
import dev.lanewise.writer.SpecWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Long texts through an encoder of random weights with the shape of ModernBERT's base: 22 layers of width 768, every third of which
 * sees the whole text, the others 64 tokens to each side. What a token costs may grow only by what those thirds compare.
 */
final class ShapeScenario implements Scenario {
    private static final int[] LENGTHS = {512, 1024, 2048, 4096, 8192};
    private static final int WIDTH = 768;
    private static final int HEADS = 12;
    private static final int VOCABULARY = 512;
    private static final int MOST_PASSES = 5;

    @Override
    public String name() {
        return "embed";
    }

    @Override
    public String purpose() {
        return "an encoder of ModernBERT's shape, random weights: texts of up to 8,192 tokens";
    }

    @Override
    public List<String> peers() {
        return List.of();
    }

    @Override
    public void run(Run run) throws Exception {
        Path path = Files.createTempFile("lanewise-shape", ".lane");
        try {
            TransformerSpec spec = write(path);
            try (LaneFile file = LaneFile.open(path); Crew crew = new Crew(run.threads())) {
                Encoder encoder = new Encoder(file, spec);
                long before = live();
                Session session = new Session(spec, Kernels.select(), crew);
                for (int length : LENGTHS) {
                    measure(run, encoder, session, length, before);
                }
            }
        } finally {
            Files.delete(path);
        }
    }

    private static void measure(Run run, Encoder encoder, Session session, int length, long before) {
        session.batch().clear();
        session.batch().add(new Random(1).ints(length, 0, VOCABULARY).toArray(), null, 0, length);
        encoder.forward(session); // warms up, and makes the buffers
        long allocated = allocated();
        double[] seconds = new double[MOST_PASSES];
        int passes = 0;
        double all = 0;
        while (passes < MOST_PASSES && (passes < 3 || all < run.seconds())) {
            long start = System.nanoTime();
            encoder.forward(session);
            seconds[passes] = (System.nanoTime() - start) / 1e9;
            all += seconds[passes++];
        }
        allocated = (allocated() - allocated) / passes;
        Samples samples = new Samples(Arrays.copyOf(seconds, passes));
        long live = live() - before;
        run.report().line(
                "%,5d tokens: %s, %.3f ms a token; the session takes %,.0f MB, %.1f kB a token; %,d bytes allocated a pass",
                length, Report.time(samples.median()), samples.median() / length * 1e3, live / 1e6,
                live / 1e3 / length, allocated);
        Report.put(run.report().addCase(length + " tokens"), "lanewise", samples);
    }

    /** Bytes of the heap that are in use, garbage not counted. */
    private static long live() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Bytes that all threads together have allocated so far. */
    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getTotalThreadAllocatedBytes();
    }

    private static TransformerSpec write(Path path) throws IOException {
        NormSpec norm = new NormSpec(NormSpec.Kind.LAYER, 1e-5, false);
        int size = WIDTH / HEADS;
        AttentionSpec far = new AttentionSpec(HEADS, HEADS, size, 1 / Math.sqrt(size), 0, 0, false, false, null,
                new RotarySpec(160_000, size), false);
        AttentionSpec near = new AttentionSpec(HEADS, HEADS, size, 1 / Math.sqrt(size), 0, 65, false, false, null,
                new RotarySpec(10_000, size), false);
        TransformerSpec spec = TransformerSpec.encoder("shape", new EmbeddingSpec(VOCABULARY, 0, norm),
                new PositionSpec(PositionSpec.Kind.NONE, 8192, 0),
                new StackSpec(22, WIDTH, StackSpec.NormPlacement.PRE, norm, List.of(far, near), List.of(0, 1, 1), null,
                        new FeedForwardSpec(1152, Activation.GELU, true, false, null), 1, true, false, 22),
                null);
        Metadata.Builder metadata = Metadata.builder();
        SpecWriter.write(spec, metadata);
        List<TensorInfo> tensors = spec.tensors(DataType.F32).toList();
        Random random = new Random(2);
        try (LaneWriter writer = new LaneWriter(path, metadata.build(), tensors)) {
            for (TensorInfo tensor : tensors) {
                float deviation = tensor.shape().size() == 1 ? 0 : (float) (1 / Math.sqrt(tensor.columns()));
                writer.write((_, into) -> {
                    for (int i = 0; i < into.length; i++) {
                        into[i] = deviation == 0 ? 1 : (float) random.nextGaussian() * deviation;
                    }
                });
            }
            writer.finish();
        }
        return spec;
    }
}
