package dev.lanewise.bench.scenario;

import dev.lanewise.GenerationListener;
import dev.lanewise.GenerationOptions;
import dev.lanewise.Model;
import dev.lanewise.Scheduler;
import dev.lanewise.bench.Report;
import dev.lanewise.bench.peer.Decoding;
import dev.lanewise.bench.peer.GenerateTask;
import dev.lanewise.bench.peer.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** Streams of tokens side by side, alone and while long prompts arrive: by a scheduler, and by others. */
final class StreamServing {
    private static final int STREAMS = 8;
    private static final int PROMPT = 32;
    private static final int LONG_PROMPT = 1000;
    private static final int STEPS = 1000;
    private static final int SETTLING = 2000; // ms
    private static final long LONGEST = 60_000_000_000L;
    private static final GenerationListener NOBODY = text -> {
    };

    private final Scenario.Run run;
    private final DecoderFiles decoder;

    StreamServing(Scenario.Run run, DecoderFiles decoder) {
        this.run = run;
        this.decoder = decoder;
    }

    void ours(Model model, Scheduler scheduler) throws Exception {
        run.report().note("lanewise: streams, three times %.0f s", run.seconds());
        tell("lanewise", gaps(model, scheduler, 1, false).rate(), gaps(model, scheduler, STREAMS, false),
                gaps(model, scheduler, STREAMS, true));
    }

    void others(int maxTokens) {
        for (Map.Entry<String, Peer> peer : run.peers().entrySet()) {
            try {
                other(peer.getKey(), peer.getValue(), Math.min(LONG_PROMPT, maxTokens - 1));
            } catch (Exception e) { // whatever it is, the others are still to be measured
                run.report().missing(peer.getKey(), e.getMessage() == null ? e.toString() : e.getMessage());
            }
        }
    }

    private void other(String name, Peer peer, int prompt) throws Exception {
        Optional<Decoding> decoding = peer.generate(new GenerateTask(decoder.gguf(), decoder::folder, 64),
                run.threads());
        if (decoding.isPresent()) {
            try (Decoding theirs = decoding.get()) {
                tell(name, steps(name, theirs, 1, 0).rate(), steps(name, theirs, STREAMS, 0),
                        steps(name, theirs, STREAMS, prompt));
            }
        }
    }

    private void tell(String name, double one, Gaps eight, Gaps withPrompts) {
        Report report = run.report();
        report.line("%s: %.1f tokens a second of one stream, %.1f of %d together (%.2f times)", name, one, eight.rate(),
                STREAMS, eight.rate() / one);
        for (Gaps each : List.of(eight, withPrompts)) {
            Histogram gaps = each.gaps();
            report.line("  time between tokens%s: p50 %s, p99 %s (%.2f times), p99.9 %s; %.1f tokens a second",
                    each == eight ? "" : " while prompts of " + LONG_PROMPT + " tokens arrive", at(gaps, 50),
                    at(gaps, 99), (double) gaps.getValueAtPercentile(99) / gaps.getValueAtPercentile(50),
                    at(gaps, 99.9), each.rate());
            report.addCase(name + (each == eight ? " streams" : " streams and prompts")).put("rate", each.rate())
                    .put("p50", gaps.getValueAtPercentile(50) / 1e9).put("p99", gaps.getValueAtPercentile(99) / 1e9)
                    .put("p99.9", gaps.getValueAtPercentile(99.9) / 1e9);
        }
    }

    /** Steps of another engine, as many as take the time. */
    private Gaps steps(String name, Decoding theirs, int streams, int prompt) throws Exception {
        run.report().note("%s: %d streams%s, %.0f s", name, streams, prompt == 0 ? "" : " and prompts", run.seconds());
        Histogram gaps = new Histogram(LONGEST, 3);
        double all = 0;
        double[] steps = theirs.streams(streams, STEPS, prompt, run.seconds());
        for (double seconds : steps) {
            gaps.recordValueWithCount((long) (seconds * 1e9), streams);
            all += seconds;
        }
        return new Gaps(gaps, steps.length * streams / all);
    }

    /**
     * Times between tokens.
     *
     * @param rate tokens of all streams a second
     */
    private record Gaps(Histogram gaps, double rate) {}

    private Gaps gaps(Model model, Scheduler scheduler, int streams, boolean prompts) throws Exception {
        Random random = new Random(streams);
        Histogram gaps = new ConcurrentHistogram(LONGEST, 3);
        GenerationOptions options = GenerationOptions.builder().maxTokens(model.maxTokens()).ignoreEnd(true).build();
        List<CompletableFuture<?>> running = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            running.add(scheduler.generateAsync(ids(random, model, PROMPT),
                    options.toBuilder().maxTokens(Math.min(1000, model.maxTokens() - PROMPT)).build(),
                    new Clock(gaps)));
        }
        Thread.sleep((long) Math.max(run.seconds() * 200, SETTLING)); // until all have begun, and what they met first is compiled
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
