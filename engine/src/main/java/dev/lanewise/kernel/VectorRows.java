package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.BYTES;
import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;
import static dev.lanewise.kernel.Simd.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/** What works on a row at a time: sums and norms. */
final class VectorRows {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);

    private VectorRows() {}

    static void addAndLayerNorm(float[] out, int outAt, float[] x, int xAt, float[] residual, int residualAt, int width,
            MemorySegment weight, MemorySegment bias, float epsilon) {
        int padded = width + Kernels.PANEL - 1 & -Kernels.PANEL;
        float mean = addAndSum(out, outAt, x, xAt, residual, residualAt, padded) / width;
        float variance = squares(out, outAt, width, mean) / width;
        normalize(out, outAt, padded, mean, (float) (1 / Math.sqrt(variance + epsilon)), weight, bias);
    }

    /**
     * Sums are taken in 16 parts, whatever the width: element i goes to part i % 16, and the parts are folded in halves. So
     * every width, and the scalar twin, gives the same bits.
     */
    private static float addAndSum(float[] out, int outAt, float[] x, int xAt, float[] residual, int residualAt,
            int padded) {
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int i = 0; i < padded; i += 16) {
            a = a.add(addTo(out, outAt + i, x, xAt + i, residual, residualAt + i)); // the padding is zero
            if (LANES <= 8) {
                b = b.add(addTo(out, outAt + i + LANES, x, xAt + i + LANES, residual, residualAt + i + LANES));
            }
            if (LANES == 4) {
                c = c.add(addTo(out, outAt + i + 8, x, xAt + i + 8, residual, residualAt + i + 8));
                d = d.add(addTo(out, outAt + i + 12, x, xAt + i + 12, residual, residualAt + i + 12));
            }
        }
        return VectorMath.sumOfParts(a, b, c, d);
    }

    private static FloatVector addTo(float[] out, int outAt, float[] x, int xAt, float[] residual, int residualAt) {
        FloatVector v = FloatVector.fromArray(FLOATS, x, xAt).add(FloatVector.fromArray(FLOATS, residual, residualAt));
        v.intoArray(out, outAt);
        return v;
    }

    /** The sum of squared distances from the mean; the padding does not count, so the last elements go one by one. */
    private static float squares(float[] x, int at, int width, float mean) {
        FloatVector m = FloatVector.broadcast(FLOATS, mean);
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; i <= width - 16; i += 16) {
            FloatVector v = FloatVector.fromArray(FLOATS, x, at + i).sub(m);
            a = v.fma(v, a);
            if (LANES <= 8) {
                v = FloatVector.fromArray(FLOATS, x, at + i + LANES).sub(m);
                b = v.fma(v, b);
            }
            if (LANES == 4) {
                v = FloatVector.fromArray(FLOATS, x, at + i + 8).sub(m);
                c = v.fma(v, c);
                v = FloatVector.fromArray(FLOATS, x, at + i + 12).sub(m);
                d = v.fma(v, d);
            }
        }
        float rest = 0;
        for (; i < width; i++) {
            float distance = x[at + i] - mean;
            rest = Math.fma(distance, distance, rest);
        }
        return VectorMath.sumOfParts(a, b, c, d) + rest;
    }

    /** Weight and bias are padded with zeros, so the padding of the row becomes zero. */
    private static void normalize(float[] x, int at, int padded, float mean, float factor, MemorySegment weights,
            MemorySegment biases) {
        MemorySegment weight = Simd.offHeap(weights);
        MemorySegment bias = Simd.offHeap(biases);
        FloatVector m = FloatVector.broadcast(FLOATS, mean);
        FloatVector f = FloatVector.broadcast(FLOATS, factor);
        for (int i = 0; i < padded; i += LANES) {
            FloatVector w = FloatVector.fromMemorySegment(FLOATS, weight, i * 4L, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(FLOATS, bias, i * 4L, ORDER);
            FloatVector.fromArray(FLOATS, x, at + i).sub(m).mul(f).fma(w, b).intoArray(x, at + i);
        }
    }

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

    static void add(float[] out, int outAt, float[] x, int xAt, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector.fromArray(FLOATS, out, outAt + i).add(FloatVector.fromArray(FLOATS, x, xAt + i))
                    .intoArray(out, outAt + i);
        }
    }

    /** A short row, once a token: the compiler's own vectors do. */
    static void addRow16(float[] out, int outAt, MemorySegment row, long rowAt, int count, boolean bfloat) {
        for (int i = 0; i < count; i++) {
            short bits = row.get(SHORT, rowAt + i * 2L);
            out[outAt + i] += bfloat ? Float.intBitsToFloat(bits << 16) : Float.float16ToFloat(bits);
        }
    }
}
