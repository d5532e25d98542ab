package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Texts that are generated together are those that are generated alone; and what goes wrong with one is its own affair. */
@Timeout(120)
class SchedulerTest {
    private static final GenerationListener NOBODY = text -> {
    };
    /** Longer than any test runs: such a request is there until it is ended. */
    private static final GenerationOptions LONG = tokens(600);

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

    private static GenerationOptions tokens(int count) {
        return GenerationOptions.builder().maxTokens(count).ignoreEnd(true).build();
    }

    private long pages(int count) {
        return count * KeyValueCache.pageBytes(model.spec().stack(), DataType.F32);
    }

    /** Memory for so many pages of 128 tokens. */
    private SchedulerOptions options(int pages) {
        return SchedulerOptions.defaults().withThreads(2).withCache(pages(pages), CacheType.F32);
    }

    private static Reason rejection(CompletableFuture<?> future) {
        Throwable cause = assertThrows(ExecutionException.class, () -> future.get(30, TimeUnit.SECONDS)).getCause();
        return assertInstanceOf(RequestRejectedException.class, cause).reason();
    }

    private static void await(String what, java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, what);
            LockSupport.parkNanos(100_000);
        }
    }

    /** When all is over, every request is counted once. */
    private static void assertAddsUp(SchedulerStatistics is) {
        assertEquals(is.submitted(), is.completed() + is.failed() + is.cancelled() + is.expired() + is.rejected(),
                is.toString());
        assertEquals(0, is.running(), is.toString());
    }

    /** Prompts that begin alike, and others; all kinds of options; memory for a few at a time. */
    @Test
    void fiveHundredTexts_haveTheBitsOfEachAlone_andMemoryStaysWithinTheBudget() throws Exception {
        Random random = new Random(1);
        int[][] beginnings = {RandomDecoder.ids(100, 300), RandomDecoder.ids(101, 140), {}};
        List<int[]> prompts = new ArrayList<>();
        List<GenerationOptions> options = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            int[] beginning = beginnings[random.nextInt(beginnings.length)];
            int[] end = RandomDecoder.ids(i, 1 + random.nextInt(random.nextInt(10) == 0 ? 250 : 20));
            prompts.add(IntStream.concat(IntStream.of(beginning), IntStream.of(end)).toArray());
            GenerationOptions.Builder builder = GenerationOptions.builder().maxTokens(1 + random.nextInt(20)).seed(i);
            if (random.nextBoolean()) {
                builder.temperature(0.9).topK(30).topP(0.95).repetitionPenalty(1.1).logProbabilities(2);
            }
            options.add(builder.build());
        }
        List<CompletableFuture<Generation>> answers = new ArrayList<>();
        long most = 0;
        try (Scheduler scheduler = model.scheduler(options(12).withBatch(64, 16))) {
            for (int i = 0; i < 500; i++) {
                answers.add(scheduler.generateAsync(prompts.get(i), options.get(i), NOBODY));
                LockSupport.parkNanos(random.nextInt(2_000_000));
                most = Math.max(most, model.memory().cacheBytes());
            }
            for (int i = 0; i < 500; i++) {
                Generation alone = model.generator().generate(prompts.get(i), options.get(i));
                Generation answer = answers.get(i).get(60, TimeUnit.SECONDS);
                assertArrayEquals(alone.ids(), answer.ids(), "request " + i);
                assertArrayEquals(alone.promptIds(), answer.promptIds());
                assertEquals(alone.finish(), answer.finish());
                assertEquals(alone.probabilities(), answer.probabilities(), "request " + i);
            }
            most = Math.max(most, model.memory().cacheBytes());
            SchedulerStatistics after = scheduler.statistics();
            assertAddsUp(after);
            assertEquals(500, after.completed());
            assertTrue(after.sharedTokens() > 10_000, after.toString());
            assertTrue(after.evictedPages() > 0, after.toString());
        }
        assertTrue(most > 0 && most <= pages(12), most + " bytes");
        assertEquals(0, model.memory().cacheBytes());
    }

    @ParameterizedTest
    @EnumSource(CacheType.class)
    void textsWithKeysOfEveryType_haveTheBitsOfEachAlone(CacheType type) throws Exception {
        Random random = new Random(6);
        int[] beginning = RandomDecoder.ids(100, 200);
        List<int[]> prompts = new ArrayList<>();
        List<CompletableFuture<Generation>> answers = new ArrayList<>();
        GenerationOptions sampled = tokens(15).toBuilder().temperature(1).seed(3).logProbabilities(1).build();
        try (Scheduler scheduler = model.scheduler(options(12).withBatch(64, 16).withCache(pages(8), type))) {
            for (int i = 0; i < 100; i++) {
                int[] end = RandomDecoder.ids(i, 1 + random.nextInt(150));
                prompts.add(IntStream.concat(i % 2 == 0 ? IntStream.of(beginning) : IntStream.empty(),
                        IntStream.of(end)).toArray());
                answers.add(scheduler.generateAsync(prompts.get(i), sampled, NOBODY));
                LockSupport.parkNanos(random.nextInt(2_000_000));
            }
            for (int i = 0; i < 100; i++) {
                GenerationSession session = model.generator().newSession(SessionOptions.defaults().withCache(type));
                session.add(prompts.get(i));
                Generation alone = session.generate(sampled);
                Generation answer = answers.get(i).get(60, TimeUnit.SECONDS);
                assertArrayEquals(alone.ids(), answer.ids(), "request " + i);
                assertEquals(alone.probabilities(), answer.probabilities(), "request " + i);
            }
            assertTrue(scheduler.statistics().sharedTokens() > 1000);
        }
    }

    /** One id has no numbers: a text with it fails, those that are computed with it do not notice. */
    @Test
    void noNumbers_failTheTextThatHasThem_andNoOther() throws Exception {
        int unsound = 82;
        Path file = RandomDecoder.writeUnsound(folder.resolve("nan.lane"), unsound);
        GenerationOptions sound = tokens(30).toBuilder().logitBias(unsound, Float.NEGATIVE_INFINITY).build();
        try (Model nan = Model.open(file, ModelOptions.defaults().withThreads(1));
                Scheduler scheduler = nan.scheduler(options(60))) {
            List<int[]> prompts = new ArrayList<>();
            List<CompletableFuture<Generation>> answers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                prompts.add(IntStream.of(RandomDecoder.ids(i, 20)).map(id -> id % unsound).toArray());
                prompts.getLast()[7] = i % 3 == 0 ? unsound : 7;
                answers.add(scheduler.generateAsync(prompts.get(i), sound, NOBODY));
            }
            for (int i = 0; i < 12; i++) {
                CompletableFuture<Generation> answer = answers.get(i);
                if (i % 3 == 0) {
                    assertInstanceOf(UnsupportedModelException.class,
                            assertThrows(ExecutionException.class, answer::get).getCause());
                } else {
                    assertArrayEquals(nan.generator().generate(prompts.get(i), sound).ids(), answer.get().ids());
                }
            }
            assertAddsUp(scheduler.statistics());
            assertEquals(4, scheduler.statistics().failed());
        }
    }

    @Test
    void listener_isToldEveryTokenInOrder_andTheFutureIsCompleteAfterThat() throws Exception {
        int[] prompt = RandomDecoder.ids(3, 40);
        int[] alone = model.generator().generate(prompt, tokens(50)).ids();
        try (Scheduler scheduler = model.scheduler(options(8))) {
            List<Integer> told = new ArrayList<>();
            Generation answer = scheduler.generateAsync(prompt, tokens(50), new GenerationListener() {
                @Override
                public void text(String piece) {}

                @Override
                public void token(int id) {
                    assertTrue(Thread.currentThread().isVirtual());
                    told.add(id);
                }
            }).get(30, TimeUnit.SECONDS);
            assertArrayEquals(alone, answer.ids());
            assertArrayEquals(alone, told.stream().mapToInt(i -> i).toArray());
            assertEquals(40, answer.timing().prefillTokens());
        }
    }

    @Test
    void aCommonBeginning_isComputedOnce() throws Exception {
        int[] system = RandomDecoder.ids(5, 256);
        try (Scheduler scheduler = model.scheduler(options(30))) {
            List<CompletableFuture<Generation>> answers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                int[] prompt = IntStream.concat(IntStream.of(system), IntStream.of(RandomDecoder.ids(i, 10))).toArray();
                answers.add(scheduler.generateAsync(prompt, tokens(1), NOBODY));
            }
            for (CompletableFuture<Generation> answer : answers) {
                answer.get(30, TimeUnit.SECONDS);
            }
            // The system prompt once, and the ten tokens of each.
            assertEquals(256 + 6 * 10, scheduler.statistics().tokens());
            assertEquals(5 * 256, scheduler.statistics().sharedTokens());
        }
    }

    /** Of texts that begin alike, some become so long that all their keys are rotated otherwise; others share pages. */
    @Test
    void textsThatBecomeLonger_haveTheBitsOfEachAlone() throws Exception {
        Path file = RandomDecoder.write(folder.resolve("far.lane"), RandomDecoder.far(300), DataType.F32, 7);
        int[] beginning = RandomDecoder.ids(100, 260);
        try (Model far = Model.open(file, ModelOptions.defaults().withThreads(1));
                Scheduler scheduler = far.scheduler(options(40).withBatch(64, 16))) {
            Random random = new Random(4);
            List<int[]> prompts = new ArrayList<>();
            List<CompletableFuture<Generation>> answers = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                int[] end = RandomDecoder.ids(i, 1 + random.nextInt(60));
                prompts.add(IntStream.concat(IntStream.of(beginning), IntStream.of(end)).toArray());
                answers.add(scheduler.generateAsync(prompts.get(i), tokens(20), NOBODY));
                LockSupport.parkNanos(random.nextInt(3_000_000));
            }
            for (int i = 0; i < 60; i++) {
                assertArrayEquals(far.generator().generate(prompts.get(i), tokens(20)).ids(),
                        answers.get(i).get().ids(),
                        "request " + i);
            }
            assertTrue(scheduler.statistics().sharedTokens() > 0);
            assertAddsUp(scheduler.statistics());
        }
    }

    /** The keys of every token would have to be computed anew at each further one, and all others wait for it. */
    @Test
    void textsWhoseEveryTokenChangesAll_areRefused_unlessTheyStayShort() throws Exception {
        Path file = RandomDecoder.write(folder.resolve("dynamic.lane"), RandomDecoder.dynamic(40), DataType.F32, 7);
        int[] prompt = RandomDecoder.ids(1, 30);
        try (Model dynamic = Model.open(file); Scheduler scheduler = dynamic.scheduler(options(40))) {
            assertArrayEquals(dynamic.generator().generate(prompt, tokens(10)).ids(),
                    scheduler.generate(prompt, tokens(10)).ids());
            assertEquals(40, assertThrows(
                    TextTooLongException.class, () -> scheduler.generateAsync(prompt, tokens(11), NOBODY))
                    .limit());
            assertThrows(TextTooLongException.class, () -> scheduler.stream(prompt, tokens(11)));
            assertEquals(1, scheduler.statistics().submitted());
        }
    }

    @Test
    void aFullContext_endsAsItDoesAlone() throws Exception {
        int[] prompt = RandomDecoder.ids(5, RandomDecoder.POSITIONS - 3);
        Generation alone = model.generator().generate(prompt, tokens(20));
        assertEquals(FinishReason.CONTEXT_FULL, alone.finish());
        try (Scheduler scheduler = model.scheduler(options(6))) {
            Generation answer = scheduler.generate(prompt, tokens(20));
            assertArrayEquals(alone.ids(), answer.ids());
            assertEquals(alone.finish(), answer.finish());
        }
    }

    @Test
    void aRequestThatCanNeverFit_isRejectedAtOnce() {
        try (Scheduler scheduler = model.scheduler(options(2))) {
            assertEquals(Reason.TOO_LARGE, rejection(scheduler.generateAsync(RandomDecoder.ids(1, 200), tokens(57),
                    NOBODY)));
            assertEquals(RequestRejectedException.class,
                    assertThrows(RuntimeException.class, () -> scheduler.generate(RandomDecoder.ids(1, 300), LONG))
                            .getClass());
            assertEquals(FinishReason.LENGTH,
                    scheduler.generateAsync(RandomDecoder.ids(1, 200), tokens(56), NOBODY).join().finish());
            assertAddsUp(scheduler.statistics());
        }
        assertThrows(IllegalArgumentException.class, () -> model.scheduler(options(0)));
    }

    @Test
    void cancelled_leavesAndFreesItsMemory_runningOrWaiting() throws Exception {
        try (Scheduler scheduler = model.scheduler(options(5))) { // for one
            CompletableFuture<Generation> running = scheduler.generateAsync(RandomDecoder.ids(1, 10), LONG, NOBODY);
            await("runs", () -> scheduler.statistics().running() == 1);
            CompletableFuture<Generation> waiting = scheduler.generateAsync(RandomDecoder.ids(2, 10), LONG, NOBODY);
            assertTrue(waiting.cancel(false));
            await("leaves", () -> scheduler.statistics().cancelled() == 1 || running.isDone());
            assertTrue(running.cancel(false) || running.isDone());
            assertEquals(4, scheduler.generate(RandomDecoder.ids(3, 10), tokens(4)).ids().length);
            assertThrows(CancellationException.class, waiting::join);
            assertAddsUp(scheduler.statistics());
        }
    }

    @Test
    void deadline_endsWithWhatThereIs_runningOrWaiting() throws Exception {
        GenerationOptions soon = LONG.toBuilder().timeLimit(Duration.ofMillis(30)).build();
        GenerationOptions past = LONG.toBuilder().timeLimit(Duration.ofNanos(1)).build();
        int[] prompt = RandomDecoder.ids(1, 90);
        try (Scheduler scheduler = model.scheduler(options(6).withBatch(1, 1))) {
            CompletableFuture<Generation> running = scheduler.generateAsync(prompt, soon, NOBODY);
            CompletableFuture<Generation> waiting = scheduler.generateAsync(prompt, soon, NOBODY);
            Generation none = scheduler.generate(prompt, past);
            assertEquals(FinishReason.DEADLINE, none.finish());
            assertEquals(0, none.ids().length);
            for (CompletableFuture<Generation> each : List.of(running, waiting)) {
                Generation answer = each.get(30, TimeUnit.SECONDS);
                // A fast machine may be done before.
                assertTrue(answer.finish() == FinishReason.DEADLINE || answer.ids().length == 600);
            }
            assertAddsUp(scheduler.statistics());
            assertTrue(scheduler.statistics().expired() >= 1);
        }
    }

    @Test
    void whatIsWrongWithOne_isNothingToTheOthers() throws Exception {
        int[] prompt = RandomDecoder.ids(9, 20);
        int[] alone = model.generator().generate(prompt, tokens(200)).ids();
        GenerationOptions.Builder nothing = tokens(10).toBuilder();
        for (int id = 0; id < RandomDecoder.VOCABULARY; id++) {
            nothing.logitBias(id, Float.NEGATIVE_INFINITY);
        }
        CountDownLatch never = new CountDownLatch(1);
        try (Scheduler scheduler = model.scheduler(options(20))) {
            CompletableFuture<Generation> good = scheduler.generateAsync(prompt, tokens(200), NOBODY);
            RuntimeException thrown = new IllegalStateException("a listener's");
            CompletableFuture<Generation> throwing = scheduler.generateAsync(prompt, LONG, listener(id -> {
                throw thrown;
            }));
            CompletableFuture<Generation> blocking = scheduler.generateAsync(prompt, tokens(5), listener(id -> {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }));
            CompletableFuture<Generation> impossible = scheduler.generateAsync(prompt, nothing.build(), NOBODY);
            assertSame(thrown, assertThrows(ExecutionException.class, throwing::get).getCause());
            assertInstanceOf(UnsupportedModelException.class,
                    assertThrows(ExecutionException.class, impossible::get).getCause());
            assertArrayEquals(alone, good.get(30, TimeUnit.SECONDS).ids());
            await("all have ended", () -> scheduler.statistics().running() == 0);
            assertFalse(blocking.isDone());
            assertAddsUp(scheduler.statistics());
            assertEquals(2, scheduler.statistics().failed());
            assertEquals(2, scheduler.statistics().completed());
            // Whoever depends on a future may block, too.
            CompletableFuture<Generation> next = scheduler.generateAsync(prompt, tokens(1), NOBODY);
            next.thenRun(() -> {
                if (Thread.currentThread().isVirtual()) { // it is the caller's own thread if the answer is there already
                    LockSupport.parkNanos(TimeUnit.DAYS.toNanos(1));
                }
            });
            assertEquals(200, scheduler.generate(prompt, tokens(200)).ids().length);
        }
        never.countDown();
    }

    private static GenerationListener listener(java.util.function.IntConsumer consumer) {
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
    void badArguments_areMetByTheCaller() {
        try (Scheduler scheduler = model.scheduler(options(6))) {
            assertThrows(NullPointerException.class, () -> scheduler.generateAsync((int[]) null, LONG, NOBODY));
            assertThrows(NullPointerException.class, () -> scheduler.generateAsync(new int[]{1}, null, NOBODY));
            assertThrows(NullPointerException.class, () -> scheduler.generateAsync(new int[]{1}, LONG, null));
            assertThrows(UnsupportedModelException.class, () -> scheduler.generate("text", LONG));
            assertThrows(UnsupportedModelException.class, () -> scheduler.embed("text"));
            assertThrows(UnsupportedModelException.class, () -> scheduler.embedAsync(new int[]{1}, null));
            assertThrows(IllegalArgumentException.class, () -> scheduler.generate(new int[0], LONG));
            assertThrows(IllegalArgumentException.class, () -> scheduler.generate(new int[]{83}, LONG));
            assertThrows(TextTooLongException.class, () -> scheduler.generate(RandomDecoder.ids(1, 701), LONG));
            assertThrows(IllegalArgumentException.class,
                    () -> scheduler.generate(new int[]{1}, LONG.toBuilder().cancelWhen(() -> false).build()));
            assertThrows(IllegalArgumentException.class,
                    () -> scheduler.generate(new int[]{1}, LONG.toBuilder().logitBias(83, 1).build()));
            assertThrows(UnsupportedModelException.class,
                    () -> scheduler.generate(new int[]{1}, LONG.toBuilder().stop("x").build()));
            assertEquals(0, scheduler.statistics().submitted());
        }
        SchedulerOptions usual = SchedulerOptions.defaults();
        assertThrows(IllegalArgumentException.class, () -> usual.withThreads(0));
        assertThrows(IllegalArgumentException.class, () -> usual.withBatch(10, 11));
        assertThrows(IllegalArgumentException.class, () -> usual.withQueue(0, WhenFull.REJECT));
        assertThrows(NullPointerException.class, () -> usual.withQueue(1, null));
        assertThrows(IllegalArgumentException.class, () -> usual.withCache(-1, CacheType.F32));
    }

    /** One runs and, with memory for no other, two wait. */
    private List<CompletableFuture<Generation>> fill(Scheduler scheduler) {
        List<CompletableFuture<Generation>> all = new ArrayList<>();
        CompletableFuture<Generation> first;
        do {
            CompletableFuture<Generation> next = scheduler.generateAsync(RandomDecoder.ids(1, 1), LONG, NOBODY);
            await("runs", () -> scheduler.statistics().running() == 1 || next.isDone());
            first = next;
        } while (first.isDone()); // while nobody looked
        all.add(first);
        all.add(scheduler.generateAsync(RandomDecoder.ids(2, 1), LONG, NOBODY));
        all.add(scheduler.generateAsync(RandomDecoder.ids(3, 1), LONG, NOBODY));
        return all;
    }

    private SchedulerOptions twoWait(WhenFull whenFull) {
        return options(5).withBatch(1, 1).withQueue(2, whenFull);
    }

    @Test
    void aFullQueue_rejects() {
        try (Scheduler scheduler = model.scheduler(twoWait(WhenFull.REJECT))) {
            List<CompletableFuture<Generation>> there = fill(scheduler);
            CompletableFuture<Generation> late = scheduler.generateAsync(RandomDecoder.ids(4, 1), LONG, NOBODY);
            assertTrue(late.isDone());
            assertEquals(Reason.QUEUE_FULL, rejection(late));
            there.forEach(each -> assertEquals(600, each.join().ids().length));
            assertAddsUp(scheduler.statistics());
        }
    }

    @Test
    void aFullQueue_dropsTheOldest() {
        try (Scheduler scheduler = model.scheduler(twoWait(WhenFull.DROP_OLDEST))) {
            List<CompletableFuture<Generation>> there = fill(scheduler);
            CompletableFuture<Generation> late = scheduler.generateAsync(RandomDecoder.ids(4, 1), LONG, NOBODY);
            assertEquals(Reason.DROPPED, rejection(there.remove(1)));
            there.add(late);
            there.forEach(each -> assertEquals(600, each.join().ids().length));
            // There is room for as many as before.
            there = fill(scheduler);
            there.forEach(each -> assertEquals(600, each.join().ids().length));
            assertAddsUp(scheduler.statistics());
            assertEquals(1, scheduler.statistics().rejected());
        }
    }

    @Test
    void aFullQueue_blocks_untilThereIsRoom_orTheTimeIsOver_orTheCallerIsInterrupted() throws Exception {
        try (Scheduler scheduler = model.scheduler(twoWait(WhenFull.BLOCK))) {
            List<CompletableFuture<Generation>> there = fill(scheduler);
            GenerationOptions soon = LONG.toBuilder().timeLimit(Duration.ofMillis(1)).build();
            assertEquals(FinishReason.DEADLINE, scheduler.generate(RandomDecoder.ids(4, 1), soon).finish());
            Thread.currentThread().interrupt();
            CompletableFuture<Generation> interrupted = scheduler.generateAsync(RandomDecoder.ids(4, 1), LONG, NOBODY);
            assertTrue(Thread.interrupted());
            assertThrows(CancellationException.class, interrupted::join);
            there.add(scheduler.generateAsync(RandomDecoder.ids(4, 1), LONG, NOBODY));
            there.forEach(each -> assertEquals(600, each.join().ids().length));
            assertAddsUp(scheduler.statistics());
        }
    }

    @Test
    void anInterruptedCaller_cancelsItsRequest() {
        try (Scheduler scheduler = model.scheduler(options(6))) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> scheduler.generate(RandomDecoder.ids(1, 10), LONG));
            assertFalse(Thread.interrupted());
            await("leaves", () -> scheduler.statistics().cancelled() == 1);
            assertAddsUp(scheduler.statistics());
        }
    }

    @Test
    void close_letsAllEnd_orNone_andLeavesNoThread() {
        Scheduler drained = model.scheduler(twoWait(WhenFull.REJECT));
        List<CompletableFuture<Generation>> there = fill(drained);
        drained.close(Duration.ofSeconds(60));
        there.forEach(each -> assertEquals(600, each.join().ids().length));
        assertAddsUp(drained.statistics());

        Scheduler ended = model.scheduler(twoWait(WhenFull.REJECT));
        there = fill(ended);
        assertThrows(NullPointerException.class, () -> ended.close(null));
        ended.close(Duration.ZERO);
        ended.close();
        there.stream().skip(1).forEach(each -> assertEquals(Reason.CLOSED, rejection(each)));
        assertAddsUp(ended.statistics());
        assertEquals(Reason.CLOSED, rejection(ended.generateAsync(RandomDecoder.ids(1, 1), LONG, NOBODY)));
        assertEquals(0, ended.statistics().running());
        assertTrue(Thread.getAllStackTraces().keySet().stream().noneMatch(
                thread -> thread.getName().startsWith("lanewise-scheduler")
                        || thread.getName().startsWith("lanewise-teller")));
    }

    @Test
    void events_tellWhatHappens() throws Exception {
        try (Flight flight = new Flight()) {
            try (Model opened = Model.open(folder.resolve("m.lane"));
                    Scheduler scheduler = opened.scheduler(options(3).withBatch(40, 40))) {
                scheduler.generate(RandomDecoder.ids(1, 150), tokens(3));
                scheduler.generate(RandomDecoder.ids(2, 250), tokens(1));
                scheduler.generate(RandomDecoder.ids(3, 250), tokens(1));
                scheduler.generateAsync(RandomDecoder.ids(3, 500), tokens(1), NOBODY).exceptionally(e -> null).join();
            }
            RecordedEvent open = flight.events("dev.lanewise.ModelOpen").getFirst();
            assertEquals("DECODER", open.getString("shape"));
            assertEquals(model.memory().mappedBytes(), open.getLong("mapped"));
            List<RecordedEvent> passes = flight.events("dev.lanewise.Pass");
            assertEquals(150 + 250 + 250, passes.stream().mapToInt(pass -> pass.getInt("prefillTokens")).sum(),
                    passes::toString);
            assertEquals(2, passes.stream().mapToInt(pass -> pass.getInt("decodeTokens")).sum());
            assertEquals(2, passes.stream().filter(pass -> pass.getString("kind").equals("decode")).count());
            assertTrue(flight.events("dev.lanewise.CacheEviction").size() > 0);
            List<RecordedEvent> requests = flight.events("dev.lanewise.Request");
            assertEquals(List.of("completed", "completed", "completed", "rejected"),
                    requests.stream().map(request -> request.getString("outcome")).toList());
            assertEquals("too_large", requests.getLast().getString("reason"));
            assertEquals(153, requests.getFirst().getInt("tokens"));
            RecordedEvent first = requests.getFirst();
            assertTrue(first.getDuration("queueWait").compareTo(first.getDuration("time")) < 0);
        }
    }

    /** What a long prompt can hold up the others by: a part of it goes with each of their steps, and no step is without them. */
    @Test
    void textsThatRun_areHeldUpByAPartOfAPromptAtMost() throws Exception {
        List<RecordedEvent> events;
        try (Flight flight = new Flight();
                Scheduler scheduler = model.scheduler(options(40).withBatch(64, 8))) {
            List<CompletableFuture<Generation>> streams = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                streams.add(scheduler.generateAsync(RandomDecoder.ids(i, 5), LONG, NOBODY));
            }
            await("run", () -> scheduler.statistics().tokens() > 50);
            List<CompletableFuture<Generation>> prompts = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                prompts.add(scheduler.generateAsync(RandomDecoder.ids(10 + i, 400), tokens(1), NOBODY));
            }
            prompts.forEach(CompletableFuture::join);
            assertTrue(streams.stream().noneMatch(CompletableFuture::isDone), "they go on for 600 steps");
            streams.forEach(each -> each.cancel(false));
            events = flight.events("dev.lanewise.Pass");
        }
        // From when all three run.
        List<RecordedEvent> passes = events.stream().dropWhile(pass -> pass.getInt("decodeTokens") < 3).toList();
        List<RecordedEvent> mixed = passes.stream().filter(pass -> pass.getInt("prefillTokens") > 0).toList();
        assertTrue(mixed.size() > 200, mixed.size() + " passes"); // 2,000 tokens
        mixed.forEach(pass -> assertTrue(pass.getInt("prefillTokens") <= 8, pass.toString()));
        passes.subList(0, passes.indexOf(mixed.getLast()))
                .forEach(pass -> assertTrue(pass.getInt("decodeTokens") >= 3, pass.toString()));
    }

    @Test
    void warmUp_saysWhenItIsDone_andEndsWhenNobodyWantsIt() throws Exception {
        Generation before = model.generator().generate(RandomDecoder.ids(1, 10), tokens(5));
        model.warmUp().get(60, TimeUnit.SECONDS);
        assertArrayEquals(before.ids(), model.generator().generate(RandomDecoder.ids(1, 10), tokens(5)).ids());
        model.warmUp().cancel(false);
        model.close();
        assertThrows(ModelClosedException.class, model::warmUp);
        assertThrows(ModelClosedException.class, () -> model.scheduler(options(6)));
        await("ends", () -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("lanewise-model-warm-up")));
    }

    /** Eight texts with windows of 150 tokens, whose steps do not grow longer with the text; two more wait for their memory. */
    @Test
    void aHundredThousandTokens_allocateNothing_onTheSchedulersThread() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        GenerationOptions options = tokens(12_900).toBuilder().temperature(0.8).topK(20).repetitionPenalty(1.1).build();
        long least = Long.MAX_VALUE;
        // As much as they need: the second time, pages are used again.
        long bytes = 8 * Math.ceilDiv(12_908, KeyValueCache.PAGE)
                * KeyValueCache.pageBytes(RandomDecoder.windowed(13_000).stack(), DataType.BF16);
        Path file = RandomDecoder.write(folder.resolve("window.lane"), RandomDecoder.windowed(13_000), DataType.F32, 7);
        try (Model windowed = Model.open(file);
                Scheduler scheduler = windowed.scheduler(SchedulerOptions.defaults()
                        .withThreads(1).withCache(bytes, CacheType.BF16))) {
            Thread engine = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("lanewise-scheduler")).findFirst().orElseThrow();
            // At first, pages are allocated, and vector code that is not compiled yet allocates.
            for (int round = 0; round < 6 && least > 0; round++) {
                List<CompletableFuture<Generation>> answers = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    answers.add(scheduler.generateAsync(RandomDecoder.ids(i, 8), options, NOBODY));
                }
                long from = 8 * 40 + scheduler.statistics().tokens();
                await("runs", () -> scheduler.statistics().running() == 8 && scheduler.statistics().tokens() > from);
                long before = threads.getThreadAllocatedBytes(engine.threadId());
                await("comes far", () -> scheduler.statistics().tokens() > from + 100_000);
                least = Math.min(least, threads.getThreadAllocatedBytes(engine.threadId()) - before);
                assertEquals(8, scheduler.statistics().running());
                answers.subList(8, 10).forEach(each -> each.cancel(false));
                answers.subList(0, 8).forEach(CompletableFuture::join);
            }
        }
        assertEquals(0, least, "bytes in 100,000 tokens");
    }
}
