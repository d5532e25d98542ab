package dev.lanewise.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.RequestRejectedException;
import dev.lanewise.error.RequestRejectedException.Reason;
import dev.lanewise.serving.RequestLoop.Outcome;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The loop itself, with requests that nothing is computed for: whatever a step does, nobody waits for ever. */
@Timeout(60)
class RequestLoopTest {
    private static final class Wish extends Request<String> {
        Wish() {
            super(Long.MAX_VALUE, false);
        }

        @Override
        protected String kind() {
            return "wish";
        }

        @Override
        protected int tokens() {
            return 1;
        }

        @Override
        protected RuntimeException expired() {
            return null;
        }

        @Override
        protected boolean tell() {
            return true;
        }

        @Override
        protected String answer() {
            return "granted";
        }
    }

    /** Grants what waits, or throws; waits at a gate first, if it is shut. */
    private static final class Genie extends RequestLoop<Wish> {
        private volatile Throwable mood;
        private volatile CountDownLatch gate = new CountDownLatch(0);
        private volatile boolean atGate;

        Genie(int bound, boolean blocks, boolean drops) {
            super(new RequestQueue<>(bound, blocks, drops));
            start();
        }

        @Override
        protected void step() {
            int count = waiting();
            for (int i = 0; i < count; i++) {
                running().add(waiting(i));
            }
            admitted(count);
            atGate = true;
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            atGate = false;
            if (mood instanceof Error e) {
                throw e;
            }
            if (mood instanceof RuntimeException e) {
                throw e;
            }
            while (!running().isEmpty()) {
                end(running().getFirst(), Outcome.COMPLETED, null);
            }
        }

        @Override
        public long tokens() {
            return 0;
        }

        Wish wish() {
            Wish wish = new Wish();
            submit(wish);
            return wish;
        }

        /** Has it stand at the shut gate with a wish. */
        Wish shut() {
            gate = new CountDownLatch(1);
            Wish first = wish();
            while (!atGate) {
                LockSupport.parkNanos(100_000);
            }
            return first;
        }

        void assertAddsUp() {
            long sum = 0;
            for (Outcome outcome : Outcome.values()) {
                sum += ended(outcome);
            }
            assertEquals(submitted(), sum);
            assertEquals(0, runningNow());
        }
    }

    private static Throwable failure(Wish wish) {
        return assertThrows(CompletionException.class,
                () -> wish.future().orTimeout(20, TimeUnit.SECONDS).join()).getCause();
    }

    private static Reason rejection(Wish wish) {
        return assertInstanceOf(RequestRejectedException.class, failure(wish)).reason();
    }

    @Test
    void aStepThatThrows_endsThoseThatRun_andTheLoopGoesOn() {
        Genie genie = new Genie(8, false, false);
        RuntimeException bad = new IllegalStateException("bad mood");
        genie.mood = bad;
        assertSame(bad, failure(genie.wish()));
        genie.mood = new OutOfMemoryError("for the test");
        assertEquals(Reason.NO_MEMORY, rejection(genie.wish()));
        genie.mood = null;
        assertEquals("granted", genie.wish().future().join());
        genie.close(Duration.ofSeconds(20));
        genie.assertAddsUp();
        assertEquals(1, genie.ended(Outcome.FAILED));
        assertEquals(1, genie.ended(Outcome.REJECTED));
    }

    @Test
    void whoWaitsForRoom_isToldAtOnce_thatItIsClosed() throws InterruptedException {
        Genie genie = new Genie(1, true, false);
        Wish first = genie.shut();
        Wish second = genie.wish();
        Wish third = new Wish();
        Thread caller = Thread.ofVirtual().start(() -> genie.submit(third));
        while (caller.getState() != Thread.State.TIMED_WAITING) {
            LockSupport.parkNanos(100_000);
        }
        Thread closer = Thread.ofPlatform().start(() -> genie.close(Duration.ofSeconds(50)));
        assertEquals(Reason.CLOSED, rejection(third));
        assertFalse(first.future().isDone());
        genie.gate.countDown();
        closer.join();
        assertEquals("granted", first.future().join());
        assertEquals("granted", second.future().join(), "was there before");
        genie.assertAddsUp();
    }

    @Test
    void nobodyIsDropped_whereSomebodyLeft() {
        Genie genie = new Genie(2, false, true);
        genie.shut();
        Wish one = genie.wish();
        Wish two = genie.wish();
        Wish three = genie.wish();
        two.future().cancel(false);
        genie.gate.countDown();
        assertEquals("granted", one.future().join());
        assertEquals("granted", three.future().join());

        genie.shut();
        one = genie.wish();
        two = genie.wish();
        three = genie.wish();
        genie.gate.countDown();
        assertEquals(Reason.DROPPED, rejection(one));
        assertEquals("granted", two.future().join());
        assertEquals("granted", three.future().join());
        genie.close(Duration.ofSeconds(20));
        genie.assertAddsUp();
    }

    /** As many again as may wait can come within a step, then the queue is full for the newest, too. */
    @Test
    void moreThanCanBeDroppedInAStep_areRejected() {
        Genie genie = new Genie(2, false, true);
        genie.shut();
        for (int i = 0; i < 4; i++) {
            assertFalse(genie.wish().future().isDone());
        }
        assertEquals(Reason.QUEUE_FULL, rejection(genie.wish()));
        genie.gate.countDown();
        genie.close(Duration.ofSeconds(20));
        genie.assertAddsUp();
        assertEquals(3, genie.ended(Outcome.COMPLETED));
        assertEquals(3, genie.ended(Outcome.REJECTED));
    }

    /** What depends on an answer is somebody's code: it may take its time, the loop's thread does not. */
    @Test
    void whatDependsOnAnAnswer_holdsUpNobody() {
        for (int round = 0; round < 200; round++) {
            Genie genie = new Genie(4, false, false);
            CountDownLatch never = new CountDownLatch(1);
            Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 20; i++) {
                    Wish wish = new Wish();
                    wish.future().whenComplete((answer, failure) -> {
                        assertTrue(!Thread.currentThread().getName().startsWith("lanewise-scheduler"));
                        if (Thread.currentThread().getName().equals("lanewise-answer")) {
                            LockSupport.parkNanos(TimeUnit.HOURS.toNanos(1));
                        }
                    });
                    genie.submit(wish);
                }
                never.countDown();
            });
            genie.close(Duration.ofNanos(round * 1000));
            assertTrue(awaits(never));
            genie.assertAddsUp();
        }
    }

    private static boolean awaits(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
