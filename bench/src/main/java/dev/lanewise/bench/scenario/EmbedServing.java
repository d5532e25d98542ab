package dev.lanewise.bench.scenario;

import dev.lanewise.Embedder;
import dev.lanewise.Scheduler;
import dev.lanewise.bench.Report;
import dev.lanewise.bench.measure.BatchQueue;
import dev.lanewise.bench.measure.OpenLoop;
import dev.lanewise.bench.peer.EmbedTask;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.Work;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import org.HdrHistogram.Histogram;

/** Embeddings that come by chance, at shares of what can be served: by a scheduler, and by the sessions of others. */
final class EmbedServing {
    /** How many requests may wait; more are refused. */
    static final int QUEUE = 64;
    private static final int[] PASSES = {1, 2, 4, 8, 16, QUEUE / 2}; // texts
    private static final int[] LOADS = {10, 30, 50, 70, 90, 100, 150}; // percent of the capacity
    /** How far a vector of others may be from ours. */
    private static final double BOUND = 1e-3;

    private final Scenario.Run run;
    private final Report report;
    private final String text;
    private final EmbedTask task;
    private final Duration patience;

    EmbedServing(Scenario.Run run, EncoderFiles encoder, Texts texts) {
        this(run, encoder, texts, Duration.ofMinutes(1));
    }

    /** @param patience how long others may take for an answer */
    EmbedServing(Scenario.Run run, EncoderFiles encoder, Texts texts, Duration patience) {
        this.run = run;
        this.patience = patience;
        report = run.report();
        text = texts.texts().getFirst();
        task = new EmbedTask(encoder.onnx(), texts.ids(), List.of(new int[]{0}));
    }

    void compare(Embedder embedder, Scheduler scheduler) throws Exception {
        float[] vector = embedder.embed(text);
        if (!Arrays.equals(vector, scheduler.embedAsync(text).get())) {
            throw new IllegalStateException("the scheduler's vector is another one");
        }
        BatchQueue passes = passes(embedder);
        double capacity = serve("lanewise", 0, passes, i -> scheduler.embedAsync(text));
        for (Map.Entry<String, Peer> peer : run.peers().entrySet()) {
            try {
                // A thread for each caller that is served, or all threads for one after the other.
                other(peer.getKey(), peer.getValue(), vector, run.threads(), 1, capacity);
                if (run.threads() > 1) {
                    other(peer.getKey(), peer.getValue(), vector, 1, run.threads(), capacity);
                }
            } catch (TimeoutException | ExecutionException e) {
                report.missing(peer.getKey(), why(e));
            }
        }
    }

