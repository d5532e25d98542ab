package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.BYTES;
import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;
import static dev.lanewise.kernel.Simd.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

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
}
