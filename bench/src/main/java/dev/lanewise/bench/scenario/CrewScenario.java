package dev.lanewise.bench.scenario;

import dev.lanewise.Embedder;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
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
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the worker crew promises: from which size on it is of use, that two callers at once lose nothing against one after the
 * other, and that idle workers cost nothing.
 */
final class CrewScenario implements Scenario {
    private static final int[] WIDTHS = {32, 64, 128, 256, 384};
    private static final int[] TOKENS = {1, 8};
    private static final int LAYERS = 6;
    private static final int PASSES = 40;
    private static final int ROUNDS = 10;
    private static final int CALLS = 2;

    private final EncoderFiles.Source files;

    CrewScenario(EncoderFiles.Source files) {
        this.files = files;
    }

    @Override
    public String name() {
        return "crew";
    }

    @Override
    public String purpose() {
        return "the workers: from which size on they help, two callers at once, and what idle ones cost";
    }

    @Override
    public List<String> peers() {
        return List.of();
    }

    @Override
    public void run(Run run) throws Exception {
        EncoderFiles encoder = files.get(run);
        Texts texts = Texts.of(encoder.lane(), IntStream.range(0, 8).map(i -> 128).toArray());
        ModelOptions options = new ModelOptions(run.threads());
        try (Model one = Model.open(encoder.lane(), options); Model two = Model.open(encoder.lane(), options)) {
            Runnable first = caller(one, texts);
            for (int i = 0; i < 4; i++) {
                first.run(); // until everything is compiled
            }
            sizes(run);
            callers(run.report(), "two callers, one model", first, first);
            callers(run.report(), "two callers, two models", first, caller(two, texts));
            idle(run.report());
        }
    }

    /** Small passes by the caller alone, and by the crew, in turn; in a row, and after the workers have parked. */
    private static void sizes(Run run) throws Exception {
        run.report().line("passes of %d layers, caller alone against a crew of %d: in a row, after a pause", LAYERS,
                run.threads());
        Path folder = Files.createTempDirectory("lanewise-crew");
        Path path = folder.resolve("crew.lane");
        try (Crew crew = new Crew(run.threads()); Crew alone = new Crew(1)) {
            for (int width : WIDTHS) {
                TransformerSpec spec = write(path, width);
                try (LaneFile file = LaneFile.open(path)) {
                    file.tensorOf(Kernels.WARM_UP_BYTES).ifPresent(weights -> Kernels.warmUp(weights, file.types()));
                    Encoder encoder = new Encoder(file, spec);
                    for (int tokens : TOKENS) {
                        size(run.report(), encoder, new Session(spec, Kernels.select(), alone),
                                new Session(spec, Kernels.select(), crew, 0), width, tokens);
                    }
                }
                Files.delete(path);
            }
        } finally {
            Files.deleteIfExists(path);
            Files.delete(folder);
        }
    }

    private static void size(Report report, Encoder encoder, Session alone, Session crew, int width, int tokens)
            throws InterruptedException {
        for (Session session : List.of(alone, crew)) {
            session.batch().add(new int[tokens], null, 0, tokens);
            passes(encoder, session, PASSES, 0);
        }
        double[] inARow = new double[ROUNDS];
        double[] afterPause = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            inARow[round] = passes(encoder, alone, PASSES, 0) / passes(encoder, crew, PASSES, 0);
            afterPause[round] = passes(encoder, alone, 10, 2) / passes(encoder, crew, 10, 2);
        }
        long products = (long) tokens * LAYERS * 12 * width * width;
        Samples row = new Samples(inARow);
        Samples pause = new Samples(afterPause);
        report.line("  width %3d, %2d tokens, %7.2f M multiply-adds: the crew is %.2f, %.2f times as fast", width,
                tokens, products / 1e6, row.median(), pause.median());
        Report.put(report.addCase("width " + width + ", " + tokens + " tokens"), "crew against caller alone", row);
    }

    /** Seconds that the passes take, without the pauses before them. */
    private static double passes(Encoder encoder, Session session, int count, int pauseMillis)
            throws InterruptedException {
        long nanos = 0;
        for (int i = 0; i < count; i++) {
            if (pauseMillis > 0) {
                Thread.sleep(pauseMillis);
            }
            long start = System.nanoTime();
            encoder.forward(session);
            nanos += System.nanoTime() - start;
        }
        return nanos / 1e9;
    }

    private static TransformerSpec write(Path path, int width) throws IOException {
        NormSpec norm = new NormSpec(NormSpec.Kind.LAYER, 1e-12);
        TransformerSpec spec = TransformerSpec.encoder("crew",
                new EmbeddingSpec(8, 0, norm), new PositionSpec(PositionSpec.Kind.LEARNED, 64, 0),
                new StackSpec(LAYERS, width, StackSpec.NormPlacement.POST, norm,
                        new AttentionSpec(width / 32, 32, 0.2), new FeedForwardSpec(4 * width, Activation.GELU)),
                null);
        Metadata.Builder metadata = Metadata.builder();
        SpecWriter.write(spec, metadata);
        List<TensorInfo> tensors = spec.tensors(DataType.F32).toList();
        try (LaneWriter writer = new LaneWriter(path, metadata.build(), tensors)) {
            for (int i = 0; i < tensors.size(); i++) {
                writer.write((_, into) -> Arrays.fill(into, 0.01f));
            }
            writer.finish();
        }
        return spec;
    }

    private static Runnable caller(Model model, Texts texts) {
        Embedder embedder = model.embedder();
        return () -> {
            for (int i = 0; i < CALLS; i++) {
                embedder.embedAll(texts.texts());
            }
        };
    }

    /** Two callers at once against one after the other. */
    private static void callers(Report report, String what, Runnable first, Runnable second)
            throws InterruptedException {
        double[] ratios = new double[ROUNDS / 2];
        for (int round = 0; round < ratios.length; round++) {
            long start = System.nanoTime();
            first.run();
            second.run();
            long between = System.nanoTime();
            Thread other = Thread.ofPlatform().start(second);
            first.run();
            other.join();
            ratios[round] = (double) (System.nanoTime() - between) / (between - start);
        }
        Samples samples = new Samples(ratios);
        report.line("%s: at once takes %.2f [%.2f .. %.2f] times as long as one after the other", what,
                samples.median(), samples.quantile(0.25), samples.quantile(0.75));
        Report.put(report.addCase(what), "at once against one after the other", samples);
    }

    private static void idle(Report report) throws InterruptedException {
        Thread.sleep(50);
        long before = workersNanos();
        Thread.sleep(1000);
        report.line("workers idle for 1 s: %.3f ms of processor time", (workersNanos() - before) / 1e6);
    }

    private static long workersNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(info -> info != null && info.getThreadName().startsWith("lanewise-worker"))
                .mapToLong(info -> threads.getThreadCpuTime(info.getThreadId())).sum();
    }
}
