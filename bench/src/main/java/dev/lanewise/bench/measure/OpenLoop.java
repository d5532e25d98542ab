package dev.lanewise.bench.measure;

import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleSupplier;
import java.util.function.IntFunction;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Requests that come when they come, whether those before are answered or not: Poisson arrivals. Latency counts from the time at
 * which a request was to come, not from when the loop got round to it, so that no omission is coordinated with what is measured.
 */
public final class OpenLoop {
    private static final long LONGEST = 60_000_000_000L;

    private OpenLoop() {}

    /**
     * What came of it.
     *
     * @param answered latencies in ns of those that were answered well
     * @param refused of those that were not
     * @param late how much later than it was to come each was sent, in ns: what the machine does to a thread that only waits
     * @param told how long after it was sent each that was refused knew it, in ns
     * @param seconds how long requests came
     */
    public record Result(Histogram answered, Histogram refused, Histogram late, Histogram told, double seconds) {
        /** Good answers a second. */
        public double goodput() {
            return answered.getTotalCount() / seconds;
        }
    }

    /** The same at one rate, see {@link #run(DoubleSupplier, double, long, IntFunction)}. */
    public static Result run(double rate, double seconds, long seed, IntFunction<CompletableFuture<?>> request)
            throws InterruptedException, TimeoutException {
        return run(() -> rate, seconds, seed, request);
    }

    /**
     * Sends requests and waits for all answers.
     *
     * @param rate requests a second, asked before each
     * @param request sends one, given its number
     * @throws TimeoutException if some have no answer a minute after the last one was sent
     */
    public static Result run(DoubleSupplier rate, double seconds, long seed,
            IntFunction<CompletableFuture<?>> request) throws InterruptedException, TimeoutException {
        Histogram answered = new ConcurrentHistogram(LONGEST, 3);
        Histogram refused = new ConcurrentHistogram(LONGEST, 3);
        Histogram late = new Histogram(3);
        Histogram told = new ConcurrentHistogram(LONGEST, 3);
        Random random = new Random(seed);
        AtomicInteger pending = new AtomicInteger();
        long start = System.nanoTime();
        double at = 0;
        for (int i = 0;; i++) {
            at -= Math.log(1 - random.nextDouble()) / rate.getAsDouble();
            if (at > seconds) {
                break;
            }
            long due = start + (long) (at * 1e9);
            await(due);
            pending.incrementAndGet();
            long sent = System.nanoTime();
            late.recordValue(Math.max(0, sent - due));
            request.apply(i).whenComplete((answer, failure) -> {
                long now = System.nanoTime();
                (failure == null ? answered : refused).recordValue(Math.clamp(now - due, 1, LONGEST));
                if (failure != null) {
                    told.recordValue(Math.clamp(now - sent, 1, LONGEST));
                }
                pending.decrementAndGet();
            });
        }
        for (long end = System.nanoTime() + LONGEST; pending.get() > 0;) {
            if (System.nanoTime() > end) {
                throw new TimeoutException("hangs: " + pending.get() + " requests have no answer after 60 s");
            }
            Thread.sleep(1);
        }
        return new Result(answered, refused, late, told, seconds);
    }

    private static void await(long due) {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            if (left > 100_000) {
                LockSupport.parkNanos(left - 60_000);
            } else {
                Thread.onSpinWait();
            }
        }
    }
}
