package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.INTS;
import static dev.lanewise.kernel.Simd.LANES;
import static dev.lanewise.kernel.Simd.ORDER;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Some inputs of a panel as floats, for {@link VectorProduct}: worth it where several rows use each weight. */
final class VectorWiden {
    private static final int WORDS = Kernels.PANEL;
    private static final int HALF = Kernels.PANEL / 2;

    private VectorWiden() {}

    /**
     * Widens the inputs {@code from} to {@code from + count} of a panel, whole blocks.
     *
     * @param wide receives {@code [count][32]} floats
     * @param scales of the panel, see {@link Scales}
     */
    static void panel(MemorySegment wide, MemorySegment weights, long panelAt, int from, int count, DataType type,
            float[] scales) {
        switch (type) {
            case BF16 -> bfloats(wide, weights, panelAt + from * HALF * 4L, count);
            case F16 -> halves(wide, weights, panelAt + from * HALF * 4L, count);
            case Q8_0 -> bytes(wide, weights, panelAt + from / 4 * WORDS * 4L, count, scales, from);
            case Q4_0 -> nibbles(wide, weights, panelAt + from / 8 * WORDS * 4L, count, scales, from);
            case Q4_1 -> nibblesAndMinimum(wide, weights, panelAt + from / 8 * WORDS * 4L, count, scales, 2 * from);
            case F32 -> throw new IllegalArgumentException("floats are wide");
        }
    }

    /** {@link Scales#widen}, with vectors. */
    static void scales(float[] scales, int scalesAt, MemorySegment weights, long panelAt, int inputs, DataType type) {
        MemorySegment w = Simd.offHeap(weights);
        long at = panelAt + type.codeBytes((long) inputs * Kernels.PANEL);
        int words = inputs / type.block() * type.scales() * HALF;
        for (int word = 0; word < words; word += LANES) {
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + word * 4L, ORDER);
            int to = scalesAt + word / HALF * Kernels.PANEL + word % HALF;
            VectorMath.half(u.lanewise(VectorOperators.LSHL, 16)).intoArray(scales, to);
            VectorMath.half(u).intoArray(scales, to + HALF);
        }
    }

    private static void bfloats(MemorySegment wide, MemorySegment weights, long at, int count) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        for (long word = 0; word < count * (long) HALF; word += LANES) {
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + word * 4, ORDER);
            long to = (word / HALF * Kernels.PANEL + word % HALF) * 4;
            u.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoMemorySegment(out, to, ORDER);
            u.and(0xFFFF0000).reinterpretAsFloats().intoMemorySegment(out, to + HALF * 4, ORDER);
        }
    }

    private static void halves(MemorySegment wide, MemorySegment weights, long at, int count) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        for (long word = 0; word < count * (long) HALF; word += LANES) {
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + word * 4, ORDER);
            long to = (word / HALF * Kernels.PANEL + word % HALF) * 4;
            VectorMath.half(u.lanewise(VectorOperators.LSHL, 16)).intoMemorySegment(out, to, ORDER);
            VectorMath.half(u).intoMemorySegment(out, to + HALF * 4, ORDER);
        }
    }

    private static void bytes(MemorySegment wide, MemorySegment weights, long at, int count, float[] scales,
            int scalesAt) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        for (int word = 0; word < count / 4 * WORDS; word += LANES) {
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + word * 4L, ORDER);
            int column = word % WORDS;
            int row = word / WORDS;
            FloatVector d = FloatVector.fromArray(FLOATS, scales, scalesAt + row / 8 * Kernels.PANEL + column);
            long to = (row * 4L * Kernels.PANEL + column) * 4;
            for (int i = 0; i < 4; i++) {
                FloatVector code = (FloatVector) u.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
                code.mul(d).intoMemorySegment(out, to + i * Kernels.PANEL * 4L, ORDER);
                u = u.lanewise(VectorOperators.LSHL, 8);
            }
        }
    }

    private static void nibbles(MemorySegment wide, MemorySegment weights, long at, int count, float[] scales,
            int scalesAt) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        for (int word = 0; word < count / 8 * WORDS; word += LANES) {
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + word * 4L, ORDER);
            int column = word % WORDS;
            int row = word / WORDS;
            FloatVector d = FloatVector.fromArray(FLOATS, scales, scalesAt + row / 4 * Kernels.PANEL + column);
            long to = (row * 8L * Kernels.PANEL + column) * 4;
            for (int i = 0; i < 8; i++) {
                FloatVector code = (FloatVector) u.lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                code.mul(d).intoMemorySegment(out, to + i * Kernels.PANEL * 4L, ORDER);
                u = u.lanewise(VectorOperators.LSHL, 4);
            }
        }
    }

    private static void nibblesAndMinimum(MemorySegment wide, MemorySegment weights, long at, int count,
            float[] scales, int scalesAt) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        for (int word = 0; word < count / 8 * WORDS; word += LANES) {
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + word * 4L, ORDER);
            int column = word % WORDS;
            int row = word / WORDS;
            int scale = scalesAt + row / 4 * 2 * Kernels.PANEL + column;
            FloatVector d = FloatVector.fromArray(FLOATS, scales, scale);
            FloatVector m = FloatVector.fromArray(FLOATS, scales, scale + Kernels.PANEL);
            long to = (row * 8L * Kernels.PANEL + column) * 4;
            for (int i = 0; i < 8; i++) {
                FloatVector code = (FloatVector) u.lanewise(VectorOperators.LSHR, 28).convert(VectorOperators.I2F, 0);
                code.fma(d, m).intoMemorySegment(out, to + i * Kernels.PANEL * 4L, ORDER);
                u = u.lanewise(VectorOperators.LSHL, 4);
            }
        }
    }
}
