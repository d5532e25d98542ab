package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.BYTES;
import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;
import static dev.lanewise.kernel.Simd.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** What works on a row at a time: sums, products, rotations. */
final class VectorRows {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);

    private static final int PARTS = 16;

    private VectorRows() {}

    static void addRow(float[] out, int outAt, MemorySegment floats, long rowAt, int count) {
        MemorySegment row = Simd.offHeap(floats);
        for (int i = 0; i < count; i += 2 * LANES) {
            FloatVector r0 = FloatVector.fromMemorySegment(FLOATS, row, rowAt + i * 4L, ORDER);
            FloatVector r1 = FloatVector.fromMemorySegment(FLOATS, row, rowAt + i * 4L + BYTES, ORDER);
            FloatVector.fromArray(FLOATS, out, outAt + i).add(r0).intoArray(out, outAt + i);
            FloatVector.fromArray(FLOATS, out, outAt + i + LANES).add(r1).intoArray(out, outAt + i + LANES);
        }
    }

    /** {@code out = row}. */
    static void copy(float[] out, int outAt, MemorySegment floats, long rowAt, int count) {
        MemorySegment row = Simd.offHeap(floats);
        for (int i = 0; i < count; i += LANES) {
            FloatVector.fromMemorySegment(FLOATS, row, rowAt + i * 4L, ORDER).intoArray(out, outAt + i);
        }
    }

    static void addScaled(float[] out, int outAt, float[] x, int xAt, float factor, int count) {
        FloatVector f = FloatVector.broadcast(FLOATS, factor);
        for (int i = 0; i < count; i += LANES) {
            FloatVector.fromArray(FLOATS, x, xAt + i).fma(f, FloatVector.fromArray(FLOATS, out, outAt + i))
                    .intoArray(out, outAt + i);
        }
    }

    static void multiplyBy(float[] x, int at, float[] y, int yAt, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector.fromArray(FLOATS, x, at + i).mul(FloatVector.fromArray(FLOATS, y, yAt + i))
                    .intoArray(x, at + i);
        }
    }

    static void rotate(float[] x, int at, int half, float[] cosines, float[] sines, int tableAt) {
        int whole = half & -LANES;
        for (int i = 0; i < whole; i += LANES) {
            FloatVector a = FloatVector.fromArray(FLOATS, x, at + i);
            FloatVector b = FloatVector.fromArray(FLOATS, x, at + half + i);
            FloatVector c = FloatVector.fromArray(FLOATS, cosines, tableAt + i);
            FloatVector s = FloatVector.fromArray(FLOATS, sines, tableAt + i);
            a.mul(c).sub(b.mul(s)).intoArray(x, at + i);
            b.mul(c).add(a.mul(s)).intoArray(x, at + half + i);
        }
        for (int i = whole; i < half; i++) {
            float a = x[at + i];
            float b = x[at + half + i];
            x[at + i] = a * cosines[tableAt + i] - b * sines[tableAt + i];
            x[at + half + i] = b * cosines[tableAt + i] + a * sines[tableAt + i];
        }
    }

    /** A short row, once a token: the compiler's own vectors do. */
    static void addRow16(float[] out, int outAt, MemorySegment row, long rowAt, int count, boolean bfloat) {
        for (int i = 0; i < count; i++) {
            short bits = row.get(SHORT, rowAt + i * 2L);
            out[outAt + i] += bfloat ? Float.intBitsToFloat(bits << 16) : Float.float16ToFloat(bits);
        }
    }

    /** Four at a time: {@code max} has rules for NaN and zeros, and takes as long as all four. */
    static float maximum(float[] x, int at, int count) {
        float highest = Float.NEGATIVE_INFINITY;
        int i = 0;
        if (count >= 4 * LANES) {
            FloatVector a = FloatVector.fromArray(FLOATS, x, at);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector d = a;
            for (; i <= count - 4 * LANES; i += 4 * LANES) {
                a = a.max(FloatVector.fromArray(FLOATS, x, at + i));
                b = b.max(FloatVector.fromArray(FLOATS, x, at + i + LANES));
                c = c.max(FloatVector.fromArray(FLOATS, x, at + i + 2 * LANES));
                d = d.max(FloatVector.fromArray(FLOATS, x, at + i + 3 * LANES));
            }
            highest = a.max(b).max(c.max(d)).reduceLanes(VectorOperators.MAX);
        }
        for (; i < count; i++) {
            highest = Math.max(highest, x[at + i]);
        }
        return highest;
    }

    /**
     * In 16 parts, as the sums of {@link VectorNorm}, block by block. Everything lies in memory between short loops: in one loop, with
     * the exponential among others, the last operation was not inlined in some processes, and each vector became an object.
     *
     * @param scratch the parts, then a block
     */
    static float sumOfExponentials(float[] x, int at, int count, float maximum, float[] scratch) {
        int whole = count & -PARTS;
        Arrays.fill(scratch, 0, PARTS, 0);
        for (int from = 0; from < whole; from += Kernels.SUMS - PARTS) {
            int size = Math.min(Kernels.SUMS - PARTS, whole - from);
            exponents(scratch, x, at + from, size, maximum);
            VectorMath.exp2(scratch, PARTS, size);
            for (int part = 0; part < PARTS; part += LANES) {
                addParts(scratch, part, size);
            }
        }
        for (int half = PARTS / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                scratch[i] += scratch[i + half];
            }
        }
        float rest = 0;
        for (int i = at + whole; i < at + count; i++) {
            rest += ScalarMath.exp2((x[i] - maximum) * ScalarMath.LOG2_E);
        }
        return scratch[0] + rest;
    }

    private static void exponents(float[] scratch, float[] x, int at, int count, float maximum) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector.fromArray(FLOATS, x, at + i).sub(maximum).mul(ScalarMath.LOG2_E).intoArray(scratch, PARTS + i);
        }
    }

    /** As many parts as a vector has lanes. */
    private static void addParts(float[] scratch, int part, int count) {
        FloatVector sum = FloatVector.fromArray(FLOATS, scratch, part);
        for (int i = part; i < count; i += PARTS) {
            sum = sum.add(FloatVector.fromArray(FLOATS, scratch, PARTS + i));
        }
        sum.intoArray(scratch, part);
    }
}
