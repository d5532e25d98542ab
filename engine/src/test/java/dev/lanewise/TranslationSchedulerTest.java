package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.SchedulerOptions.WhenFull;
import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.RequestRejectedException;
import dev.lanewise.error.RequestRejectedException.Reason;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tensor.DataType;
import dev.lanewise.transformer.KeyValueCache;
import dev.lanewise.weights.Metadata;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sources that are translated together are those that are translated alone; {@link MixedSchedulerTest} compares many. */
@Timeout(120)
class TranslationSchedulerTest {
    private static final TranslationOptions LONG = TranslationOptions.defaults().withMaxTokens(600).withMinTokens(600);

    @TempDir
    static Path folder;
    private Model model;

    @BeforeEach
    void open() throws IOException {
        model = Model.open(RandomTranslator.write(folder.resolve("m.lane"), RandomTranslator.paper(),
                Metadata.builder()), ModelOptions.defaults().withThreads(1));
    }

    @AfterEach
    void close() {
        model.close();
    }

    private static int[] ids(long seed, int count) {
        return RandomDecoder.ids(seed, count);
    }

    private static SchedulerOptions options() {
        return SchedulerOptions.defaults().withThreads(2).withCache(8 << 20, CacheType.F32);
    }

    private static void assertAddsUp(SchedulerStatistics is) {
        assertEquals(is.submitted(), is.completed() + is.failed() + is.cancelled() + is.expired() + is.rejected(),
                is.toString());
        assertEquals(0, is.running(), is.toString());
    }

    private static Throwable failure(CompletableFuture<?> future) {
        return assertThrows(CompletionException.class, () -> future.orTimeout(30, TimeUnit.SECONDS).join()).getCause();
    }

    @Test
    void listener_isToldEveryTokenInOrder() throws Exception {
        TranslationOptions greedy = TranslationOptions.defaults().withBeams(1).withMaxTokens(40);
        List<Integer> alone = new ArrayList<>();
        Translation expected = model.translator().translate(ids(1, 20), greedy, listener(alone::add));
        Scheduler scheduler = model.scheduler(options());
        try (scheduler) {
            List<Integer> told = new ArrayList<>();
            Translation answer = scheduler.translateAsync(ids(1, 20), greedy, listener(id -> {
                assertTrue(Thread.currentThread().isVirtual());
                told.add(id);
            })).get(30, TimeUnit.SECONDS);
            MixedSchedulerTest.assertSame(expected, answer);
            assertEquals(alone, told);
            assertEquals(alone, java.util.Arrays.stream(answer.hypotheses().getFirst().ids()).boxed().toList());
            MixedSchedulerTest.assertSame(expected, scheduler.translate(ids(1, 20), greedy));
        }
    }

    private static GenerationListener listener(IntConsumer consumer) {
        return new GenerationListener() {
            @Override
            public void text(String piece) {}

            @Override
            public void token(int id) {
                consumer.accept(id);
            }
        };
    }

    @Test
    void whatIsWrongWithOne_isNothingToTheOthers() throws Exception {
        TranslationOptions greedy = TranslationOptions.defaults().withBeams(1);
        TranslationOptions nothing = greedy
                .withBanned(java.util.stream.IntStream.range(0, RandomDecoder.VOCABULARY).toArray());
        Scheduler scheduler = model.scheduler(options());
        try (scheduler) {
            CompletableFuture<Translation> good = scheduler.translateAsync(ids(1, 20), LONG);
            RuntimeException thrown = new IllegalStateException("a listener's");
            CompletableFuture<Translation> throwing = scheduler.translateAsync(ids(2, 20), LONG.withBeams(1),
                    listener(id -> {
                        throw thrown;
                    }));
            CompletableFuture<Translation> impossible = scheduler.translateAsync(ids(3, 20), nothing);
            assertSame(thrown, failure(throwing));
            assertInstanceOf(UnsupportedModelException.class, failure(impossible));
            MixedSchedulerTest.assertSame(model.translator().translate(ids(1, 20), LONG), good.get());
            CompletableFuture<Translation> cancelled = scheduler.translateAsync(ids(1, 20), LONG);
            cancelled.cancel(false);
            assertThrows(CancellationException.class, cancelled::join);
            assertEquals(1, scheduler.translate(ids(4, 3), greedy.withMaxTokens(1)).hypotheses().size());
        }
        assertAddsUp(scheduler.statistics());
        assertEquals(2, scheduler.statistics().failed());
        assertEquals(0, model.memory().cacheBytes());
    }

