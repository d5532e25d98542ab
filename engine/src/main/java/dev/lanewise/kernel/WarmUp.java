package dev.lanewise.kernel;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Gets the vector kernels compiled, once a JVM, on a thread of its own. Until a vector kernel is compiled, each of its
 * operations allocates an object and takes some hundred times longer than it will; large calls would spend seconds in that
 * state. So each kernel is driven with tiny inputs until a call is fast. Meanwhile plain Java computes, whose bits are the
 * same; but the product of a large matrix is worth waiting for.
 *
 * <p>A process that embeds one short text has ended before vectors could help, and would only wait for their compilation:
 * they begin with the first large matrix, or after {@value #PATIENCE_MILLIS} ms.
 *
 * <p>The inputs take every branch, as the compiler leaves out what it has not seen, and read weights from the same kind of
 * memory as real calls.
 */
final class WarmUp {
    /** Rows of a product that plain Java computes while the vectors are not ready; more are worth waiting for. */
    static final int FEW_ROWS = 48;
    private static final long PATIENCE_MILLIS = 700;
    /** A tiny call of a compiled kernel takes less; of one that is not, some 20 us or more. */
    private static final long FAST_NANOS = 6_000;
    /** So many fast calls show that a kernel is compiled. */
    private static final int FAST_CALLS = 3;
    /** Calls that make the compiler begin; the rest waits for it, without taking its processor. */
    private static final int EAGER_CALLS = 3_000;
    /** As many for plain Java, which needs less; the compiler may take what the first of them need to begin. */
    private static final int COLD_CALLS = 20_000;
    /** When to give up waiting for a kernel: the machine is too busy to tell, and the compiler has begun long ago. */
    private static final long LONGEST_NANOS = 2_000_000_000L;

    /** Weights of a model that no cache holds. */
    private static final long FAR = 1L << 40;
    private static final AtomicBoolean PREPARED = new AtomicBoolean();
    private static final AtomicBoolean STARTED = new AtomicBoolean();
    private static final CountDownLatch WANTED = new CountDownLatch(1);
    private static final CountDownLatch PRODUCT = new CountDownLatch(1);

    /** Which kernels are being warmed up, so that plain Java shall compute. */
    static volatile boolean coldProduct;
    static volatile boolean coldAttention;
    static volatile boolean coldSingle; // attention of a single query
    static volatile boolean coldNorm;
    static volatile boolean coldActivations;
    static volatile boolean coldWidening; // the tile of the product that widens weights

    private WarmUp() {}

    /** Gets ready what the first small product needs, unless that was done before. */
    static void prepare() {
        if (PREPARED.compareAndSet(false, true)) {
            daemon(WarmUp::getReady, "lanewise-prepare");
        }
    }

    /**
     * Starts it, unless it was started before.
     *
     * @param weights some weights of the model, {@link Kernels#WARM_UP_BYTES} or more, of the memory that real calls read
     * @param types of its matrices
     */
    static void start(MemorySegment weights, Set<DataType> types) {
        if (STARTED.compareAndSet(false, true)) {
            setCold(true);
            daemon(() -> run(weights, types), "lanewise-warm-up");
        }
    }

    private static void daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits until the matrix product is compiled; does not wait if nobody started that. */
    static void awaitProduct() {
        if (PRODUCT.getCount() == 0 || !STARTED.get()) {
            return;
        }
        WANTED.countDown();
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

    private static void getReady() {
        float[] x = new float[5 * Kernels.PANEL];
        float[] y = new float[Kernels.PANEL];
        for (int call = 0; call < COLD_CALLS; call++) {
            ColdProduct.warmUp(y, x);
        }
        Kernels.select(); // loads many classes
    }

    private static void run(MemorySegment weights, Set<DataType> types) {
        try {
            WANTED.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            // Loaded later, by the first fall-back of a conversion, this class would undo what was compiled before.
            MemorySegment.ofArray(new byte[1]);
            float[] x = new float[8192];
            float[] y = new float[4096];
            Arrays.fill(x, 0.5f);
            drive(() -> VectorProduct.warmUp(y, x, weights));
            coldProduct = false;
            PRODUCT.countDown();
            for (DataType type : types) {
                if (type != DataType.F32) {
                    drive(type, y, x, weights);
                }
            }
            float[] scratch = new float[VectorAttention.scratch(9)];
            ScoreRule rule = ScoreRule.full(0.1f);
            float[][] pages = {x};
            drive(() -> VectorAttention.attend(y, 0, 16, x, 0, 16, 3, 0, pages, 0, pages, 0, 7, 128, 7, 9, rule, null,
                    0, scratch));
            coldAttention = false;
            drive(() -> VectorActivation.gelu(y, 0, 2 * Kernels.PANEL));
            drive(() -> {
                VectorActivation.geluTanh(y, 0, Kernels.PANEL);
                VectorActivation.silu(y, 0, Kernels.PANEL);
                VectorActivation.relu(y, 0, Kernels.PANEL);
                VectorActivation.softCap(y, 0, Kernels.PANEL, 1, ScalarMath.LOG2_E, ScalarMath.LN_2);
            });
            coldActivations = false;
            drive(() -> {
                VectorRows.addScaled(y, 0, x, 0, 1, 2 * Kernels.PANEL);
                VectorNorm.layer(y, 0, x, 0, 57, weights, weights, 1e-5f);
                VectorNorm.rms(y, 0, x, 0, 57, weights, 0, 1e-5f);
                VectorRows.addRow(y, 0, weights, 0, 2 * Kernels.PANEL);
                VectorRows.multiplyBy(y, 0, x, 0, 2 * Kernels.PANEL);
                VectorRows.rotate(y, 0, 2 * Kernels.PANEL - 3, x, x, 0);
                y[0] = VectorRows.maximum(x, 0, 4 * Kernels.PANEL) + VectorRows.sumOfExponentials(x, 0, 57, 1, y);
            });
            coldNorm = false;
            WeightScratch wide = new WeightScratch(Kernels.PANEL, FAR);
            for (DataType type : types) {
                if (VectorWideningTile.widens(type)) {
                    drive(() -> {
                        wide.fetch(weights, 0, type.panelBytes(Kernels.PANEL), type);
                        VectorWideningTile.multiply(y, 0, Kernels.PANEL, x, 0, 0, Kernels.PANEL, type, weights, 0,
                                weights, 0, wide);
                    });
                }
            }
            coldWidening = false;
            // Last, as an encoder does without: it would wait for the compiler longer than before.
            drive(() -> VectorSingleAttention.attend(y, 0, x, 0, 1, 6, null, pages, 0, pages, 0, 7, 128, 7, 9, rule,
                    null, 0,
                    scratch));
            coldSingle = false;
            drive(DataType.F32, y, x, weights);
        } catch (IllegalStateException closed) {
            STARTED.set(false); // the model was closed meanwhile; the next one goes on
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody can do that
        } finally {
            PRODUCT.countDown();
            setCold(false);
        }
    }

    private static void setCold(boolean cold) {
        coldProduct = cold;
        coldAttention = cold;
        coldSingle = cold;
        coldNorm = cold;
        coldActivations = cold;
        coldWidening = cold;
    }

    /** What a matrix of a type goes through, with a single row and with many: one block of each of a panel's outputs. */
    private static void drive(DataType type, float[] y, float[] x, MemorySegment weights) {
        int inputs = Math.max(Kernels.PANEL, type.block());
        WeightScratch scratch = new WeightScratch(inputs, FAR);
        drive(() -> VectorMatrixVector.multiply(y, 0, x, 0, inputs, type, weights, 0, 1, weights, 0, scratch));
        if (type != DataType.F32) {
            int rows = VectorProduct.ROWS + VectorProduct.FEW_ROWS;
            drive(() -> VectorProduct.multiply(y, 0, Kernels.PANEL, x, 0, rows, inputs, type, weights, 0, 1, weights, 0,
                    scratch));
        }
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
                LockSupport.parkNanos(200_000);
            }
        }
    }
}
