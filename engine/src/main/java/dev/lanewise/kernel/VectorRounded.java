package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.INTS;
import static dev.lanewise.kernel.Simd.LANES;
import static dev.lanewise.kernel.Simd.ORDER;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of 4-bit weights and {@link RoundedRows}, in whole numbers of 16 bits: twice as many at once as floats. A product is at most 8 * 127,
 * so that the sum over a block is exact; then it becomes a float, times both scales. Weights without a sign are taken as theirs less 8,
 * and 8 scales more as minimum.
 *
 * <p>Two pairs of vectors of outputs go at a time, as in {@link VectorMatrixVector}: a word of sums is of an output and of that {@link #HALF} behind it.
 */
final class VectorRounded {
    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, FLOATS.vectorShape());
    /** Numbers of 16 bits in a vector. */
    private static final int WIDTH = 2 * LANES;
    private static final int HALF = Kernels.PANEL / 2;
    /** From one row of words of codes to the next, and from a half of it to the other. */
    private static final long STEP = Codes.WORDS;
    private static final long HIGH = HALF * 4L;
    private static final int ROWS = RoundedRows.ROWS;
    private static final int BLOCK = RoundedRows.BLOCK;
    private static final int PIECE = RoundedRows.PIECE;
    /** Scales of a block of two pairs, and as many minimums behind them. */
    private static final int SCALES = 4 * HALF;
    /** Sums of a tile and a piece, at the widest vectors. */
    static final int SUMS = PIECE * ROWS * 2 * 32;

    private VectorRounded() {}

    static void round(RoundedRows rounded, int tile, float[] x, int xAt, int stride, int rows, int inputs,
            int[] words) {
        int width = rounded.width();
        for (int row = 0; row < rows; row++) {
            for (int block = 0; block < inputs / BLOCK; block++) {
                int from = xAt + row * stride + block * BLOCK;
                float largest = largest(x, from);
                int sum = round(words, x, from, largest > 0 ? 127 / largest : 0);
                rounded.put(tile * width + row, block, inputs, words, largest, sum);
            }
        }
        Arrays.fill(words, 0);
        for (int row = rows; row % width != 0; row++) {
            for (int block = 0; block < inputs / BLOCK; block++) {
                rounded.put(tile * width + row, block, inputs, words, 0, 0);
            }
        }
    }

    /** The largest magnitude: bits of numbers without a sign are in their order, and what is no number is behind all. */
    private static float largest(float[] x, int at) {
        IntVector most = IntVector.zero(INTS);
        for (int i = at; i < at + BLOCK; i += LANES) {
            most = most.max(FloatVector.fromArray(FLOATS, x, i).reinterpretAsInts().and(Integer.MAX_VALUE));
        }
        return Float.intBitsToFloat(most.reduceLanes(VectorOperators.MAX));
    }

    /** Each code twice in a word; returns the sum of the codes. */
    private static int round(int[] words, float[] x, int at, float factor) {
        IntVector sum = IntVector.zero(INTS);
        for (int i = 0; i < BLOCK; i += LANES) {
            IntVector code = FloatVector.fromArray(FLOATS, x, at + i).mul(factor).add(RoundedRows.MAGIC)
                    .reinterpretAsInts();
            IntVector high = code.lanewise(VectorOperators.LSHL, 16);
            high.or(code.and(0xFFFF)).intoArray(words, i);
            sum = sum.add(high.lanewise(VectorOperators.ASHR, 16));
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    static void multiply(float[] y, int yAt, int stride, RoundedRows x, int tile, int rows, int inputs, DataType type,
            MemorySegment weights, long weightsAt, int panels, MemorySegment bias, long biasAt, WeightScratch scratch) {
        for (int row = 0; row < rows; row++) {
            VectorRows.copy(y, yAt + row * stride, bias, biasAt, panels * Kernels.PANEL);
        }
        long panelBytes = type.panelBytes(inputs);
        int steps = LANES == HALF ? (panels + 1) / 2 : panels;
        for (int panel = 0; panel < steps; panel++) {
            long at = weightsAt + panel * panelBytes;
            int out = yAt + panel * Kernels.PANEL;
            if (LANES == HALF) {
                // Without a second panel both pairs are the same, and store the same.
                int next = panel + steps < panels ? steps : 0;
                if (rows > 1) {
                    scratch.fetch(weights, at, panelBytes, type);
                    scratch.fetch(weights, at + next * panelBytes, panelBytes, type);
                }
                pairs(y, out, out + next * Kernels.PANEL, stride, x, tile, rows, inputs, type, weights, at,
                        at + next * panelBytes, scratch);
            } else {
                for (int word = 0; word < HALF; word += 2 * LANES) {
                    pairs(y, out + word, out + word + LANES, stride, x, tile, rows, inputs, type, weights,
                            at + word * 4L, at + (word + LANES) * 4L, scratch);
                }
            }
        }
    }

    /** Two pairs of vectors of outputs, each within one panel, a piece of the inputs after the other. */
    private static void pairs(float[] y, int yA, int yB, int stride, RoundedRows x, int tile, int rows, int inputs,
            DataType type, MemorySegment weights, long a, long b, WeightScratch scratch) {
        float[] scales = scratch.scales();
        short[] sums = scratch.sums();
        long blockBytes = Codes.blockBytes(type);
        long codes = Codes.elementCodes(type);
        int kinds = type.scales();
        int flip = kinds == 2 ? 0x88888888 : 0; // codes without a sign become those less 8
        int blocks = inputs / BLOCK;
        for (int from = 0; from < blocks; from += PIECE) {
            int count = Math.min(PIECE, blocks - from);
            for (int i = 0; i < count; i++) {
                long at = (from + i) * blockBytes;
                int to = i * kinds * SCALES;
                VectorMatrixVector.scales(scales, to, Simd.offHeap(weights), a + at, b + at, kinds);
                if (kinds == 2) {
                    VectorRows.addScaled(scales, to + SCALES, scales, to, 8, SCALES);
                }
                at += codes;
                if (x.width() == 1) {
                    sums(sums, i * 2 * WIDTH, x.codes(), (tile * inputs + (from + i) * BLOCK) / 2, weights, a + at,
                            b + at, (short) flip);
                } else {
                    long unpacked = i * (BLOCK * 2L * Simd.BYTES);
                    unpack(scratch.wide(), unpacked, weights, a + at, flip);
                    unpack(scratch.wide(), unpacked + Simd.BYTES, weights, b + at, flip);
                }
            }
            if (x.width() == 1) {
                finish(y, yA, yB, sums, 0, 2 * WIDTH, x, tile * blocks + from, scales, kinds, count);
                continue;
            }
            for (int row = 0; row < rows; row += ROWS) {
                int first = tile + row / ROWS;
                sums(sums, x.codes(), (first * inputs + from * BLOCK) * ROWS, scratch.wide(), count);
                for (int i = 0; i < ROWS; i++) {
                    finish(y, yA + (row + i) * stride, yB + (row + i) * stride, sums, i * 2 * WIDTH, ROWS * 2 * WIDTH,
                            x, (first * blocks + from) * ROWS + i, scales, kinds, count);
                }
            }
        }
    }

    /** Codes of a block of a pair, {@code [32]} vectors of words of two outputs, every other vector. */
    private static void unpack(MemorySegment wide, long to, MemorySegment weights, long at, int flip) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        for (int row = 0; row < 4; row++) {
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + row * STEP, ORDER).lanewise(VectorOperators.XOR,
                    flip);
            IntVector v = IntVector.fromMemorySegment(INTS, w, at + row * STEP + HIGH, ORDER)
                    .lanewise(VectorOperators.XOR, flip);
            for (int i = row * 8; i < row * 8 + 8; i++) {
                u.lanewise(VectorOperators.ASHR, 28).and(0xFFFF)
                        .or(v.and(0xF0000000).lanewise(VectorOperators.ASHR, 12))
                        .intoMemorySegment(out, to + i * (2L * Simd.BYTES), ORDER);
                u = u.lanewise(VectorOperators.LSHL, 4);
                v = v.lanewise(VectorOperators.LSHL, 4);
            }
        }
    }

    /** Sums of products of blocks, {@code [count][8][2]} vectors; one loop, as setting up one of 32 steps takes as long as some of them. */
    private static void sums(short[] sums, int[] x, int xAt, MemorySegment wide, int count) {
        MemorySegment w = Simd.offHeap(wide);
        ShortVector zero = ShortVector.zero(SHORTS);
        ShortVector a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7;
        a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = b0 = b1 = b2 = b3 = b4 = b5 = b6 = b7 = zero;
        for (int k = 0; k < count * BLOCK; k++) {
            ShortVector wa = ShortVector.fromMemorySegment(SHORTS, w, k * (2L * Simd.BYTES), ORDER);
            ShortVector wb = ShortVector.fromMemorySegment(SHORTS, w, k * (2L * Simd.BYTES) + Simd.BYTES, ORDER);
            ShortVector v0 = IntVector.broadcast(INTS, x[xAt + k * ROWS]).reinterpretAsShorts();
            a0 = wa.mul(v0).add(a0);
            b0 = wb.mul(v0).add(b0);
            ShortVector v1 = IntVector.broadcast(INTS, x[xAt + k * ROWS + 1]).reinterpretAsShorts();
            a1 = wa.mul(v1).add(a1);
            b1 = wb.mul(v1).add(b1);
            ShortVector v2 = IntVector.broadcast(INTS, x[xAt + k * ROWS + 2]).reinterpretAsShorts();
            a2 = wa.mul(v2).add(a2);
            b2 = wb.mul(v2).add(b2);
            ShortVector v3 = IntVector.broadcast(INTS, x[xAt + k * ROWS + 3]).reinterpretAsShorts();
            a3 = wa.mul(v3).add(a3);
            b3 = wb.mul(v3).add(b3);
            ShortVector v4 = IntVector.broadcast(INTS, x[xAt + k * ROWS + 4]).reinterpretAsShorts();
            a4 = wa.mul(v4).add(a4);
            b4 = wb.mul(v4).add(b4);
            ShortVector v5 = IntVector.broadcast(INTS, x[xAt + k * ROWS + 5]).reinterpretAsShorts();
            a5 = wa.mul(v5).add(a5);
            b5 = wb.mul(v5).add(b5);
            ShortVector v6 = IntVector.broadcast(INTS, x[xAt + k * ROWS + 6]).reinterpretAsShorts();
            a6 = wa.mul(v6).add(a6);
            b6 = wb.mul(v6).add(b6);
            ShortVector v7 = IntVector.broadcast(INTS, x[xAt + k * ROWS + 7]).reinterpretAsShorts();
            a7 = wa.mul(v7).add(a7);
            b7 = wb.mul(v7).add(b7);
            if (k % BLOCK == BLOCK - 1) {
                int at = k / BLOCK * (ROWS * 2 * WIDTH);
                a0.intoArray(sums, at);
                b0.intoArray(sums, at + WIDTH);
                a1.intoArray(sums, at + 2 * WIDTH);
                b1.intoArray(sums, at + 3 * WIDTH);
                a2.intoArray(sums, at + 4 * WIDTH);
                b2.intoArray(sums, at + 5 * WIDTH);
                a3.intoArray(sums, at + 6 * WIDTH);
                b3.intoArray(sums, at + 7 * WIDTH);
                a4.intoArray(sums, at + 8 * WIDTH);
                b4.intoArray(sums, at + 9 * WIDTH);
                a5.intoArray(sums, at + 10 * WIDTH);
                b5.intoArray(sums, at + 11 * WIDTH);
                a6.intoArray(sums, at + 12 * WIDTH);
                b6.intoArray(sums, at + 13 * WIDTH);
                a7.intoArray(sums, at + 14 * WIDTH);
                b7.intoArray(sums, at + 15 * WIDTH);
                a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = b0 = b1 = b2 = b3 = b4 = b5 = b6 = b7 = zero;
            }
        }
    }

    /**
     * Sums of products of a block and one row, a vector for each pair. Words of eight codes are taken as two numbers of 16 bits, of which four codes are
     * shifted out: two inputs of an output are in a word.
     */
    private static void sums(short[] sums, int sumsAt, int[] x, int xAt, MemorySegment weights, long a, long b,
            short flip) {
        MemorySegment w = Simd.offHeap(weights);
        ShortVector s0, s1, s2, s3;
        s0 = s1 = s2 = s3 = ShortVector.zero(SHORTS);
        for (int row = 0; row < 4; row++) {
            ShortVector u0 = ShortVector.fromMemorySegment(SHORTS, w, a + row * STEP, ORDER)
                    .lanewise(VectorOperators.XOR, flip);
            ShortVector u1 = ShortVector.fromMemorySegment(SHORTS, w, a + row * STEP + HIGH, ORDER)
                    .lanewise(VectorOperators.XOR, flip);
            ShortVector u2 = ShortVector.fromMemorySegment(SHORTS, w, b + row * STEP, ORDER)
                    .lanewise(VectorOperators.XOR, flip);
            ShortVector u3 = ShortVector.fromMemorySegment(SHORTS, w, b + row * STEP + HIGH, ORDER)
                    .lanewise(VectorOperators.XOR, flip);
            for (int k = xAt + row * 4; k < xAt + row * 4 + 4; k++) {
                ShortVector v = IntVector.broadcast(INTS, x[k]).reinterpretAsShorts();
                s0 = u0.lanewise(VectorOperators.ASHR, 12).mul(v).add(s0);
                s1 = u1.lanewise(VectorOperators.ASHR, 12).mul(v).add(s1);
                s2 = u2.lanewise(VectorOperators.ASHR, 12).mul(v).add(s2);
                s3 = u3.lanewise(VectorOperators.ASHR, 12).mul(v).add(s3);
                u0 = u0.lanewise(VectorOperators.LSHL, 4);
                u1 = u1.lanewise(VectorOperators.LSHL, 4);
                u2 = u2.lanewise(VectorOperators.LSHL, 4);
                u3 = u3.lanewise(VectorOperators.LSHL, 4);
            }
        }
        // The sums of both halves of words: of the first of a pair to the lower halves, of the second to the upper ones.
        IntVector t0 = s0.reinterpretAsInts();
        IntVector t1 = s1.reinterpretAsInts();
        IntVector t2 = s2.reinterpretAsInts();
        IntVector t3 = s3.reinterpretAsInts();
        t0 = t0.add(t0.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.LSHR, 16);
        t1 = t1.add(t1.lanewise(VectorOperators.LSHL, 16)).and(0xFFFF0000);
        t2 = t2.add(t2.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.LSHR, 16);
        t3 = t3.add(t3.lanewise(VectorOperators.LSHL, 16)).and(0xFFFF0000);
        t0.or(t1).reinterpretAsShorts().intoArray(sums, sumsAt);
        t2.or(t3).reinterpretAsShorts().intoArray(sums, sumsAt + WIDTH);
    }

    /**
     * Adds sums of blocks to two pairs of outputs of a row, times their scales; and the minimums, times what was rounded.
     *
     * @param step from a block's sums to those of the next
     * @param scaleAt the row's scale of the first block
     */
    private static void finish(float[] y, int yA, int yB, short[] sums, int sumsAt, int step, RoundedRows x,
            int scaleAt, float[] scales, int kinds, int count) {
        int width = x.width();
        float[] factors = x.scales();
        float[] totals = x.sums();
        FloatVector s0 = FloatVector.fromArray(FLOATS, y, yA);
        FloatVector s1 = FloatVector.fromArray(FLOATS, y, yA + HALF);
        FloatVector s2 = FloatVector.fromArray(FLOATS, y, yB);
        FloatVector s3 = FloatVector.fromArray(FLOATS, y, yB + HALF);
        for (int i = 0; i < count; i++) {
            int d = i * kinds * SCALES;
            FloatVector factor = FloatVector.broadcast(FLOATS, factors[scaleAt + i * width]);
            IntVector a = ShortVector.fromArray(SHORTS, sums, sumsAt + i * step).reinterpretAsInts();
            IntVector b = ShortVector.fromArray(SHORTS, sums, sumsAt + i * step + WIDTH).reinterpretAsInts();
            s0 = ((FloatVector) a.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .convert(VectorOperators.I2F, 0)).fma(FloatVector.fromArray(FLOATS, scales, d).mul(factor), s0);
            s1 = ((FloatVector) a.lanewise(VectorOperators.ASHR, 16).convert(VectorOperators.I2F, 0))
                    .fma(FloatVector.fromArray(FLOATS, scales, d + HALF).mul(factor), s1);
            s2 = ((FloatVector) b.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .convert(VectorOperators.I2F, 0))
                    .fma(FloatVector.fromArray(FLOATS, scales, d + 2 * HALF).mul(factor), s2);
            s3 = ((FloatVector) b.lanewise(VectorOperators.ASHR, 16).convert(VectorOperators.I2F, 0))
                    .fma(FloatVector.fromArray(FLOATS, scales, d + 3 * HALF).mul(factor), s3);
        }
        for (int i = 0; i < (kinds - 1) * count; i++) {
            int m = i * 2 * SCALES + SCALES;
            FloatVector total = FloatVector.broadcast(FLOATS, totals[scaleAt + i * width]);
            s0 = total.fma(FloatVector.fromArray(FLOATS, scales, m), s0);
            s1 = total.fma(FloatVector.fromArray(FLOATS, scales, m + HALF), s1);
            s2 = total.fma(FloatVector.fromArray(FLOATS, scales, m + 2 * HALF), s2);
            s3 = total.fma(FloatVector.fromArray(FLOATS, scales, m + 3 * HALF), s3);
        }
        s0.intoArray(y, yA);
        s1.intoArray(y, yA + HALF);
        s2.intoArray(y, yB);
        s3.intoArray(y, yB + HALF);
    }
}
