package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.SchedulerOptions.WhenFull;
import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two threads at a time meet where it matters, again and again: no request is lost, none is answered twice. */
@Timeout(120)
class SchedulerStressTest {
    private static final GenerationOptions ONE = GenerationOptions.builder().maxTokens(1).build();
    private static final GenerationListener NOBODY = text -> {
    };

    @TempDir
    static Path folder;
    private Model model;

    @BeforeEach
    void open() throws IOException {
        model = Model.open(RandomDecoder.write(folder.resolve("m.lane"), RandomDecoder.grouped(), DataType.F32, 7),
                ModelOptions.defaults().withThreads(1));
    }

    @AfterEach
    void close() {
        model.close();
    }

    private SchedulerOptions options(int bound, WhenFull whenFull) {
        return SchedulerOptions.defaults().withThreads(1).withCache(1 << 20, CacheType.F32).withQueue(bound, whenFull);
    }

    private static void assertAddsUp(SchedulerStatistics is) {
        assertEquals(is.submitted(), is.completed() + is.failed() + is.cancelled() + is.expired() + is.rejected(),
                is.toString());
    }

    @Test
    void closeAgainstSubmit_losesNobody() throws Exception {
        for (int round = 0; round < 300; round++) {
            Scheduler scheduler = model.scheduler(options(4, WhenFull.values()[round % 3]));
            CyclicBarrier together = new CyclicBarrier(3);
            Thread[] callers = new Thread[2];
            AtomicInteger answered = new AtomicInteger();
            for (int i = 0; i < 2; i++) {
                callers[i] = Thread.ofVirtual().start(() -> {
                    try {
                        together.await();
                        for (int n = 0; n < 8; n++) {
                            scheduler.generateAsync(new int[]{n}, ONE, NOBODY)
                                    .whenComplete((answer, failure) -> answered.incrementAndGet());
                        }
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                });
            }
            together.await();
            scheduler.close(Duration.ofMillis(round % 2));
            for (Thread caller : callers) {
                caller.join();
            }
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (answered.get() < 16 && System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            assertEquals(16, answered.get(), "round " + round);
            assertEquals(16, scheduler.statistics().submitted());
            assertAddsUp(scheduler.statistics());
        }
    }

    @Test
    void cancelAgainstComplete_hasOneOutcome() throws Exception {
        try (Scheduler scheduler = model.scheduler(options(64, WhenFull.BLOCK))) {
            int cancelled = 0;
            for (int round = 0; round < 3000; round++) {
                AtomicInteger outcomes = new AtomicInteger();
                CompletableFuture<Generation> answer = scheduler.generateAsync(new int[]{1}, ONE, NOBODY);
                CompletableFuture<Generation> told = answer.whenComplete((done, e) -> outcomes.incrementAndGet());
                for (int spin = 0; spin < round % 1500; spin++) {
                    Thread.onSpinWait();
                }
                boolean won = answer.cancel(false);
                cancelled += won ? 1 : 0;
                told.handle((done, e) -> null).join();
                assertEquals(1, outcomes.get());
                assertEquals(won, answer.isCancelled());
            }
            assertTrue(cancelled > 0);
            scheduler.generateAsync(new int[]{1}, ONE, NOBODY).join();
        }
    }

    /** Three times as many as it can take, some of whom go away, are late, or throw. */
    @ParameterizedTest
    @EnumSource(WhenFull.class)
    void aCrowd_isCountedExactly(WhenFull whenFull) throws Exception {
        Scheduler scheduler = model.scheduler(options(8, whenFull));
        CountDownLatch all = new CountDownLatch(3000);
        Thread[] callers = new Thread[3];
        for (int i = 0; i < callers.length; i++) {
            Random random = new Random(i);
            callers[i] = Thread.ofPlatform().start(() -> {
                for (int n = 0; n < 1000; n++) {
                    GenerationOptions.Builder how = GenerationOptions.builder().maxTokens(1 + random.nextInt(8));
                    int kind = random.nextInt(8);
                    if (kind == 0) {
                        how.timeLimit(Duration.ofNanos(1 + random.nextInt(2_000_000)));
                    }
                    CompletableFuture<Generation> answer = scheduler.generateAsync(
                            RandomDecoder.ids(random.nextInt(3), 1 + random.nextInt(150)), how.build(),
                            kind == 1 ? new Throwing() : NOBODY);
                    answer.whenComplete((done, e) -> all.countDown());
                    if (kind == 2) {
                        answer.cancel(false);
                    }
                }
            });
        }
        for (Thread caller : callers) {
            caller.join();
        }
        assertTrue(all.await(60, TimeUnit.SECONDS), all + ", " + scheduler.statistics());
        scheduler.close();
        SchedulerStatistics after = scheduler.statistics();
        assertAddsUp(after);
        assertEquals(3000, after.submitted());
        assertEquals(0, after.running());
        assertTrue(after.completed() > 0 && after.cancelled() > 0, after.toString());
        assertTrue(after.cacheBytes() <= 1 << 20);
    }

    private static final class Throwing implements GenerationListener {
        @Override
        public void text(String piece) {}

        @Override
        public void token(int id) {
            throw new IllegalStateException("a listener's");
        }
    }
}
