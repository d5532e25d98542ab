package dev.lanewise.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Gets the vector kernels compiled, once a JVM, on a thread of its own. Until a vector kernel is compiled, each of its
 * operations allocates an object and takes some hundred times longer than it will; large calls would spend seconds in that
 * state. So each kernel is driven with tiny inputs until a call is fast. Meanwhile the scalar twins compute, whose bits are the
 * same; but the matrix product, nearly all of the work, is worth waiting for.
 *
 * <p>The inputs take every branch, as the compiler leaves out what it has not seen, and read weights from the same kind of
 * memory as real calls.
 */
final class WarmUp {
    /** A tiny call of a compiled kernel takes less; of one that is not, some 10 us or more. */
    private static final long FAST_NANOS = 3_000;
    /** So many fast calls show that a kernel is compiled. */
    private static final int FAST_CALLS = 3;
    /** Calls that make the compiler begin; the rest waits for it, without taking its processor. */
    private static final int EAGER_CALLS = 3_000;
    /** When to give up waiting for a kernel: the machine is too busy to tell, and the compiler has begun long ago. */
    private static final long LONGEST_NANOS = 2_000_000_000L;

    private static final AtomicBoolean STARTED = new AtomicBoolean();
    private static final CountDownLatch PRODUCT = new CountDownLatch(1);

    /** Which kernels are being warmed up, so that their scalar twins shall compute. */
    static volatile boolean coldAttention;
    static volatile boolean coldNorm;
    static volatile boolean coldActivations;

    private WarmUp() {}

    /**
     * Starts it, unless it was started before.
     *
     * @param weights some weights of the model, {@link Kernels#WARM_UP_BYTES} or more, of the memory that real calls read
     */
    static void start(MemorySegment weights) {
        if (STARTED.compareAndSet(false, true)) {
            setCold(true);
            Thread thread = new Thread(() -> run(weights), "lanewise-warm-up");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Waits until the matrix product is compiled; does not wait if nobody started that. */
    static void awaitProduct() {
        if (PRODUCT.getCount() == 0 || !STARTED.get()) {
            return;
        }
        boolean interrupted = false;
        while (true) {
            try {
                PRODUCT.await(2 * LONGEST_NANOS, TimeUnit.NANOSECONDS);
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void run(MemorySegment weights) {
        try {
            // Loaded later, by the first fall-back of a conversion, this class would undo what was compiled before.
            MemorySegment.ofArray(new byte[1]);
            float[] x = new float[4096];
            float[] y = new float[4096];
            Arrays.fill(x, 0.5f);
            drive(() -> VectorProduct.warmUp(y, x, weights));
            PRODUCT.countDown();
            drive(() -> VectorActivation.gelu(y, 0, 2 * Kernels.PANEL));
            drive(() -> {
                VectorActivation.geluTanh(y, 0, Kernels.PANEL);
                VectorActivation.silu(y, 0, Kernels.PANEL);
                VectorActivation.relu(y, 0, Kernels.PANEL);
            });
            coldActivations = false;
            drive(() -> VectorRows.addAndLayerNorm(y, 0, x, 0, y, 0, 57, weights, weights, 1e-5f));
            coldNorm = false;
            float[] scratch = new float[VectorAttention.scratch(9)];
            ScoreRule rule = ScoreRule.full(0.1f);
            drive(() -> VectorAttention.attend(y, 0, 16, x, 0, 16, 3, 0, x, 0, x, 0, 7, 7, 9, rule, null, 0, scratch));
        } catch (IllegalStateException closed) {
            STARTED.set(false); // the model was closed meanwhile; the next one goes on
        } finally {
            PRODUCT.countDown();
            setCold(false);
        }
    }

    private static void setCold(boolean cold) {
        coldAttention = cold;
        coldNorm = cold;
        coldActivations = cold;
    }

    private static void drive(Runnable call) {
        long begin = System.nanoTime();
        int fast = 0;
        for (int calls = 0; fast < FAST_CALLS; calls++) {
            long start = System.nanoTime();
            call.run();
            long end = System.nanoTime();
            fast += end - start < FAST_NANOS ? 1 : 0;
            if (end - begin > LONGEST_NANOS) {
                return;
            }
            if (calls > EAGER_CALLS) {
                java.util.concurrent.locks.LockSupport.parkNanos(200_000);
            }
        }
    }
}
