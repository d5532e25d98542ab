package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.BYTES;
import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;
import static dev.lanewise.kernel.Simd.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** What works on a row at a time: sums, products, rotations. */
final class VectorRows {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);

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

    static float maximum(float[] x, int at, int count) {
        float highest = Float.NEGATIVE_INFINITY;
        int i = 0;
        if (count >= LANES) {
            FloatVector m = FloatVector.fromArray(FLOATS, x, at);
            for (i = LANES; i <= count - LANES; i += LANES) {
                m = m.max(FloatVector.fromArray(FLOATS, x, at + i));
            }
            highest = m.reduceLanes(VectorOperators.MAX);
        }
        for (; i < count; i++) {
            highest = Math.max(highest, x[at + i]);
        }
        return highest;
    }

    /** In 16 parts, as the sums of {@link VectorNorm}. */
    static float sumOfExponentials(float[] x, int at, int count, float maximum) {
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; i <= count - 16; i += 16) {
            a = a.add(exponential(x, at + i, maximum));
            if (LANES <= 8) {
                b = b.add(exponential(x, at + i + LANES, maximum));
            }
            if (LANES == 4) {
                c = c.add(exponential(x, at + i + 8, maximum));
                d = d.add(exponential(x, at + i + 12, maximum));
            }
        }
        float rest = 0;
        for (; i < count; i++) {
            rest += ScalarMath.exp2((x[at + i] - maximum) * ScalarMath.LOG2_E);
        }
        return VectorMath.sumOfParts(a, b, c, d) + rest;
    }

    private static FloatVector exponential(float[] x, int at, float maximum) {
        return VectorMath.exp2(FloatVector.fromArray(FLOATS, x, at).sub(maximum).mul(ScalarMath.LOG2_E));
    }
}