    @Test
    void deadline_endsWithWhatThereIs() throws Exception {
        Scheduler scheduler = model.scheduler(options().withBatch(1, 1));
        try (scheduler) {
            CompletableFuture<Translation> running = scheduler.translateAsync(ids(1, 20),
                    LONG.withTimeLimit(Duration.ofMillis(20)));
            CompletableFuture<Translation> late = scheduler.translateAsync(ids(2, 20),
                    LONG.withTimeLimit(Duration.ofNanos(1)));
            assertEquals(List.of(), late.get(30, TimeUnit.SECONDS).hypotheses());
            for (Translation.Hypothesis each : running.get(30, TimeUnit.SECONDS).hypotheses()) {
                assertTrue(each.finish() == FinishReason.DEADLINE || each.ids().length == 600); // of a fast machine
            }
        }
        assertAddsUp(scheduler.statistics());
    }

    @Test
    void memoryIsABudget() throws Exception {
        TranslationOptions few = TranslationOptions.defaults().withBeams(2).withMaxTokens(100);
        long most = 0;
        Scheduler scheduler = model.scheduler(options().withCache(1 << 20, CacheType.F32));
        try (scheduler) {
            List<CompletableFuture<Translation>> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                answers.add(scheduler.translateAsync(ids(i, 30), few));
                most = Math.max(most, model.memory().cacheBytes());
            }
            for (CompletableFuture<Translation> answer : answers) {
                answer.get(60, TimeUnit.SECONDS);
                most = Math.max(most, model.memory().cacheBytes());
            }
            assertEquals(Reason.TOO_LARGE, assertInstanceOf(RequestRejectedException.class,
                    failure(scheduler.translateAsync(ids(1, 30), LONG.withBeams(8)))).reason());
        }
        // Room for keys and values is doubled, so that 300 tokens have that of 512: three pages are not enough.
        long three = 3 * KeyValueCache.pageBytes(RandomTranslator.paper().stack(), DataType.F32) + (64 << 10);
        try (Scheduler small = model.scheduler(options().withCache(three, CacheType.F32))) {
            assertEquals(Reason.TOO_LARGE, assertInstanceOf(RequestRejectedException.class, failure(
                    small.translateAsync(ids(1, 3), few.withBeams(1).withMaxTokens(300)))).reason());
            assertEquals(1, small.translate(ids(1, 3), few.withBeams(1)).hypotheses().size());
        }
        assertAddsUp(scheduler.statistics());
        assertTrue(most > 0 && most <= 1 << 20, most + " bytes");
    }

    /** Their keys and values would be 70 MB, the budget is for 8. */
    @Test
    void whatNobodyHears_keepsNoMemoryForKeysAndValues() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        TranslationOptions greedy = LONG.withBeams(1);
        Scheduler scheduler = model.scheduler(options());
        try (scheduler) {
            scheduler.translate(ids(1, 20), greedy);
            long before = heap();
            List<CompletableFuture<Translation>> unheard = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                unheard.add(scheduler.translateAsync(ids(i, 20), greedy, listener(id -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                })));
            }
            await(() -> scheduler.statistics().completed() == 101);
            long kept = heap() - before;
            assertTrue(kept < 8 << 20, kept + " bytes");
            never.countDown();
            for (int i = 0; i < 100; i++) {
                assertEquals(600, unheard.get(i).get().hypotheses().getFirst().ids().length);
            }
        }
        assertAddsUp(scheduler.statistics());
    }

    /** What its tokens attend to is computed last, when the scheduler may be closed already, and the model, too. */
    @Test
    void whatWasTakenBeforeTheEnd_isAnswered_withItsAlignment() throws Exception {
        TranslationOptions aligned = TranslationOptions.defaults().withBeams(1).withMaxTokens(300).withMinTokens(300)
                .withAlignment(List.of(new TranslationOptions.Head(0, 0)));
        for (int round = 0; round < 5; round++) {
            int[] source = ids(round, 200);
            Translation alone = model.translator().translate(source, aligned);
            CompletableFuture<Translation> answer;
            try (Model each = Model.open(folder.resolve("m.lane"), ModelOptions.defaults().withThreads(1));
                    Scheduler scheduler = each.scheduler(options())) {
                answer = scheduler.translateAsync(source, aligned);
            }
            assertArrayEquals(alone.hypotheses().getFirst().alignment()[299],
                    answer.get(30, TimeUnit.SECONDS).hypotheses().getFirst().alignment()[299]);
        }
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    @Test
    void badArguments_areMetByTheCaller() {
        Scheduler scheduler = model.scheduler(options());
        try (scheduler) {
            TranslationOptions usual = TranslationOptions.defaults();
            assertThrows(NullPointerException.class, () -> scheduler.translateAsync((int[]) null, usual));
            assertThrows(NullPointerException.class, () -> scheduler.translateAsync(ids(1, 3), null));
            assertThrows(NullPointerException.class, () -> scheduler.translateAsync(ids(1, 3), usual, null));
            assertThrows(IllegalArgumentException.class, () -> scheduler.translateAsync(new int[0], usual));
            assertThrows(IllegalArgumentException.class, () -> scheduler.translateAsync(new int[]{83}, usual));
            assertThrows(TextTooLongException.class, () -> scheduler.translateAsync(ids(1, 701), usual));
            assertThrows(UnsupportedModelException.class, () -> scheduler.translateAsync("text", usual));
            assertThrows(UnsupportedModelException.class, () -> scheduler.generate(ids(1, 3),
                    GenerationOptions.defaults()));
            assertThrows(UnsupportedModelException.class, () -> scheduler.embed(ids(1, 3)));
            assertThrows(IllegalArgumentException.class,
                    () -> scheduler.translateAsync(ids(1, 3), usual.withCancelWhen(() -> false)));
            assertThrows(IllegalArgumentException.class,
                    () -> scheduler.translateAsync(ids(1, 3), usual.withBeams(2), listener(id -> {
                    })));
            assertEquals(0, scheduler.statistics().submitted());
        }
        assertThrows(IllegalArgumentException.class,
                () -> model.scheduler(options().withCache(1 << 20, CacheType.BF16)));
    }

    @Test
    void aFullQueueRejects_andCloseEndsEverything() {
        Scheduler scheduler = model.scheduler(options().withBatch(1, 1).withQueue(1, WhenFull.REJECT));
        List<CompletableFuture<Translation>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(scheduler.translateAsync(ids(i, 20), LONG));
        }
        scheduler.close(Duration.ZERO);
        all.forEach(each -> each.orTimeout(30, TimeUnit.SECONDS).exceptionally(failure -> null).join());
        assertEquals(Reason.CLOSED, assertInstanceOf(RequestRejectedException.class,
                failure(scheduler.translateAsync(ids(1, 20), LONG))).reason());
        assertAddsUp(scheduler.statistics());
        assertTrue(scheduler.statistics().rejected() >= 18, scheduler.statistics().toString());
        model.close();
        assertThrows(ModelClosedException.class, () -> model.scheduler(options()));
    }

    @Test
    void warmUp_makesTheFirstAnswerAsTheLater() throws Exception {
        int[] before = model.translator().translate(ids(1, 10), LONG).hypotheses().getFirst().ids();
        model.warmUp().get(60, TimeUnit.SECONDS);
        assertArrayEquals(before, model.translator().translate(ids(1, 10), LONG).hypotheses().getFirst().ids());
    }

    /**
     * Forty sources with four hypotheses each, which change places at every step. Between 262 and 510 tokens of each nothing that
     * holds them has to grow.
     */
    @Test
    void aHundredThousandTokens_allocateNothing_onTheSchedulersThread() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int rows = 40 * 4;
        int measured = rows * 220;
        TranslationOptions options = TranslationOptions.defaults().withBeams(4).withMaxTokens(511).withMinTokens(511);
        Scheduler scheduler = model.scheduler(
                options().withThreads(1).withBatch(512, 512).withCache(200 << 20, CacheType.F32));
        try (scheduler) {
            Thread engine = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("lanewise-scheduler")).findFirst().orElseThrow();
            long free = 0; // tokens one behind the other that allocated nothing
            List<Long> allocated = new ArrayList<>();
            // Until compiled, vector code allocates.
            for (int round = 0; round < 12 && free < 100_000; round++) {
                long begin = scheduler.statistics().tokens();
                List<CompletableFuture<Translation>> answers = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    answers.add(scheduler.translateAsync(ids(i, 5), options));
                }
                long from = begin + 40 * 5 + rows * 275;
                await(() -> scheduler.statistics().tokens() > from);
                long before = threads.getThreadAllocatedBytes(engine.threadId());
                await(() -> scheduler.statistics().tokens() > from + measured);
                allocated.add(threads.getThreadAllocatedBytes(engine.threadId()) - before);
                // Where this thread has slept for too long, some have ended, and the round says nothing.
                boolean allRun = scheduler.statistics().running() == 40;
                free = allRun && allocated.getLast() == 0 ? free + measured : 0;
                answers.forEach(CompletableFuture::join);
            }
            assertTrue(free >= 100_000, "bytes in " + measured + " tokens: " + allocated);
        }
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(100_000);
        }
    }
}
