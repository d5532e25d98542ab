package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.RequestRejectedException;
import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The rules of {@link Flow}, and a subscriber that is slow delays nobody. */
@Timeout(60)
class TokenPublisherTest {
    private static final GenerationOptions FIFTY = GenerationOptions.builder().maxTokens(50).ignoreEnd(true).build();
    private static final int[] PROMPT = RandomDecoder.ids(1, 20);

    @TempDir
    static Path folder;
    private Model model;
    private Scheduler scheduler;

    @BeforeEach
    void open() throws IOException {
        model = Model.open(RandomDecoder.write(folder.resolve("m.lane"), RandomDecoder.grouped(), DataType.F32, 7),
                ModelOptions.defaults().withThreads(1));
        scheduler = model.scheduler(SchedulerOptions.defaults().withThreads(1).withCache(8 << 20, CacheType.F32));
    }

    @AfterEach
    void close() {
        scheduler.close();
        model.close();
    }

    /** Writes down what it is told. */
    private static final class Reader implements Flow.Subscriber<GeneratedToken> {
        private final List<Integer> ids = Collections.synchronizedList(new ArrayList<>());
        private final AtomicInteger within = new AtomicInteger();
        private final CountDownLatch end = new CountDownLatch(1);
        private final long first;
        private Flow.Subscription subscription;
        private volatile Throwable failure;
        private volatile RuntimeException toThrow;
        private volatile Runnable meanwhile; // when it is told something

        Reader(long first) {
            this.first = first;
        }

        @Override
        public void onSubscribe(Flow.Subscription begun) {
            subscription = begun;
            if (first != 0) {
                begun.request(first);
            }
        }

        @Override
        public void onNext(GeneratedToken token) {
            assertEquals(1, within.incrementAndGet(), "two at a time");
            ids.add(token.id());
            if (meanwhile != null) {
                meanwhile.run();
            }
            within.decrementAndGet();
            if (toThrow != null) {
                throw toThrow;
            }
        }

        @Override
        public void onError(Throwable why) {
            assertEquals(0, within.get(), "within another call");
            failure = why;
            end.countDown();
        }

        @Override
        public void onComplete() {
            assertEquals(0, within.get(), "within another call");
            end.countDown();
        }

