package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.BYTES;
import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.INTS;
import static dev.lanewise.kernel.Simd.LANES;
import static dev.lanewise.kernel.Simd.ORDER;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The first row tile of {@link VectorProduct} where weights have 8 or 16 bits: it widens them in registers, beside its multiply-adds, and leaves
 * them as floats for the other tiles.
 */
final class VectorWideningTile {
    private static final int ROWS = VectorProduct.ROWS;
    /** Bytes from one input to the next in a panel of floats. */
    private static final long STEP = Kernels.PANEL * 4L;
    /** Inputs of a block of Q8_0. */
    private static final int BLOCK = 32;
    private static final float[] ZEROS = new float[2 * Kernels.PANEL];

    private VectorWideningTile() {}

    /** Whether the first rows can widen the weights: shifts and conversions then run beside multiply-adds. */
    static boolean widens(DataType type) {
        return LANES == 16 && ROWS == 8
                && (type == DataType.BF16 || type == DataType.Q8_0 || type == DataType.INT8);
    }

    /**
     * The first 8 rows of a panel: widens weights in registers as {@link VectorWiden} does, and leaves them for the other rows.
     *
     * @param x0 where the packed rows are, from the first of the inputs on
     * @param scratch has the scales from the first of the inputs on
     */
    static void multiply(float[] y, int y0, int stride, float[] x, int x0, int from, int depth, DataType type,
            MemorySegment weights, long panelAt, MemorySegment bias, long biasAt, WeightScratch scratch) {
        for (int row = 0; row < ROWS && from == 0; row++) {
            VectorRows.copy(y, y0 + row * stride, bias, biasAt, Kernels.PANEL);
        }
        MemorySegment wide = scratch.wide();
        float[] scales = scratch.scales();
        if (type == DataType.BF16) {
            bfloats8(y, y0, stride, x, x0, depth, weights, panelAt + from * STEP / 2, wide);
        } else if (type == DataType.Q8_0) {
            bytes8(y, y0, stride, x, x0, depth, weights, panelAt + from / BLOCK * Codes.blockBytes(type), wide, scales,
                    BLOCK, ZEROS);
        } else {
            bytes8(y, y0, stride, x, x0, depth, weights, panelAt + Codes.INT8_CODES + from * STEP / 4, wide, scales, 0,
                    scales);
        }
    }

