package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.SchedulerOptions.WhenFull;
import dev.lanewise.error.DeadlineExceededException;
import dev.lanewise.error.RequestRejectedException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Texts that are embedded together are those that are embedded alone. */
@Timeout(120)
class EmbeddingSchedulerTest {
    @TempDir
    static Path folder;
    private Model model;

    @BeforeEach
    void open() throws IOException {
        TinyEncoder tiny = new TinyEncoder(TinyEncoder.spec(2, 64, 4, 16, 128, Activation.GELU,
                new PoolingSpec(PoolingSpec.Kind.MEAN, true)), DataType.F32, 1);
        model = Model.open(tiny.write(folder.resolve("m.lane")), ModelOptions.defaults().withThreads(1));
    }

    @AfterEach
    void close() {
        model.close();
    }

    private static int[] ids(long seed, int count) {
        return new Random(seed).ints(count, 0, 50).toArray();
    }

    private Scheduler scheduler() {
        return model.scheduler(SchedulerOptions.defaults().withThreads(2));
    }

    private static void assertAddsUp(SchedulerStatistics is) {
        assertEquals(is.submitted(), is.completed() + is.failed() + is.cancelled() + is.expired() + is.rejected(),
                is.toString());
    }

    @Test
    void fiveHundredTexts_haveTheBitsOfEachAlone() throws Exception {
        Random random = new Random(2);
        List<int[]> texts = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            texts.add(ids(i, 1 + random.nextInt(random.nextInt(10) == 0 ? 600 : 40)));
        }
        try (Scheduler scheduler = scheduler(); ExecutorService callers = Executors.newFixedThreadPool(4)) {
            List<Future<float[]>> answers = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                int[] text = texts.get(i);
                answers.add(i % 2 == 0
                        ? scheduler.embedAsync(text, Duration.ofDays(1))
                        : callers.submit(() -> scheduler.embed(text)));
                LockSupport.parkNanos(random.nextInt(500_000));
            }
            for (int i = 0; i < 500; i++) {
                assertArrayEquals(model.embedder().embed(texts.get(i)), answers.get(i).get(), "text " + i);
            }
            assertAddsUp(scheduler.statistics());
            assertEquals(500, scheduler.statistics().completed());
            assertTrue(model.memory().offHeapBytes() > 0);
        }
    }

    @Test
    void badRequests_areMetByTheCaller_andLateOnesByTheFuture() throws Exception {
        Scheduler scheduler = scheduler();
        try (scheduler) {
            assertThrows(NullPointerException.class, () -> scheduler.embedAsync((int[]) null, null));
            assertThrows(IllegalArgumentException.class, () -> scheduler.embed(new int[0]));
            assertThrows(IllegalArgumentException.class, () -> scheduler.embed(new int[]{50}));
            assertThrows(TextTooLongException.class, () -> scheduler.embed(ids(1, 701)));
            for (Duration past : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
                CompletableFuture<float[]> late = scheduler.embedAsync(ids(1, 5), past);
                assertInstanceOf(DeadlineExceededException.class,
                        assertThrows(ExecutionException.class, late::get).getCause());
            }
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> scheduler.embed(ids(1, 5)));
            assertAddsUp(scheduler.statistics());
            assertEquals(2, scheduler.statistics().expired());
        }
        assertThrows(RequestRejectedException.class, () -> scheduler.embed(ids(1, 5)));
        assertAddsUp(scheduler.statistics());
    }

    /** All at once, each in a virtual thread. */
    private static int callers(int count, Callable<Boolean> call) throws InterruptedException {
        AtomicInteger right = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            threads.add(Thread.startVirtualThread(() -> {
                try {
                    right.addAndGet(call.call() ? 1 : 0);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return right.get();
    }

    @Test
    void tenThousandVirtualThreads_areServed_andPinNoCarrier() throws Exception {
        int[] text = ids(1, 3);
        float[] alone = model.embedder().embed(text);
        AtomicInteger pinned = new AtomicInteger();
        try (RecordingStream recording = new RecordingStream();
                Scheduler scheduler = model
                        .scheduler(SchedulerOptions.defaults().withThreads(2).withQueue(64, WhenFull.BLOCK))) {
            Callable<Boolean> call = () -> Arrays.equals(alone, scheduler.embed(text));
            // The JVM pins threads that wait for a class to be loaded: that is over after these.
            assertEquals(200, callers(200, call));
            recording.enable("jdk.VirtualThreadPinned").withoutThreshold();
            recording.onEvent("jdk.VirtualThreadPinned", event -> pinned.incrementAndGet());
            recording.startAsync();
            assertEquals(10_000, callers(10_000, call));
            recording.stop();
            assertAddsUp(scheduler.statistics());
        }
        assertEquals(0, pinned.get());
    }

    @Test
    void embedding_allocatesNothing_onTheSchedulersThread() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Scheduler scheduler = scheduler()) {
            Thread engine = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("lanewise-scheduler")).findFirst().orElseThrow();
            int[] text = ids(1, 5);
            long least = Long.MAX_VALUE;
            // Until compiled, vector code allocates; the steady state is the least of many rounds.
            for (int round = 0; round < 2000 && least > 0; round++) {
                long before = threads.getThreadAllocatedBytes(engine.threadId());
                for (int i = 0; i < 20; i++) {
                    scheduler.embedAsync(text, null).get();
                }
                least = Math.min(least, threads.getThreadAllocatedBytes(engine.threadId()) - before);
            }
            assertEquals(0, least, "bytes in 20 texts");
        }
    }
}
