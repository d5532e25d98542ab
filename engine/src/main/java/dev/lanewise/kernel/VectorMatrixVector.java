package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.INTS;
import static dev.lanewise.kernel.Simd.LANES;
import static dev.lanewise.kernel.Simd.ORDER;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Matrix times vector: the product of a single row, as in generation. Each weight is used once, so memory decides: the
 * kernels read whole cache lines one after the other and widen in registers. Each output is the same chain of
 * multiply-adds as in {@link VectorProduct}.
 *
 * <p>Four vectors of outputs go at a time: two panels at 512 bits, a panel at 256, half a panel at 128. They are two pairs,
 * and the second vector of a pair is {@link #HALF} outputs behind the first, as 16-bit weights have them in a word.
 */
final class VectorMatrixVector {
    private static final int HALF = Kernels.PANEL / 2;
    /** Bytes from one input to the next in a panel of floats, and from one row of words of codes to the next. */
    private static final long STEP = Kernels.PANEL * 4L;
    /** The outputs of a pair in the second half of a panel: bytes of floats or words behind those in the first half. */
    private static final long HIGH = HALF * 4L;
    private static final int WORD_BITS = 32;
    /** Inputs of a block with one scale, and the bytes of its scales or minimums. */
    private static final int BLOCK = 32;
    private static final long SCALES = HALF * 4L;
    /** What is widened in registers. */
    private static final Set<DataType> FUSED = EnumSet.of(DataType.F32, DataType.BF16, DataType.F16, DataType.Q8_0,
            DataType.Q4_0, DataType.Q4_1, DataType.INT8);
    /** Inputs that are widened at a time; with two panels 16 kB of floats. */
    private static final int PIECE = 64;

    private VectorMatrixVector() {}

    static void multiply(float[] y, int yAt, float[] x, int xAt, int inputs, DataType type, MemorySegment weights,
            long weightsAt, int panels, MemorySegment bias, long biasAt, WeightScratch scratch) {
        VectorRows.copy(y, yAt, bias, biasAt, panels * Kernels.PANEL);
        long panelBytes = type.panelBytes(inputs);
        // Not neighbours: each of the two then is one long stretch of memory, which the machine fetches ahead.
        int steps = LANES == HALF ? (panels + 1) / 2 : panels;
        for (int panel = 0; panel < steps; panel++) {
            long at = weightsAt + panel * panelBytes;
            int out = yAt + panel * Kernels.PANEL;
            // Without a second panel both pairs are the same, and store the same.
            int next = LANES == HALF && panel + steps < panels ? steps : 0;
            if (!FUSED.contains(type)) {
                widened(y, out, out + next * Kernels.PANEL, x, xAt, inputs, type, weights, at, at + next * panelBytes,
                        scratch);
            } else if (LANES == HALF) {
                pairs(y, out, out + next * Kernels.PANEL, x, xAt, inputs, type, weights, at, at + next * panelBytes, 0,
                        0, scratch.scales());
            } else {
                for (int word = 0; word < HALF; word += 2 * LANES) {
                    pairs(y, out + word, out + word + LANES, x, xAt, inputs, type, weights, at, at, word, word + LANES,
                            scratch.scales());
                }
            }
            if (type == DataType.BF16 && inputs % 2 == 1) {
                widened(y, out, out + next * Kernels.PANEL, x, xAt, inputs - 1, 1, type, weights, at,
                        at + next * panelBytes, 0, 0, scratch);
            }
        }
    }

    /**
     * One or two panels, widened some inputs at a time into what stays in the first-level cache. The second panel is the first
     * where vectors are shorter, or where it is the last.
     */
    private static void widened(float[] y, int yA, int yB, float[] x, int xAt, int inputs, DataType type,
            MemorySegment weights, long panelA, long panelB, WeightScratch scratch) {
        float[] scales = scratch.scales();
        int blockScales = type.blockScales() * Kernels.PANEL;
        int scalesB = panelB == panelA ? 0 : blockScales;
        for (int block = 0; block < inputs / type.block(); block++) {
            VectorWiden.scales(scales, 0, weights, panelA, type, block, 1);
            if (panelB != panelA) {
                VectorWiden.scales(scales, scalesB, weights, panelB, type, block, 1);
            }
            for (int k = block * type.block(); k < (block + 1) * type.block(); k += PIECE) {
                widened(y, yA, yB, x, xAt, k, Math.min(PIECE, type.block()), type, weights, panelA, panelB,
                        -block * blockScales, scalesB - block * blockScales, scratch);
            }
        }
    }

    /** Inputs from {@code k} on, at most a piece. */
    private static void widened(float[] y, int yA, int yB, float[] x, int xAt, int k, int depth, DataType type,
            MemorySegment weights, long panelA, long panelB, int scalesA, int scalesB, WeightScratch scratch) {
        MemorySegment wide = scratch.wide();
        VectorWiden.panel(wide, 0, weights, panelA, k, depth, type, scratch.scales(), scalesA);
        if (panelB != panelA) {
            VectorWiden.panel(wide, PIECE * STEP, weights, panelB, k, depth, type, scratch.scales(), scalesB);
        }
        piece(y, yA, yB, x, xAt + k, depth, wide, panelB == panelA ? 0 : PIECE * STEP);
    }

    /** Some inputs of one or two panels of floats. */
    private static void piece(float[] y, int yA, int yB, float[] x, int xAt, int depth, MemorySegment wide,
            long second) {
        if (LANES == HALF) {
            floats(y, yA, yB, x, xAt, depth, wide, 0, second);
            return;
        }
        for (int word = 0; word < HALF; word += 2 * LANES) {
            floats(y, yA + word, yA + word + LANES, x, xAt, depth, wide, word * 4L, (word + LANES) * 4L);
        }
    }

    /** Two pairs of vectors of outputs, each within one panel. */
    private static void pairs(float[] y, int yA, int yB, float[] x, int xAt, int inputs, DataType type,
            MemorySegment weights, long panelA, long panelB, int wordA, int wordB, float[] scales) {
        long a = panelA + wordA * 4L;
        long b = panelB + wordB * 4L;
        if (type == DataType.F32) {
            floats(y, yA, yB, x, xAt, inputs, weights, a, b);
        } else if (type == DataType.BF16) {
            bfloats(y, yA, yB, x, xAt, inputs, weights, a, b);
        } else if (type == DataType.F16) {
            halves(y, yA, yB, x, xAt, inputs, weights, a, b);
        } else if (type == DataType.INT8) {
            bytesOfRows(y, yA, yB, x, xAt, inputs, weights, a, b);
        } else {
            int kinds = type.scales();
            long blockBytes = Codes.blockBytes(type);
            for (int block = 0; block < inputs / BLOCK; block++) {
                long at = block * blockBytes;
                scales(scales, 0, Simd.offHeap(weights), a + at, b + at, kinds);
                block(y, yA, yB, x, xAt + block * BLOCK, type, weights, a + at + kinds * SCALES,
                        b + at + kinds * SCALES, scales);
            }
        }
    }

    /** A block at a time: in one method with the scales, the compiler at times gives up, and each vector becomes an object. */
    private static void block(float[] y, int yA, int yB, float[] x, int xAt, DataType type, MemorySegment weights,
            long a, long b, float[] scales) {
        if (type == DataType.Q8_0) {
            bytes(y, yA, yB, x, xAt, weights, a, b, scales);
        } else if (type == DataType.Q4_0) {
            nibbles(y, yA, yB, x, xAt, weights, a, b, scales);
        } else {
            nibblesAndMinimum(y, yA, yB, x, xAt, weights, a, b, scales);
        }
    }

    private static void floats(float[] y, int yA, int yB, float[] x, int xAt, int inputs, MemorySegment weights,
            long a, long b) {
        MemorySegment w = Simd.offHeap(weights);
        FloatVector s0 = FloatVector.fromArray(FLOATS, y, yA);
        FloatVector s1 = FloatVector.fromArray(FLOATS, y, yA + HALF);
        FloatVector s2 = FloatVector.fromArray(FLOATS, y, yB);
        FloatVector s3 = FloatVector.fromArray(FLOATS, y, yB + HALF);
        for (int k = 0; k < inputs; k++) {
            FloatVector v = FloatVector.broadcast(FLOATS, x[xAt + k]);
            s0 = v.fma(FloatVector.fromMemorySegment(FLOATS, w, a + k * STEP, ORDER), s0);
            s1 = v.fma(FloatVector.fromMemorySegment(FLOATS, w, a + k * STEP + HIGH, ORDER), s1);
            s2 = v.fma(FloatVector.fromMemorySegment(FLOATS, w, b + k * STEP, ORDER), s2);
            s3 = v.fma(FloatVector.fromMemorySegment(FLOATS, w, b + k * STEP + HIGH, ORDER), s3);
        }
        s0.intoArray(y, yA);
        s1.intoArray(y, yA + HALF);
        s2.intoArray(y, yB);
        s3.intoArray(y, yB + HALF);
    }

    /**
     * Two inputs at a time, without the last of an odd number: then two neighbouring lines of each panel are read one after the
     * other, which the machine fetches nearly twice as fast as lines of two panels in turn.
     */
    private static void bfloats(float[] y, int yA, int yB, float[] x, int xAt, int inputs, MemorySegment weights,
            long a, long b) {
        MemorySegment w = Simd.offHeap(weights);
        FloatVector s0 = FloatVector.fromArray(FLOATS, y, yA);
        FloatVector s1 = FloatVector.fromArray(FLOATS, y, yA + HALF);
        FloatVector s2 = FloatVector.fromArray(FLOATS, y, yB);
        FloatVector s3 = FloatVector.fromArray(FLOATS, y, yB + HALF);
        for (int k = 0; k + 1 < inputs; k += 2) {
            IntVector u0 = IntVector.fromMemorySegment(INTS, w, a + k * HIGH, ORDER);
            IntVector t0 = IntVector.fromMemorySegment(INTS, w, a + k * HIGH + HIGH, ORDER);
            IntVector u2 = IntVector.fromMemorySegment(INTS, w, b + k * HIGH, ORDER);
            IntVector t2 = IntVector.fromMemorySegment(INTS, w, b + k * HIGH + HIGH, ORDER);
            FloatVector v = FloatVector.broadcast(FLOATS, x[xAt + k]);
            s0 = v.fma(u0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s0);
            s1 = v.fma(u0.and(0xFFFF0000).reinterpretAsFloats(), s1);
            s2 = v.fma(u2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s2);
            s3 = v.fma(u2.and(0xFFFF0000).reinterpretAsFloats(), s3);
            v = FloatVector.broadcast(FLOATS, x[xAt + k + 1]);
            s0 = v.fma(t0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s0);
            s1 = v.fma(t0.and(0xFFFF0000).reinterpretAsFloats(), s1);
            s2 = v.fma(t2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s2);
            s3 = v.fma(t2.and(0xFFFF0000).reinterpretAsFloats(), s3);
        }
        s0.intoArray(y, yA);
        s1.intoArray(y, yA + HALF);
        s2.intoArray(y, yB);
        s3.intoArray(y, yB + HALF);
    }

    /**
     * See {@link VectorMath#half}: the exponents are corrected by a product, which is exact. One input at a time: with two, each
     * vector became an object.
     */
    private static void halves(float[] y, int yA, int yB, float[] x, int xAt, int inputs, MemorySegment weights,
            long a, long b) {
        MemorySegment w = Simd.offHeap(weights);
        FloatVector s0 = FloatVector.fromArray(FLOATS, y, yA);
        FloatVector s1 = FloatVector.fromArray(FLOATS, y, yA + HALF);
        FloatVector s2 = FloatVector.fromArray(FLOATS, y, yB);
        FloatVector s3 = FloatVector.fromArray(FLOATS, y, yB + HALF);
        for (int k = 0; k < inputs; k++) {
            FloatVector v = FloatVector.broadcast(FLOATS, x[xAt + k]);
            IntVector u0 = IntVector.fromMemorySegment(INTS, w, a + k * HIGH, ORDER);
            IntVector u2 = IntVector.fromMemorySegment(INTS, w, b + k * HIGH, ORDER);
            s0 = v.fma(VectorMath.half(u0.lanewise(VectorOperators.LSHL, 16)), s0);
            s1 = v.fma(VectorMath.half(u0), s1);
            s2 = v.fma(VectorMath.half(u2.lanewise(VectorOperators.LSHL, 16)), s2);
            s3 = v.fma(VectorMath.half(u2), s3);
        }
        s0.intoArray(y, yA);
        s1.intoArray(y, yA + HALF);
        s2.intoArray(y, yB);
        s3.intoArray(y, yB + HALF);
    }

    /** Codes of 8 bits, four in a word, the first in its top bits: shifted down with their sign, then away. */
    private static void bytes(float[] y, int yA, int yB, float[] x, int xAt, MemorySegment weights, long a,
            long b, float[] scales) {
        MemorySegment w = Simd.offHeap(weights);
        FloatVector s0 = FloatVector.fromArray(FLOATS, y, yA);
        FloatVector s1 = FloatVector.fromArray(FLOATS, y, yA + HALF);
        FloatVector s2 = FloatVector.fromArray(FLOATS, y, yB);
        FloatVector s3 = FloatVector.fromArray(FLOATS, y, yB + HALF);
        for (int row = 0; row < 8; row++) {
            long code = row * STEP;
            IntVector u0 = IntVector.fromMemorySegment(INTS, w, a + code, ORDER);
            IntVector u1 = IntVector.fromMemorySegment(INTS, w, a + code + HIGH, ORDER);
            IntVector u2 = IntVector.fromMemorySegment(INTS, w, b + code, ORDER);
            IntVector u3 = IntVector.fromMemorySegment(INTS, w, b + code + HIGH, ORDER);
            FloatVector d0 = FloatVector.fromArray(FLOATS, scales, 0);
            FloatVector d1 = FloatVector.fromArray(FLOATS, scales, 1 * HALF);
            FloatVector d2 = FloatVector.fromArray(FLOATS, scales, 2 * HALF);
            FloatVector d3 = FloatVector.fromArray(FLOATS, scales, 3 * HALF);
            for (int k = xAt + row * 4; k < xAt + row * 4 + 4; k++) {
                FloatVector v = FloatVector.broadcast(FLOATS, x[k]);
                s0 = v.fma(code(u0.lanewise(VectorOperators.ASHR, WORD_BITS - 8)).mul(d0), s0);
                s1 = v.fma(code(u1.lanewise(VectorOperators.ASHR, WORD_BITS - 8)).mul(d1), s1);
                s2 = v.fma(code(u2.lanewise(VectorOperators.ASHR, WORD_BITS - 8)).mul(d2), s2);
                s3 = v.fma(code(u3.lanewise(VectorOperators.ASHR, WORD_BITS - 8)).mul(d3), s3);
                u0 = u0.lanewise(VectorOperators.LSHL, 8);
                u1 = u1.lanewise(VectorOperators.LSHL, 8);
                u2 = u2.lanewise(VectorOperators.LSHL, 8);
                u3 = u3.lanewise(VectorOperators.LSHL, 8);
            }
        }
        s0.intoArray(y, yA);
        s1.intoArray(y, yA + HALF);
        s2.intoArray(y, yB);
        s3.intoArray(y, yB + HALF);
    }

    /** {@link DataType#INT8}: as {@link #bytes}, but one scale and one zero point of each output come first in a panel. */
    private static void bytesOfRows(float[] y, int yA, int yB, float[] x, int xAt, int inputs, MemorySegment weights,
            long a, long b) {
        MemorySegment w = Simd.offHeap(weights);
        FloatVector s0 = FloatVector.fromArray(FLOATS, y, yA);
        FloatVector s1 = FloatVector.fromArray(FLOATS, y, yA + HALF);
        FloatVector s2 = FloatVector.fromArray(FLOATS, y, yB);
        FloatVector s3 = FloatVector.fromArray(FLOATS, y, yB + HALF);
        FloatVector d0 = FloatVector.fromMemorySegment(FLOATS, w, a, ORDER);
        FloatVector d1 = FloatVector.fromMemorySegment(FLOATS, w, a + HIGH, ORDER);
        FloatVector d2 = FloatVector.fromMemorySegment(FLOATS, w, b, ORDER);
        FloatVector d3 = FloatVector.fromMemorySegment(FLOATS, w, b + HIGH, ORDER);
        FloatVector z0 = FloatVector.fromMemorySegment(FLOATS, w, a + STEP, ORDER);
        FloatVector z1 = FloatVector.fromMemorySegment(FLOATS, w, a + STEP + HIGH, ORDER);
        FloatVector z2 = FloatVector.fromMemorySegment(FLOATS, w, b + STEP, ORDER);
        FloatVector z3 = FloatVector.fromMemorySegment(FLOATS, w, b + STEP + HIGH, ORDER);
        for (int row = 0; row < inputs / 4; row++) {
            long code = Codes.INT8_CODES + row * STEP;
            IntVector u0 = IntVector.fromMemorySegment(INTS, w, a + code, ORDER);
            IntVector u1 = IntVector.fromMemorySegment(INTS, w, a + code + HIGH, ORDER);
            IntVector u2 = IntVector.fromMemorySegment(INTS, w, b + code, ORDER);
            IntVector u3 = IntVector.fromMemorySegment(INTS, w, b + code + HIGH, ORDER);
            for (int k = xAt + row * 4; k < xAt + row * 4 + 4; k++) {
                FloatVector v = FloatVector.broadcast(FLOATS, x[k]);
                s0 = v.fma(code(u0.lanewise(VectorOperators.ASHR, WORD_BITS - 8)).sub(z0).mul(d0), s0);
                s1 = v.fma(code(u1.lanewise(VectorOperators.ASHR, WORD_BITS - 8)).sub(z1).mul(d1), s1);
                s2 = v.fma(code(u2.lanewise(VectorOperators.ASHR, WORD_BITS - 8)).sub(z2).mul(d2), s2);
                s3 = v.fma(code(u3.lanewise(VectorOperators.ASHR, WORD_BITS - 8)).sub(z3).mul(d3), s3);
                u0 = u0.lanewise(VectorOperators.LSHL, 8);
                u1 = u1.lanewise(VectorOperators.LSHL, 8);
                u2 = u2.lanewise(VectorOperators.LSHL, 8);
                u3 = u3.lanewise(VectorOperators.LSHL, 8);
            }
        }
        s0.intoArray(y, yA);
        s1.intoArray(y, yA + HALF);
        s2.intoArray(y, yB);
        s3.intoArray(y, yB + HALF);
    }

    /** Codes of 4 bits with a sign, eight in a word; the compiler unrolls loops of four, not of eight. */
    private static void nibbles(float[] y, int yA, int yB, float[] x, int xAt, MemorySegment weights,
            long a,
            long b, float[] scales) {
        MemorySegment w = Simd.offHeap(weights);
        FloatVector s0 = FloatVector.fromArray(FLOATS, y, yA);
        FloatVector s1 = FloatVector.fromArray(FLOATS, y, yA + HALF);
        FloatVector s2 = FloatVector.fromArray(FLOATS, y, yB);
        FloatVector s3 = FloatVector.fromArray(FLOATS, y, yB + HALF);
        for (int row = 0; row < 4; row++) {
            long code = row * STEP;
            IntVector u0 = IntVector.fromMemorySegment(INTS, w, a + code, ORDER);
            IntVector u1 = IntVector.fromMemorySegment(INTS, w, a + code + HIGH, ORDER);
            IntVector u2 = IntVector.fromMemorySegment(INTS, w, b + code, ORDER);
            IntVector u3 = IntVector.fromMemorySegment(INTS, w, b + code + HIGH, ORDER);
            FloatVector d0 = FloatVector.fromArray(FLOATS, scales, 0);
            FloatVector d1 = FloatVector.fromArray(FLOATS, scales, 1 * HALF);
            FloatVector d2 = FloatVector.fromArray(FLOATS, scales, 2 * HALF);
            FloatVector d3 = FloatVector.fromArray(FLOATS, scales, 3 * HALF);
            for (int half = xAt + row * 8; half < xAt + row * 8 + 8; half += 4) {
                for (int k = half; k < half + 4; k++) {
                    FloatVector v = FloatVector.broadcast(FLOATS, x[k]);
                    s0 = v.fma(code(u0.lanewise(VectorOperators.ASHR, WORD_BITS - 4)).mul(d0), s0);
                    s1 = v.fma(code(u1.lanewise(VectorOperators.ASHR, WORD_BITS - 4)).mul(d1), s1);
                    s2 = v.fma(code(u2.lanewise(VectorOperators.ASHR, WORD_BITS - 4)).mul(d2), s2);
                    s3 = v.fma(code(u3.lanewise(VectorOperators.ASHR, WORD_BITS - 4)).mul(d3), s3);
                    u0 = u0.lanewise(VectorOperators.LSHL, 4);
                    u1 = u1.lanewise(VectorOperators.LSHL, 4);
                    u2 = u2.lanewise(VectorOperators.LSHL, 4);
                    u3 = u3.lanewise(VectorOperators.LSHL, 4);
                }
            }
        }
        s0.intoArray(y, yA);
        s1.intoArray(y, yA + HALF);
        s2.intoArray(y, yB);
        s3.intoArray(y, yB + HALF);
    }

    /** Codes of 4 bits without a sign, and a minimum. */
    private static void nibblesAndMinimum(float[] y, int yA, int yB, float[] x, int xAt,
            MemorySegment weights, long a,
            long b, float[] scales) {
        MemorySegment w = Simd.offHeap(weights);
        FloatVector s0 = FloatVector.fromArray(FLOATS, y, yA);
        FloatVector s1 = FloatVector.fromArray(FLOATS, y, yA + HALF);
        FloatVector s2 = FloatVector.fromArray(FLOATS, y, yB);
        FloatVector s3 = FloatVector.fromArray(FLOATS, y, yB + HALF);
        for (int row = 0; row < 4; row++) {
            long code = row * STEP;
            IntVector u0 = IntVector.fromMemorySegment(INTS, w, a + code, ORDER);
            IntVector u1 = IntVector.fromMemorySegment(INTS, w, a + code + HIGH, ORDER);
            IntVector u2 = IntVector.fromMemorySegment(INTS, w, b + code, ORDER);
            IntVector u3 = IntVector.fromMemorySegment(INTS, w, b + code + HIGH, ORDER);
            FloatVector d0 = FloatVector.fromArray(FLOATS, scales, 0);
            FloatVector d1 = FloatVector.fromArray(FLOATS, scales, 1 * HALF);
            FloatVector d2 = FloatVector.fromArray(FLOATS, scales, 2 * HALF);
            FloatVector d3 = FloatVector.fromArray(FLOATS, scales, 3 * HALF);
            FloatVector m0 = FloatVector.fromArray(FLOATS, scales, 4 * HALF);
            FloatVector m1 = FloatVector.fromArray(FLOATS, scales, 5 * HALF);
            FloatVector m2 = FloatVector.fromArray(FLOATS, scales, 6 * HALF);
            FloatVector m3 = FloatVector.fromArray(FLOATS, scales, 7 * HALF);
            for (int half = xAt + row * 8; half < xAt + row * 8 + 8; half += 4) {
                for (int k = half; k < half + 4; k++) {
                    FloatVector v = FloatVector.broadcast(FLOATS, x[k]);
                    s0 = v.fma(code(u0.lanewise(VectorOperators.LSHR, WORD_BITS - 4)).fma(d0, m0), s0);
                    s1 = v.fma(code(u1.lanewise(VectorOperators.LSHR, WORD_BITS - 4)).fma(d1, m1), s1);
                    s2 = v.fma(code(u2.lanewise(VectorOperators.LSHR, WORD_BITS - 4)).fma(d2, m2), s2);
                    s3 = v.fma(code(u3.lanewise(VectorOperators.LSHR, WORD_BITS - 4)).fma(d3, m3), s3);
                    u0 = u0.lanewise(VectorOperators.LSHL, 4);
                    u1 = u1.lanewise(VectorOperators.LSHL, 4);
                    u2 = u2.lanewise(VectorOperators.LSHL, 4);
                    u3 = u3.lanewise(VectorOperators.LSHL, 4);
                }
            }
        }
        s0.intoArray(y, yA);
        s1.intoArray(y, yA + HALF);
        s2.intoArray(y, yB);
        s3.intoArray(y, yB + HALF);
    }

    /**
     * The scales of a block of two pairs, and its minimums: four vectors of each, {@link #HALF} floats apart. A loop, because the
     * compiler gives up on methods with many vector operations in their text.
     */
    static void scales(float[] scales, int to, MemorySegment w, long a, long b, int kinds) {
        for (int i = 0; i < 2 * kinds; i++) {
            IntVector u = IntVector.fromMemorySegment(INTS, w, (i % 2 == 0 ? a : b) + i / 2 * SCALES, ORDER);
            VectorMath.half(u.lanewise(VectorOperators.LSHL, 16)).intoArray(scales, to + 2 * i * HALF);
            VectorMath.half(u).intoArray(scales, to + (2 * i + 1) * HALF);
        }
    }

    private static FloatVector code(IntVector codes) {
        return (FloatVector) codes.convert(VectorOperators.I2F, 0);
    }
}
