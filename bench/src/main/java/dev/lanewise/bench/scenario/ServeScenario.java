package dev.lanewise.bench.scenario;

import dev.lanewise.Embedder;
import dev.lanewise.GenerationListener;
import dev.lanewise.GenerationOptions;
import dev.lanewise.Model;
import dev.lanewise.Scheduler;
import dev.lanewise.SchedulerOptions;
import dev.lanewise.SchedulerOptions.WhenFull;
import dev.lanewise.bench.Report;
import dev.lanewise.bench.measure.OpenLoop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** Many callers of one model: latency of embeddings from little load to too much, and the time between tokens of streams. */
final class ServeScenario implements Scenario {
    private static final int TOKENS = 16;
    private static final int QUEUE = 64;
    private static final int[] LOADS = {10, 30, 50, 70, 90, 100, 150}; // percent of the capacity
    private static final int STREAMS = 8;
    private static final int LONG_PROMPT = 1000;
    private static final GenerationListener NOBODY = text -> {
    };

    private final EncoderFiles.Source encoders;
    private final DecoderFiles.Source decoders;

    ServeScenario(EncoderFiles.Source encoders, DecoderFiles.Source decoders) {
        this.encoders = encoders;
        this.decoders = decoders;
    }

    @Override
    public String name() {
        return "serve";
    }

    @Override
    public String purpose() {
        return "many callers: embeddings of 16 tokens at 10 to 150 % of the capacity; 8 streams while long prompts arrive";
    }

    @Override
    public List<String> peers() {
        return List.of();
    }

    @Override
    public void run(Run run) throws Exception {
        SchedulerOptions options = SchedulerOptions.defaults().withThreads(run.threads()).withQueue(QUEUE,
                WhenFull.REJECT);
        EncoderFiles encoder = encoders.get(run);
        String text = Texts.of(encoder.lane(), TOKENS).texts().getFirst();
        try (Model model = Model.open(encoder.lane())) {
            model.warmUp().join();
            try (Scheduler scheduler = model.scheduler(options)) {
                embeddings(run, model.embedder(), scheduler, text);
            }
        }
        try (Model model = Model.open(decoders.get(run).lane())) {
            model.warmUp().join();
            try (Scheduler scheduler = model.scheduler(options)) {
                streams(run, model, scheduler);
            }
        }
    }

    private static void embeddings(Run run, Embedder embedder, Scheduler scheduler, String text) throws Exception {
        Report report = run.report();
        if (!Arrays.equals(embedder.embed(text), scheduler.embedAsync(text).get())) {
            throw new IllegalStateException("the scheduler's vector is another one");
        }
        Histogram direct = new Histogram(3);
        Histogram alone = new Histogram(3);
        for (long end = end(run.seconds()); System.nanoTime() < end;) {
            long start = System.nanoTime();
            embedder.embed(text);
            long between = System.nanoTime();
            scheduler.embed(text);
            direct.recordValue(between - start);
            alone.recordValue(System.nanoTime() - between);
        }
        report.line("one caller: %s by itself, %s through the scheduler (medians)", at(direct, 50), at(alone, 50));
        double capacity = capacity(run, scheduler, text);
        report.line("capacity: %.0f embeddings a second, %d at once", capacity, QUEUE / 2);
        for (int load : LOADS) {
            OpenLoop.Result result = OpenLoop.run(capacity * load / 100, run.seconds(), load,
                    i -> scheduler.embedAsync(text));
            Histogram good = result.answered();
            report.line("load %3d %%: p50 %s, p99 %s, p99.9 %s (%.2f times p50), %.0f good a second%s", load,
                    at(good, 50), at(good, 99), at(good, 99.9),
                    (double) good.getValueAtPercentile(99.9) / good.getValueAtPercentile(50), result.goodput(),
                    result.refused().getTotalCount() == 0
                            ? ""
                            : String.format(", %d refused, the slowest after %s", result.refused().getTotalCount(),
                                    at(result.refused(), 100)));
            var values = report.addCase("embed at " + load + " %");
            values.put("rate", capacity * load / 100).put("goodput", result.goodput());
            for (double percentile : new double[]{50, 99, 99.9}) {
                values.put("p" + percentile, good.getValueAtPercentile(percentile) / 1e9);
            }
        }
    }