    /** The large tile of {@link VectorProduct} with bfloat16s; what widens comes before the multiply-adds, as the compiler inlines early operations more surely. */
    private static void bfloats8(float[] y, int y0, int stride, float[] x, int x0, int depth, MemorySegment weights,
            long w0, MemorySegment wide) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        int y1 = y0 + stride;
        int y2 = y1 + stride;
        int y3 = y2 + stride;
        int y4 = y3 + stride;
        int y5 = y4 + stride;
        int y6 = y5 + stride;
        int y7 = y6 + stride;
        FloatVector s0a = FloatVector.fromArray(FLOATS, y, y0);
        FloatVector s0b = FloatVector.fromArray(FLOATS, y, y0 + LANES);
        FloatVector s1a = FloatVector.fromArray(FLOATS, y, y1);
        FloatVector s1b = FloatVector.fromArray(FLOATS, y, y1 + LANES);
        FloatVector s2a = FloatVector.fromArray(FLOATS, y, y2);
        FloatVector s2b = FloatVector.fromArray(FLOATS, y, y2 + LANES);
        FloatVector s3a = FloatVector.fromArray(FLOATS, y, y3);
        FloatVector s3b = FloatVector.fromArray(FLOATS, y, y3 + LANES);
        FloatVector s4a = FloatVector.fromArray(FLOATS, y, y4);
        FloatVector s4b = FloatVector.fromArray(FLOATS, y, y4 + LANES);
        FloatVector s5a = FloatVector.fromArray(FLOATS, y, y5);
        FloatVector s5b = FloatVector.fromArray(FLOATS, y, y5 + LANES);
        FloatVector s6a = FloatVector.fromArray(FLOATS, y, y6);
        FloatVector s6b = FloatVector.fromArray(FLOATS, y, y6 + LANES);
        FloatVector s7a = FloatVector.fromArray(FLOATS, y, y7);
        FloatVector s7b = FloatVector.fromArray(FLOATS, y, y7 + LANES);
        for (int k = 0; k < depth; k++) {
            IntVector u = IntVector.fromMemorySegment(INTS, w, w0 + k * (STEP / 2), ORDER);
            FloatVector wa = u.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector wb = u.and(0xFFFF0000).reinterpretAsFloats();
            wa.intoMemorySegment(out, k * STEP, ORDER);
            wb.intoMemorySegment(out, k * STEP + BYTES, ORDER);
            FloatVector x0v = FloatVector.broadcast(FLOATS, x[x0 + k * 8]);
            s0a = x0v.fma(wa, s0a);
            s0b = x0v.fma(wb, s0b);
            FloatVector x1v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 1]);
            s1a = x1v.fma(wa, s1a);
            s1b = x1v.fma(wb, s1b);
            FloatVector x2v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 2]);
            s2a = x2v.fma(wa, s2a);
            s2b = x2v.fma(wb, s2b);
            FloatVector x3v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 3]);
            s3a = x3v.fma(wa, s3a);
            s3b = x3v.fma(wb, s3b);
            FloatVector x4v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 4]);
            s4a = x4v.fma(wa, s4a);
            s4b = x4v.fma(wb, s4b);
            FloatVector x5v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 5]);
            s5a = x5v.fma(wa, s5a);
            s5b = x5v.fma(wb, s5b);
            FloatVector x6v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 6]);
            s6a = x6v.fma(wa, s6a);
            s6b = x6v.fma(wb, s6b);
            FloatVector x7v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 7]);
            s7a = x7v.fma(wa, s7a);
            s7b = x7v.fma(wb, s7b);
        }
        s0a.intoArray(y, y0);
        s0b.intoArray(y, y0 + LANES);
        s1a.intoArray(y, y1);
        s1b.intoArray(y, y1 + LANES);
        s2a.intoArray(y, y2);
        s2b.intoArray(y, y2 + LANES);
        s3a.intoArray(y, y3);
        s3b.intoArray(y, y3 + LANES);
        s4a.intoArray(y, y4);
        s4b.intoArray(y, y4 + LANES);
        s5a.intoArray(y, y5);
        s5b.intoArray(y, y5 + LANES);
        s6a.intoArray(y, y6);
        s6b.intoArray(y, y6 + LANES);
        s7a.intoArray(y, y7);
        s7b.intoArray(y, y7 + LANES);
    }

    /**
     * The large tile of {@link VectorProduct} with codes of 8 bits, {@code (code - zero) * scale}. Each is in the top byte of a word that begins up to 3
     * bytes before the code's own.
     *
     * @param more scales, and so many 16-bit floats before codes, for every {@value #BLOCK} inputs; 0 if all have the first
     * @param zeros zero points, behind the first {@value Kernels#PANEL}
     */
    private static void bytes8(float[] y, int y0, int stride, float[] x, int x0, int depth, MemorySegment weights,
            long w0, MemorySegment wide, float[] scales, int more, float[] zeros) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        int y1 = y0 + stride;
        int y2 = y1 + stride;
        int y3 = y2 + stride;
        int y4 = y3 + stride;
        int y5 = y4 + stride;
        int y6 = y5 + stride;
        int y7 = y6 + stride;
        FloatVector s0a = FloatVector.fromArray(FLOATS, y, y0);
        FloatVector s0b = FloatVector.fromArray(FLOATS, y, y0 + LANES);
        FloatVector s1a = FloatVector.fromArray(FLOATS, y, y1);
        FloatVector s1b = FloatVector.fromArray(FLOATS, y, y1 + LANES);
        FloatVector s2a = FloatVector.fromArray(FLOATS, y, y2);
        FloatVector s2b = FloatVector.fromArray(FLOATS, y, y2 + LANES);
        FloatVector s3a = FloatVector.fromArray(FLOATS, y, y3);
        FloatVector s3b = FloatVector.fromArray(FLOATS, y, y3 + LANES);
        FloatVector s4a = FloatVector.fromArray(FLOATS, y, y4);
        FloatVector s4b = FloatVector.fromArray(FLOATS, y, y4 + LANES);
        FloatVector s5a = FloatVector.fromArray(FLOATS, y, y5);
        FloatVector s5b = FloatVector.fromArray(FLOATS, y, y5 + LANES);
        FloatVector s6a = FloatVector.fromArray(FLOATS, y, y6);
        FloatVector s6b = FloatVector.fromArray(FLOATS, y, y6 + LANES);
        FloatVector s7a = FloatVector.fromArray(FLOATS, y, y7);
        FloatVector s7b = FloatVector.fromArray(FLOATS, y, y7 + LANES);
        FloatVector za = FloatVector.fromArray(FLOATS, zeros, Kernels.PANEL);
        FloatVector zb = FloatVector.fromArray(FLOATS, zeros, Kernels.PANEL + LANES);
        int scale = 0;
        long codes = w0;
        FloatVector da = za; // until the first input
        FloatVector db = zb;
        for (int k = 0; k < depth; k++) {
            if (k % BLOCK == 0) {
                da = FloatVector.fromArray(FLOATS, scales, scale);
                db = FloatVector.fromArray(FLOATS, scales, scale + LANES);
                scale += more;
                codes += 2 * more;
            }
            long at = codes + k / 4 * STEP - k % 4;
            FloatVector wa = code(w, at).sub(za).mul(da);
            FloatVector wb = code(w, at + BYTES).sub(zb).mul(db);
            wa.intoMemorySegment(out, k * STEP, ORDER);
            wb.intoMemorySegment(out, k * STEP + BYTES, ORDER);
            FloatVector x0v = FloatVector.broadcast(FLOATS, x[x0 + k * 8]);
            s0a = x0v.fma(wa, s0a);
            s0b = x0v.fma(wb, s0b);
            FloatVector x1v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 1]);
            s1a = x1v.fma(wa, s1a);
            s1b = x1v.fma(wb, s1b);
            FloatVector x2v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 2]);
            s2a = x2v.fma(wa, s2a);
            s2b = x2v.fma(wb, s2b);
            FloatVector x3v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 3]);
            s3a = x3v.fma(wa, s3a);
            s3b = x3v.fma(wb, s3b);
            FloatVector x4v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 4]);
            s4a = x4v.fma(wa, s4a);
            s4b = x4v.fma(wb, s4b);
            FloatVector x5v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 5]);
            s5a = x5v.fma(wa, s5a);
            s5b = x5v.fma(wb, s5b);
            FloatVector x6v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 6]);
            s6a = x6v.fma(wa, s6a);
            s6b = x6v.fma(wb, s6b);
            FloatVector x7v = FloatVector.broadcast(FLOATS, x[x0 + k * 8 + 7]);
            s7a = x7v.fma(wa, s7a);
            s7b = x7v.fma(wb, s7b);
        }
        s0a.intoArray(y, y0);
        s0b.intoArray(y, y0 + LANES);
        s1a.intoArray(y, y1);
        s1b.intoArray(y, y1 + LANES);
        s2a.intoArray(y, y2);
        s2b.intoArray(y, y2 + LANES);
        s3a.intoArray(y, y3);
        s3b.intoArray(y, y3 + LANES);
        s4a.intoArray(y, y4);
        s4b.intoArray(y, y4 + LANES);
        s5a.intoArray(y, y5);
        s5b.intoArray(y, y5 + LANES);
        s6a.intoArray(y, y6);
        s6b.intoArray(y, y6 + LANES);
        s7a.intoArray(y, y7);
        s7b.intoArray(y, y7 + LANES);
    }

    /** The highest byte of each lane. */
    private static FloatVector code(MemorySegment w, long at) {
        return (FloatVector) IntVector.fromMemorySegment(INTS, w, at, ORDER).lanewise(VectorOperators.ASHR, 24)
                .convert(VectorOperators.I2F, 0);
    }
}
