package dev.lanewise.bench.scenario;

import dev.lanewise.Generation;
import dev.lanewise.GenerationListener;
import dev.lanewise.GenerationOptions;
import dev.lanewise.Model;
import dev.lanewise.Scheduler;
import dev.lanewise.SchedulerOptions;
import dev.lanewise.SchedulerOptions.WhenFull;
import dev.lanewise.SchedulerStatistics;
import dev.lanewise.bench.Report;
import dev.lanewise.bench.measure.OpenLoop;
import dev.lanewise.bench.measure.Overload;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Twice as many requests as there is room for, some of which are cancelled, late, or throw: for as long as somebody likes. What can be
 * served depends on these, on beginnings that are shared, and on what else the machine does, so it is not measured once before:
 * see {@link Overload}.
 */
final class SoakScenario implements Scenario {
    private static final int PARTS = 10;
    private static final int QUEUE = 32;
    private static final int TIMES = 2;
    /** What there is room for is counted for so many seconds. */
    private static final double SHORTEST = 0.05;
    private static final double LONGEST = 10;
    /** Requests from which can be seen whether there were too many. */
    private static final int ENOUGH = 1000;
    /** By how many MB the heap may differ between a part and the second one; what was compiled meanwhile is no leak. */
    private static final double FLAT = 16;
    private static final long CACHE = 256L << 20;
    private static final GenerationListener NOBODY = text -> {
    };

    private final DecoderFiles.Source decoders;

    SoakScenario(DecoderFiles.Source decoders) {
        this.decoders = decoders;
    }

    @Override
    public String name() {
        return "soak";
    }

    @Override
    public String purpose() {
        return "a scheduler at twice its capacity, with cancellations, deadlines and failing listeners: memory, counts, threads";
    }

    @Override
    public List<String> peers() {
        return List.of();
    }

    @Override
    public double seconds() {
        return 180;
    }

    @Override
    public void run(Run run) throws Exception {
        Report report = run.report();
        try (Model model = Model.open(decoders.get(run).lane())) {
            model.warmUp().join();
            int threads = threads();
            Scheduler scheduler = model.scheduler(SchedulerOptions.defaults().withThreads(run.threads())
                    .withQueue(QUEUE, WhenFull.REJECT).withCache(CACHE, SchedulerOptions.defaults().cache()));
            Random random = new Random(1);
            Overload load = new Overload(TIMES, Math.clamp(run.seconds() / PARTS / 5, SHORTEST, LONGEST));
            double early = 0;
            SchedulerStatistics first = scheduler.statistics();
            for (int part = 1; part <= PARTS; part++) {
                SchedulerStatistics before = scheduler.statistics();
                OpenLoop.run(() -> load.rate(System.nanoTime(), taken(scheduler.statistics())), run.seconds() / PARTS,
                        part, i -> send(model, scheduler, random));
                SchedulerStatistics after = scheduler.statistics();
                System.gc();
                double cache = model.memory().cacheBytes() / 1e6;
                double heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1e6 - cache;
                report.line("part %2d of %d: %.1f MB of heap, and %.1f MB keys and values; %d requests, %d refused",
                        part,
                        PARTS, heap, cache, after.submitted() - before.submitted(),
                        after.rejected() - before.rejected());
                report.addCase("part " + part).put("heap", heap).put("offered", times(before, after));
                first = part == 1 ? after : first;
                early = part == 2 ? heap : early;
                check(part <= 2 || heap < early + FLAT, "the heap grows");
            }
            SchedulerStatistics last = scheduler.statistics();
            report.line("offered, from part 2 on: %.2f times what there was room for", times(first, last));
            check(last.submitted() - first.submitted() < ENOUGH || times(first, last) > 0.75 * TIMES,
                    "there was no overload, so that this says little");
            scheduler.close();
            SchedulerStatistics is = scheduler.statistics();
            report.line("%s", is);
            check(is.submitted() == is.completed() + is.failed() + is.cancelled() + is.expired() + is.rejected()
                    && is.running() == 0, "the counts do not add up");
            check(is.cacheBytes() <= CACHE, "more memory than the budget");
            check(threads() <= threads, "threads are left");
            report.line("memory is flat, counts add up, the budget was kept, no thread is left");
        }
    }

    private static void check(boolean good, String problem) {
        if (!good) {
            throw new IllegalStateException(problem);
        }
    }

    /** Threads of Lanewise's. */
    private static int threads() {
        return (int) Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("lanewise-")).count();
    }

    /** How many requests there was room for. When the queue is full, there is when others have left it. */
    private static long taken(SchedulerStatistics is) {
        return is.submitted() - is.rejected();
    }

    /** How many times as many were sent as there was room for. */
    private static double times(SchedulerStatistics before, SchedulerStatistics after) {
        return (double) (after.submitted() - before.submitted()) / Math.max(1, taken(after) - taken(before));
    }

    private static int[] prompt(Model model, Random random) {
        // Some begin alike.
        Random beginning = new Random(random.nextInt(4));
        int[] ids = beginning.ints(1 + random.nextInt(Math.min(300, model.maxTokens() - 40)), 0, model.vocabulary())
                .toArray();
        ids[ids.length - 1] = random.nextInt(model.vocabulary());
        return ids;
    }

    private static GenerationOptions.Builder options(Random random) {
        return GenerationOptions.builder().maxTokens(1 + random.nextInt(32)).ignoreEnd(true)
                .temperature(random.nextInt(2)).seed(random.nextInt());
    }

    private static CompletableFuture<?> send(Model model, Scheduler scheduler, Random random) {
        GenerationOptions.Builder options = options(random);
        int kind = random.nextInt(10);
        if (kind == 0) {
            options.timeLimit(Duration.ofMillis(1 + random.nextInt(500)));
        }
        CompletableFuture<Generation> answer = scheduler.generateAsync(prompt(model, random), options.build(),
                kind == 1 ? new Failing() : NOBODY);
        if (kind == 2) {
            CompletableFuture.delayedExecutor(random.nextInt(300), TimeUnit.MILLISECONDS)
                    .execute(() -> answer.cancel(false));
        } else if (kind == 3) {
            answer.cancel(false);
        }
        return answer;
    }

    private static final class Failing implements GenerationListener {
        @Override
        public void text(String piece) {}

        @Override
        public void token(int id) {
            throw new IllegalStateException("a listener that fails on purpose");
        }
    }
}
