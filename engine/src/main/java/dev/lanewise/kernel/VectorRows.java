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

    private static final int PARTS = Kernels.SUMS;

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
     * In 16 parts, as the sums of {@link VectorNorm}, which lie in memory before they are folded: vectors that were carried around
     * the loop in turn, or handed to a method, became objects in some processes.
     *
     * @param parts scratch of as many elements
     */
    static float sumOfExponentials(float[] x, int at, int count, float maximum, float[] parts) {
        int whole = at + (count & -PARTS);
        for (int part = 0; part < PARTS; part += LANES) {
            sumOfExponentials(parts, part, x, at + part, whole, maximum);
        }
        for (int half = PARTS / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                parts[i] += parts[i + half];
            }
        }
        float rest = 0;
        for (int i = whole; i < at + count; i++) {
            rest += ScalarMath.exp2((x[i] - maximum) * ScalarMath.LOG2_E);
        }
        return parts[0] + rest;
    }

    /**
     * As many parts as a vector has lanes. The exponential is written out, see {@link VectorMath#exp2}: as a call it would be inlined
     * only where it is hot already.
     */
    private static void sumOfExponentials(float[] parts, int part, float[] x, int from, int end, float maximum) {
        FloatVector m = FloatVector.broadcast(FLOATS, maximum);
        FloatVector magic = FloatVector.broadcast(FLOATS, ScalarMath.MAGIC);
        FloatVector least = FloatVector.broadcast(FLOATS, ScalarMath.LEAST);
        FloatVector e5 = FloatVector.broadcast(FLOATS, ScalarMath.P5);
        FloatVector e4 = FloatVector.broadcast(FLOATS, ScalarMath.P4);
        FloatVector e3 = FloatVector.broadcast(FLOATS, ScalarMath.P3);
        FloatVector e2 = FloatVector.broadcast(FLOATS, ScalarMath.P2);
        FloatVector e1 = FloatVector.broadcast(FLOATS, ScalarMath.P1);
        FloatVector one = FloatVector.broadcast(FLOATS, 1);
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector sum = zero;
        for (int i = from; i < end; i += PARTS) {
            FloatVector t = FloatVector.fromArray(FLOATS, x, i).sub(m).mul(ScalarMath.LOG2_E);
            FloatVector g = t.add(magic);
            FloatVector f = t.sub(g.sub(magic));
            FloatVector p = f.fma(e5, e4);
            p = p.fma(f, e3);
            p = p.fma(f, e2);
            p = p.fma(f, e1);
            p = p.fma(f, one);
            p = p.mul(g.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
            sum = sum.add(p.blend(zero, t.compare(VectorOperators.LT, least)));
        }
        sum.intoArray(parts, part);
    }
}
