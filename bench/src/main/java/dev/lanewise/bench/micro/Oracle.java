package dev.lanewise.bench.micro;

import dev.lanewise.bench.measure.Agreement;
import dev.lanewise.bench.measure.Agreement.DisagreementException;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.ScalarKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.Function;

/** Inputs, and the check that what is timed is right. */
final class Oracle {
    private Oracle() {}

    /**
     * Compares the kernels of this JVM with the scalar twins.
     *
     * @param computation the same for both; returns its result
     */
    static void check(String name, Kernels kernels, Function<Kernels, float[]> computation, double bound)
            throws DisagreementException {
        Agreement.check(name, computation.apply(new ScalarKernels()), computation.apply(kernels), bound);
    }

    /** Numbers from -1 to 1, the same at every call. */
    static float[] uniform(int count) {
        Random random = new Random(count);
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = 2 * random.nextFloat() - 1;
        }
        return x;
    }

    /** A copy outside the heap. */
    static MemorySegment segment(Arena arena, float[] x) {
        MemorySegment segment = arena.allocate(4L * x.length, 64);
        MemorySegment.copy(x, 0, segment, ValueLayout.JAVA_FLOAT, 0, x.length);
        return segment;
    }
}
