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
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Twice as many requests as can be served, some of which are cancelled, late, or throw: for as long as somebody likes. */
final class SoakScenario implements Scenario {
    private static final int PARTS = 10;
    private static final int QUEUE = 32;
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
            double capacity = capacity(run, model, scheduler, random);
            report.line("capacity: %.1f requests a second", capacity);
            double early = 0;
            for (int part = 1; part <= PARTS; part++) {
                OpenLoop.Result result = OpenLoop.run(2 * capacity, run.seconds() / PARTS, part,
                        i -> send(model, scheduler, random));
                System.gc();
                double heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1e6;
                report.line("part %2d of %d: %.1f MB of heap, %.1f MB of it keys and values; %d answered, %d not", part,
                        PARTS, heap, model.memory().cacheBytes() / 1e6, result.answered().getTotalCount(),
                        result.refused().getTotalCount());
                report.addCase("part " + part).put("heap", heap);
                early = part == 2 ? heap : early;
                check(part <= 2 || heap < early + FLAT, "the heap grows");
            }
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

    /** As many as are answered if there are always some that wait; of those that are sent later, fewer are to be answered. */
    private static double capacity(Run run, Model model, Scheduler scheduler, Random random)
            throws InterruptedException {
        Semaphore room = new Semaphore(QUEUE);
        long start = System.nanoTime();
        int count = 0;
        for (; System.nanoTime() - start < run.seconds() * 1e8; count++) {
            room.acquire();
            scheduler.generateAsync(prompt(model, random), options(random).build(), NOBODY)
                    .whenComplete((answer, failure) -> room.release());
        }
        room.acquire(QUEUE);
        return count / ((System.nanoTime() - start) / 1e9);
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