    /** What a peer says about its failure; what it threw may be wrapped. */
    private static String why(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    /** How long it takes to embed some at once. */
    private BatchQueue passes(Embedder embedder) {
        double[] seconds = new double[PASSES.length];
        StringJoiner line = new StringJoiner(", ");
        for (int i = 0; i < PASSES.length; i++) {
            List<String> texts = Collections.nCopies(PASSES[i], text);
            Histogram times = new Histogram(3);
            for (long end = end(run.seconds() / PASSES.length); System.nanoTime() < end
                    || times.getTotalCount() == 0;) {
                long start = System.nanoTime();
                embedder.embedAll(texts);
                times.recordValue(System.nanoTime() - start);
            }
            seconds[i] = times.getValueAtPercentile(50) / 1e9;
            line.add(String.format(Locale.ROOT, "%d in %s", PASSES[i], at(times, 50)));
        }
        report.line("texts at once: %s (medians)", line);
        return new BatchQueue(PASSES, seconds);
    }

    private void other(String name, Peer peer, float[] ours, int callers, int threads, double rate) throws Exception {
        List<Work> works;
        try {
            works = peer.embedShared(task, callers, threads);
        } catch (Exception e) {
            throw new ExecutionException(e);
        }
        if (works.isEmpty()) {
            return; // it decodes alone
        }
        BlockingQueue<Work> idle = new LinkedBlockingQueue<>(works);
        ThreadPoolExecutor pool = new ThreadPoolExecutor(callers, callers, 0, TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(QUEUE));
        try {
            Work first = works.getFirst();
            Semaphore done = new Semaphore(0);
            CompletableFuture<Void> tried = CompletableFuture.runAsync(() -> compute(first), pool)
                    .whenComplete((nothing, failure) -> done.release());
            acquire(done, 1);
            tried.get();
            float[] theirs = first.result();
            double off = 0;
            for (int i = 0; i < ours.length; i++) {
                off = Math.max(off, Math.abs(ours[i] - theirs[i]));
            }
            if (!(off <= BOUND)) {
                throw new IllegalStateException(name + " is off by " + off);
            }
            serve(String.format("%s, %d at once, %d threads each (its vector is off by %.1g)", name, callers, threads,
                    off), rate, null, i -> {
                        try {
                            return CompletableFuture.runAsync(() -> compute(idle), pool);
                        } catch (RejectedExecutionException e) {
                            return CompletableFuture.failedFuture(e);
                        }
                    });
        } finally {
            pool.shutdown();
            if (pool.awaitTermination(1, TimeUnit.SECONDS)) {
                works.reversed().forEach(Work::close); // what hangs keeps them
            }
        }
    }

    private static void compute(BlockingQueue<Work> idle) {
        Work work = idle.remove(); // there are as many as threads
        try {
            compute(work);
        } finally {
            idle.add(work);
        }
    }

    private static void compute(Work work) {
        try {
            work.run();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Measures the capacity, then the latency at shares of it.
     *
     * @param rate what the shares are of, or 0 for its own capacity
     * @param passes how long they take, or null
     * @return the capacity
     */
    private double serve(String name, double rate, BatchQueue passes, IntFunction<CompletableFuture<?>> request)
            throws Exception {
        report.note("%s: %.0f s for the capacity, then %d times %.0f s", name, 2 * run.seconds(), LOADS.length,
                run.seconds());
        capacity(request); // warm
        double capacity = capacity(request);
        double whole = rate == 0 ? capacity : rate;
        report.line("%s: %.0f embeddings a second, %d that wait", name, capacity, QUEUE / 2);
        for (int load : LOADS) {
            long collecting = collecting();
            OpenLoop.Result result = OpenLoop.run(whole * load / 100, run.seconds(), load, request);
            collecting = collecting() - collecting;
            Histogram good = result.answered();
            report.line("  %5.0f a second (%3d %%): p50 %s, p99 %s, p99.9 %s (%.2f times p50), %.0f good a second%s",
                    whole * load / 100, load, at(good, 50), at(good, 99), at(good, 99.9),
                    (double) good.getValueAtPercentile(99.9) / good.getValueAtPercentile(50), result.goodput(),
                    result.refused().getTotalCount() == 0
                            ? ""
                            : String.format(", %d refused, the slowest after %s", result.refused().getTotalCount(),
                                    at(result.refused(), 100)));
            if (result.told().getTotalCount() > 0) {
                report.line(
                        "          the loop that sends them was late: p50 %s, p99 %s, at most %s; from there a refusal took"
                                + " p50 %s, at most %s; collecting garbage took %d ms in all",
                        at(result.late(), 50),
                        at(result.late(), 99), at(result.late(), 100), at(result.told(), 50), at(result.told(), 100),
                        collecting);
            }
            if (passes != null && load < 100) {
                Histogram least = passes.latencies(whole * load / 100, run.seconds(), load, QUEUE);
                report.line("          by chance alone: p50 %s, p99 %s, p99.9 %s (%.2f times p50)", at(least, 50),
                        at(least, 99), at(least, 99.9),
                        (double) least.getValueAtPercentile(99.9) / least.getValueAtPercentile(50));
            }
            var values = report.addCase(name + " at " + load + " %");
            values.put("rate", whole * load / 100).put("goodput", result.goodput());
            for (double percentile : new double[]{50, 99, 99.9}) {
                values.put("p" + percentile, good.getValueAtPercentile(percentile) / 1e9);
            }
        }
        return capacity;
    }

    /** How long the garbage collector has stopped everything, in ms. */
    private static long collecting() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionTime).sum();
    }

    /** As many as are answered if there are always some that wait. */
    private double capacity(IntFunction<CompletableFuture<?>> request) throws InterruptedException, TimeoutException {
        Semaphore room = new Semaphore(QUEUE / 2);
        long start = System.nanoTime();
        long end = end(run.seconds());
        int sent = 0;
        for (; System.nanoTime() < end; sent++) {
            acquire(room, 1);
            request.apply(sent).whenComplete((vector, failure) -> room.release());
        }
        acquire(room, QUEUE / 2);
        return sent / ((System.nanoTime() - start) / 1e9);
    }

    private void acquire(Semaphore room, int count) throws InterruptedException, TimeoutException {
        if (!room.tryAcquire(count, patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new TimeoutException("hangs: no answer in " + patience.toMillis() / 1000.0 + " s");
        }
    }

    private static long end(double seconds) {
        return System.nanoTime() + (long) (seconds * 1e9);
    }

    private static String at(Histogram histogram, double percentile) {
        return Report.time(histogram.getValueAtPercentile(percentile) / 1e9);
    }
}