    /** As many as are answered if there are always some that wait. */
    private static double capacity(Run run, Scheduler scheduler, String text) throws InterruptedException {
        Semaphore room = new Semaphore(QUEUE / 2);
        long start = System.nanoTime();
        long end = end(run.seconds());
        int sent = 0;
        for (; System.nanoTime() < end; sent++) {
            room.acquire();
            scheduler.embedAsync(text).whenComplete((vector, failure) -> room.release());
        }
        room.acquire(QUEUE / 2);
        return sent / ((System.nanoTime() - start) / 1e9);
    }

    private static void streams(Run run, Model model, Scheduler scheduler) throws Exception {
        Report report = run.report();
        double one = gaps(run, model, scheduler, 1, false).rate();
        Gaps eight = gaps(run, model, scheduler, STREAMS, false);
        report.line("streams: %.1f tokens a second alone, %.1f of %d together (%.2f times)", one, eight.rate(), STREAMS,
                eight.rate() / one);
        for (Gaps each : List.of(eight, gaps(run, model, scheduler, STREAMS, true))) {
            Histogram gaps = each.gaps();
            report.line("time between tokens%s: p50 %s, p99 %s (%.2f times)",
                    each == eight ? "" : " while prompts of " + LONG_PROMPT + " tokens arrive", at(gaps, 50),
                    at(gaps, 99), (double) gaps.getValueAtPercentile(99) / gaps.getValueAtPercentile(50));
            report.addCase(each == eight ? "streams" : "streams and prompts").put("rate", each.rate())
                    .put("p50", gaps.getValueAtPercentile(50) / 1e9).put("p99", gaps.getValueAtPercentile(99) / 1e9);
        }
    }

    /**
     * Times between tokens.
     *
     * @param rate tokens of all streams a second
     */
    private record Gaps(Histogram gaps, double rate) {}

    private static Gaps gaps(Run run, Model model, Scheduler scheduler, int streams, boolean prompts) throws Exception {
        Random random = new Random(streams);
        Histogram gaps = new ConcurrentHistogram(60_000_000_000L, 3);
        GenerationOptions options = GenerationOptions.builder().maxTokens(model.maxTokens()).ignoreEnd(true).build();
        List<CompletableFuture<?>> running = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            running.add(scheduler.generateAsync(ids(random, model, 32),
                    options.toBuilder().maxTokens(Math.min(1000, model.maxTokens() - 32)).build(), new Clock(gaps)));
        }
        Thread.sleep((long) (run.seconds() * 200)); // until all have begun
        gaps.reset();
        long start = System.nanoTime();
        CompletableFuture<?> prompt = CompletableFuture.completedFuture(null);
        for (long end = end(run.seconds()); System.nanoTime() < end && !running.getFirst().isDone();) {
            if (prompts && prompt.isDone()) {
                int length = Math.min(LONG_PROMPT, model.maxTokens() - 1);
                prompt = scheduler.generateAsync(ids(random, model, length),
                        options.toBuilder().maxTokens(1).build(), NOBODY);
            }
            Thread.sleep(5);
        }
        double rate = gaps.getTotalCount() / ((System.nanoTime() - start) / 1e9);
        running.forEach(each -> each.cancel(false));
        prompt.cancel(false);
        while (scheduler.statistics().running() > 0) {
            Thread.sleep(1);
        }
        return new Gaps(gaps, rate);
    }

    private static int[] ids(Random random, Model model, int count) {
        return random.ints(count, 0, model.vocabulary()).toArray();
    }

    private static final class Clock implements GenerationListener {
        private final Histogram gaps;
        private long last;

        private Clock(Histogram gaps) {
            this.gaps = gaps;
        }

        @Override
        public void text(String piece) {}

        @Override
        public void token(int id) {
            long now = System.nanoTime();
            if (last != 0) {
                gaps.recordValue(now - last);
            }
            last = now;
        }
    }

    private static long end(double seconds) {
        return System.nanoTime() + (long) (seconds * 1e9);
    }

    private static String at(Histogram histogram, double percentile) {
        return Report.time(histogram.getValueAtPercentile(percentile) / 1e9);
    }
}
