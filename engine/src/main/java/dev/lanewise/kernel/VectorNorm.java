package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;
import static dev.lanewise.kernel.Simd.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * Norms of a row. Sums are taken in 16 parts, whatever the width of vectors: element i goes to part i % 16, and the parts are
 * folded in halves; elements that fill no 16 parts go one by one. So every width, and the scalar twin, gives the same bits.
 */
final class VectorNorm {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
    private static final int PARTS = 16;

    private VectorNorm() {}

    static void layer(float[] out, int outAt, float[] x, int xAt, int width, MemorySegment weights,
            MemorySegment biases, float epsilon) {
        MemorySegment weight = Simd.offHeap(weights);
        MemorySegment bias = Simd.offHeap(biases);
        float mean = sum(x, xAt, width) / width;
        float factor = (float) (1 / Math.sqrt(squares(x, xAt, width, mean) / width + epsilon));
        FloatVector m = FloatVector.broadcast(FLOATS, mean);
        FloatVector f = FloatVector.broadcast(FLOATS, factor);
        int whole = width & -LANES;
        for (int i = 0; i < whole; i += LANES) {
            FloatVector w = FloatVector.fromMemorySegment(FLOATS, weight, i * 4L, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(FLOATS, bias, i * 4L, ORDER);
            FloatVector.fromArray(FLOATS, x, xAt + i).sub(m).mul(f).fma(w, b).intoArray(out, outAt + i);
        }
        for (int i = whole; i < width; i++) {
            out[outAt + i] = Math.fma((x[xAt + i] - mean) * factor, weight.get(FLOAT, i * 4L),
                    bias.get(FLOAT, i * 4L));
        }
    }

    static void rms(float[] out, int outAt, float[] x, int xAt, int width, MemorySegment weights, long weightAt,
            float epsilon) {
        MemorySegment weight = Simd.offHeap(weights);
        float factor = (float) (1 / Math.sqrt(squares(x, xAt, width, 0) / width + epsilon));
        FloatVector f = FloatVector.broadcast(FLOATS, factor);
        int whole = width & -LANES;
        for (int i = 0; i < whole; i += LANES) {
            FloatVector w = FloatVector.fromMemorySegment(FLOATS, weight, weightAt + i * 4L, ORDER);
            FloatVector.fromArray(FLOATS, x, xAt + i).mul(f).mul(w).intoArray(out, outAt + i);
        }
        for (int i = whole; i < width; i++) {
            out[outAt + i] = x[xAt + i] * factor * weight.get(FLOAT, weightAt + i * 4L);
        }
    }

    private static float sum(float[] x, int at, int width) {
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; i <= width - PARTS; i += PARTS) {
            a = a.add(FloatVector.fromArray(FLOATS, x, at + i));
            if (LANES <= 8) {
                b = b.add(FloatVector.fromArray(FLOATS, x, at + i + LANES));
            }
            if (LANES == 4) {
                c = c.add(FloatVector.fromArray(FLOATS, x, at + i + 8));
                d = d.add(FloatVector.fromArray(FLOATS, x, at + i + 12));
            }
        }
        float rest = 0;
        for (; i < width; i++) {
            rest += x[at + i];
        }
        return VectorMath.sumOfParts(a, b, c, d) + rest;
    }

    /** The sum of squared distances from the mean. */
    private static float squares(float[] x, int at, int width, float mean) {
        FloatVector m = FloatVector.broadcast(FLOATS, mean);
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; i <= width - PARTS; i += PARTS) {
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
}
