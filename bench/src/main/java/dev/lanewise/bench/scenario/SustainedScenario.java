package dev.lanewise.bench.scenario;

import dev.lanewise.Embedder;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.bench.Report;
import dev.lanewise.bench.measure.Samples;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Few, large calls in a fresh JVM: how long it takes until they are fast, and whether they stay so. */
final class SustainedScenario implements Scenario {
    private static final int BATCHES = 32;
    private static final int TEXTS = 8;
    private static final int TOKENS = 128;
    /** From then on, since the start of the JVM, no batch should be slow. */
    private static final double WARM_SECONDS = 3;
    private static final int LAST = 10;

    private final EncoderFiles.Source files;

    SustainedScenario(EncoderFiles.Source files) {
        this.files = files;
    }

    @Override
    public String name() {
        return "sustained";
    }

    @Override
    public String purpose() {
        return "32 batches of 8 x 128 tokens in this fresh process, the time of each";
    }

    @Override
    public List<String> peers() {
        return List.of();
    }

    @Override
    public void run(Run run) throws Exception {
        EncoderFiles encoder = files.get(run);
        Texts texts = Texts.of(encoder.lane(), IntStream.range(0, TEXTS).map(i -> TOKENS).toArray());
        double[] seconds = new double[BATCHES];
        double[] begun = new double[BATCHES]; // since the start of the JVM
        try (Model model = Model.open(encoder.lane(), new ModelOptions(run.threads()))) {
            Embedder embedder = model.embedder();
            for (int i = 0; i < BATCHES; i++) {
                begun[i] = uptime();
                long start = System.nanoTime();
                embedder.embedAll(texts.texts());
                seconds[i] = (System.nanoTime() - start) / 1e9;
            }
        }
        print(run.report(), begun, seconds);
    }

    private static double uptime() {
        return ManagementFactory.getRuntimeMXBean().getUptime() / 1e3;
    }

    private static void print(Report report, double[] begun, double[] seconds) {
        for (int i = 0; i < BATCHES; i++) {
            report.line("batch %2d, begun %6.2f s after the JVM: %s", i + 1, begun[i], Report.time(seconds[i]));
        }
        double settled = new Samples(Arrays.copyOfRange(seconds, BATCHES - LAST, BATCHES)).median();
        double[] warm = IntStream.range(0, BATCHES).filter(i -> begun[i] >= WARM_SECONDS).mapToDouble(i -> seconds[i])
                .toArray();
        report.line("median of the last %d: %s", LAST, Report.time(settled));
        report.line(warm.length == 0
                ? "all batches were begun before %.0f s"
                : "slowest begun after %.0f s: %.2f times that", WARM_SECONDS,
                warm.length == 0 ? 0 : new Samples(warm).greatest() / settled);
        Report.put(report.addCase("sustained"), "seconds", new Samples(seconds));
    }
}
