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
import jdk.jfr.consumer.RecordedEvent;
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
            for (Duration past : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
                CompletableFuture<float[]> late = scheduler.embedAsync(ids(1, 5), past);
                assertInstanceOf(DeadlineExceededException.class,
                        assertThrows(ExecutionException.class, late::get).getCause());
            }
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> scheduler.embed(ids(1, 5)));
            assertAddsUp(scheduler.statistics());
            assertEquals(3, scheduler.statistics().expired());
            assertEquals(128 / 2, scheduler.embedAsync(ids(1, 5), Duration.ofSeconds(Long.MAX_VALUE)).get().length);
        }
        assertThrows(RequestRejectedException.class, () -> scheduler.embed(ids(1, 5)));
        assertAddsUp(scheduler.statistics());
    }

    /** A text whose layers are being computed when the scheduler is closed: its event says that it did not wait all the time. */
    @Test
    void close_endsWhatIsBeingComputed_withinALayer() throws Exception {
        List<RecordedEvent> rejected;
        TinyEncoder deep = new TinyEncoder(TinyEncoder.spec(100, 64, 4, 16, 128, Activation.GELU,
                new PoolingSpec(PoolingSpec.Kind.MEAN, true)), DataType.F32, 1);
        try (Model hundred = Model.open(deep.write(folder.resolve("deep.lane")));
                Flight flight = new Flight()) {
            for (int round = 1; round <= 20; round++) {
                Scheduler scheduler = hundred.scheduler(SchedulerOptions.defaults().withThreads(1));
                CompletableFuture<float[]> answer = scheduler.embedAsync(ids(round, 600), null);
                LockSupport.parkNanos(round * 3_000_000L);
                scheduler.close(Duration.ZERO);
                assertTrue(answer.handle((vector, failure) -> failure == null
                        || failure instanceof RequestRejectedException).get());
                assertAddsUp(scheduler.statistics());
            }
            rejected = flight.events("dev.lanewise.Request").stream()
                    .filter(event -> "closed".equals(event.getString("reason"))).toList();
        }
        assertTrue(rejected.stream().anyMatch(
                event -> event.getDuration("queueWait").multipliedBy(2).compareTo(event.getDuration("time")) < 0),
                rejected.toString());
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
        try (Scheduler scheduler = model
                .scheduler(SchedulerOptions.defaults().withThreads(2).withQueue(64, WhenFull.BLOCK))) {
            Callable<Boolean> call = () -> Arrays.equals(alone, scheduler.embed(text));
            // The JVM pins threads that wait for a class to be loaded: that is over after these.
            assertEquals(200, callers(200, call));
            try (Flight flight = new Flight("jdk.VirtualThreadPinned")) {
                assertEquals(10_000, callers(10_000, call));
                assertEquals(List.of(), flight.events("jdk.VirtualThreadPinned"));
            }
            assertAddsUp(scheduler.statistics());
        }
    }

    @Test
    void aHundredThousandTokens_allocateNothing_onTheSchedulersThread() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Scheduler scheduler = scheduler()) {
            Thread engine = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("lanewise-scheduler")).findFirst().orElseThrow();
            List<int[]> texts = List.of(ids(1, 50), ids(2, 3), ids(3, 17), ids(4, 1), ids(5, 29));
            long least = Long.MAX_VALUE;
            // Until compiled, vector code allocates.
            for (int round = 0; round < 30 && least > 0; round++) {
                long from = scheduler.statistics().tokens();
                long before = threads.getThreadAllocatedBytes(engine.threadId());
                while (scheduler.statistics().tokens() < from + 100_000) {
                    List<CompletableFuture<float[]>> answers = new ArrayList<>();
                    for (int[] text : texts) {
                        answers.add(scheduler.embedAsync(text, null));
                    }
                    answers.forEach(CompletableFuture::join);
                }
                least = Math.min(least, threads.getThreadAllocatedBytes(engine.threadId()) - before);
            }
            assertEquals(0, least, "bytes in 100,000 tokens");
        }
    }
}