        void awaitEnd() throws InterruptedException {
            assertTrue(end.await(30, TimeUnit.SECONDS));
        }
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end);
            LockSupport.parkNanos(100_000);
        }
    }

    private int[] alone() {
        return model.generator().generate(PROMPT, FIFTY).ids();
    }

    private static int[] ids(Reader reader) {
        return reader.ids.stream().mapToInt(i -> i).toArray();
    }

    @Test
    void everySubscription_isARequestOfItsOwn() throws Exception {
        Flow.Publisher<GeneratedToken> publisher = scheduler.stream(PROMPT, FIFTY);
        assertEquals(0, scheduler.statistics().submitted());
        for (int i = 0; i < 2; i++) {
            Reader reader = new Reader(Long.MAX_VALUE);
            publisher.subscribe(reader);
            reader.subscription.request(Long.MAX_VALUE); // the sum is no more than unbounded
            reader.awaitEnd();
            assertNull(reader.failure);
            assertArrayEquals(alone(), ids(reader));
        }
        assertEquals(2, scheduler.statistics().completed());
    }

    @Test
    void aSlowSubscriber_delaysNobody_andLosesNothing() throws Exception {
        Reader slow = new Reader(3);
        scheduler.stream(PROMPT, FIFTY).subscribe(slow);
        assertArrayEquals(alone(), scheduler.generate(PROMPT, FIFTY).ids());
        await(() -> scheduler.statistics().running() == 0 && slow.ids.size() == 3);
        assertEquals(2, scheduler.statistics().completed());
        assertEquals(1, slow.end.getCount());
        for (int i = 4; i <= 50; i++) {
            int count = i;
            slow.subscription.request(1);
            await(() -> slow.ids.size() == count);
        }
        slow.awaitEnd();
        assertArrayEquals(alone(), ids(slow));
    }

    @Test
    void cancelledSubscription_isToldNothingMore_andLeaves() throws Exception {
        Reader reader = new Reader(1);
        scheduler.stream(PROMPT, FIFTY.toBuilder().maxTokens(600).build()).subscribe(reader);
        await(() -> reader.ids.size() == 1);
        reader.subscription.cancel();
        reader.subscription.request(10);
        await(() -> scheduler.statistics().running() == 0);
        assertEquals(1, reader.ids.size());
        assertEquals(1, reader.end.getCount());
    }

    /** Rule 1.3 of Reactive Streams: one call at a time, of the error too, wherever the wrong demand comes from. */
    @Test
    void aWrongDemand_isToldAfterTheTokenThatIsBeingTold() throws Exception {
        Reader within = new Reader(10);
        within.meanwhile = () -> within.subscription.request(0);
        scheduler.stream(PROMPT, FIFTY).subscribe(within);
        within.awaitEnd();
        assertInstanceOf(IllegalArgumentException.class, within.failure);
        assertEquals(1, within.ids.size());

        Reader beside = new Reader(10);
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        beside.meanwhile = () -> {
            told.countDown();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(30)); // for an error that does not wait
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        scheduler.stream(PROMPT, FIFTY).subscribe(beside);
        assertTrue(told.await(30, TimeUnit.SECONDS));
        beside.subscription.request(-3);
        assertNull(beside.failure, "told meanwhile");
        goOn.countDown();
        beside.awaitEnd();
        assertInstanceOf(IllegalArgumentException.class, beside.failure);
        assertEquals(1, beside.ids.size());
    }

    /** Who did not cancel is told how it ended. */
    @Test
    void whoIsInterruptedWhileThereIsNoRoom_isToldSo() throws Exception {
        GenerationOptions endless = FIFTY.toBuilder().maxTokens(12_000).build();
        try (Model windowed = Model.open(RandomDecoder.write(folder.resolve("w.lane"), RandomDecoder.windowed(13_000),
                DataType.F32, 7));
                Scheduler full = windowed.scheduler(SchedulerOptions.defaults().withThreads(1)
                        .withBatch(1, 1).withQueue(1, SchedulerOptions.WhenFull.BLOCK))) {
            var running = full.generateAsync(PROMPT, endless, text -> {
            });
            await(() -> full.statistics().running() == 1);
            var waiting = full.generateAsync(PROMPT, endless, text -> {
            });
            Reader reader = new Reader(1);
            Thread.currentThread().interrupt();
            full.stream(PROMPT, endless).subscribe(reader);
            assertTrue(Thread.interrupted());
            reader.awaitEnd();
            assertInstanceOf(CancellationException.class, reader.failure);
            running.cancel(false);
            waiting.cancel(false);
        }
    }

    @Test
    void whatIsWrong_isTheSubscribersError() throws Exception {
        Reader nothing = new Reader(-1);
        scheduler.stream(PROMPT, FIFTY).subscribe(nothing);
        nothing.awaitEnd();
        assertInstanceOf(IllegalArgumentException.class, nothing.failure);

        Reader throwing = new Reader(10);
        throwing.toThrow = new IllegalStateException("a subscriber's");
        scheduler.stream(PROMPT, FIFTY).subscribe(throwing);
        throwing.awaitEnd();
        assertSame(throwing.toThrow, throwing.failure);

        assertThrows(NullPointerException.class, () -> scheduler.stream(PROMPT, FIFTY).subscribe(null));
        assertThrows(IllegalArgumentException.class, () -> scheduler.stream(new int[0], FIFTY));
        Flow.Publisher<GeneratedToken> late = scheduler.stream(PROMPT, FIFTY);
        scheduler.close();
        Reader rejected = new Reader(1);
        late.subscribe(rejected);
        rejected.awaitEnd();
        assertInstanceOf(RequestRejectedException.class, rejected.failure);
        SchedulerStatistics after = scheduler.statistics();
        assertEquals(3, after.submitted());
        assertEquals(1, after.rejected());
        // All of a text may be there before its subscriber throws.
        assertEquals(2, after.failed() + after.completed());
        assertTrue(after.failed() >= 1);
    }
}
