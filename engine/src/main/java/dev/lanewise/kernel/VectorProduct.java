package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.BYTES;
import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;
import static dev.lanewise.kernel.Simd.ORDER;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Matrix product with packed activations and packed weights. The register tile is {@link #ROWS} rows by two vectors of
 * outputs; a step reads two vectors of weights and broadcasts one activation a row.
 *
 * <p>Activations are packed because a tile over row-major ones needs an address a row: on AVX2 the compiler then spills an
 * accumulator, which costs a third of the speed (measured: 66 % of the FMA peak row-major, 91 % packed).
 *
 * <p>Each loop level is a method of its own, and the tile is larger than what the compiler inlines: it is compiled alone, and
 * soon, however few and large the calls are.
 */
final class VectorProduct {
    /** Rows of the largest tile, and so how many rows behind the last may be computed, less one. */
    static final int ROWS = Simd.MANY_REGISTERS ? 8 : 5;
    /** Rows of the small tile, for what the large ones leave over. */
    static final int FEW_ROWS = 4;

    /** Outputs of a tile. */
    private static final int COLUMNS = 2 * LANES;
    /** Bytes from one input to the next in a panel. */
    private static final long STEP = Kernels.PANEL * 4L;
    /** Inputs at a time, at most: so many steps of a tile's columns stay in the first-level cache for all row tiles. */
    private static final int DEPTH = WeightScratch.DEPTH;

    private VectorProduct() {}

    /**
     * How many rows go into large tiles; small ones take the rest, the last of them perhaps not full. As many as make all
     * tiles full, if that is possible.
     */
    static int rowsInLargeTiles(int rows) {
        int large = rows / ROWS * ROWS;
        if (ROWS % FEW_ROWS == 0) {
            return rows - large > FEW_ROWS ? large + ROWS : large;
        }
        while (large > 0 && (rows - large) % FEW_ROWS != 0) {
            large -= ROWS;
        }
        return large;
    }

    static void packRows(float[] packed, int packedAt, float[] x, int xAt, int stride, int rows, int inputs) {
        int large = rowsInLargeTiles(rows);
        int whole = VectorTranspose.AVAILABLE && ROWS == 8 ? Math.min(rows, large) / 8 * 8 : 0;
        for (int row = 0; row < whole; row += 8) {
            packEight(packed, packedAt + row * inputs, x, xAt + row * stride, stride, inputs);
        }
        Packing.rows(packed, packedAt + whole * inputs, x, xAt + whole * stride, stride, Math.min(rows, large) - whole,
                inputs, ROWS);
        Packing.rows(packed, packedAt + large * inputs, x, xAt + large * stride, stride, rows - large, inputs,
                FEW_ROWS);
    }

    /** {@code packed[column][row] = x[row][column]}, of 8 rows. */
    private static void packEight(float[] packed, int packedAt, float[] x, int xAt, int stride, int inputs) {
        int column = 0;
        for (; column <= inputs - VectorTranspose.SIDE; column += VectorTranspose.SIDE) {
            VectorTranspose.half(packed, packedAt + column * 8, x, xAt + column, stride);
        }
        Packing.rows(packed, packedAt + column * 8, x, xAt + column, stride, 8, inputs - column, 8);
    }

    static void multiply(float[] y, int yAt, int stride, float[] packed, int packedAt, int rows, int inputs,
            DataType type, MemorySegment weights, long weightsAt, int panels, MemorySegment bias, long biasAt,
            WeightScratch scratch) {
        int block = inputs % Kernels.PANEL == 0 ? Kernels.PANEL : type == DataType.INT8 ? type.block() : 1; // pieces of whole blocks
        int pieces = (inputs + DEPTH - 1) / DEPTH;
        for (int piece = 0; piece < pieces; piece++) {
            int from = pieceStart(inputs, block, piece, pieces);
            int depth = pieceStart(inputs, block, piece + 1, pieces) - from;
            for (int panel = 0; panel < panels; panel++) {
                int to = yAt + panel * Kernels.PANEL;
                long panelAt = weightsAt + panel * type.panelBytes(inputs);
                long biasTo = biasAt + panel * Kernels.PANEL * 4L;
                if (type == DataType.F32) {
                    panel(y, to, stride, packed, packedAt, rows, inputs, from, depth, weights, panelAt + from * STEP,
                            bias, biasTo);
                } else {
                    int first = from / type.block();
                    boolean widening = rows > FEW_ROWS && VectorWideningTile.widens(type) && !WarmUp.coldWidening;
                    if (widening) {
                        long bytes = type.panelBytes(inputs);
                        scratch.fetch(weights, panelAt + bytes * from / inputs, bytes * depth / inputs, type);
                    }
                    if (type.quantized()) {
                        VectorWiden.scales(scratch.scales(), 0, weights, panelAt, type, first,
                                Math.ceilDiv(from + depth, type.block()) - first);
                    }
                    int done = 0;
                    if (widening) {
                        VectorWideningTile.multiply(y, to, stride, packed, packedAt + from * ROWS, from, depth, type,
                                weights, panelAt,
                                bias, biasTo, scratch);
                        done = ROWS;
                    } else {
                        VectorWiden.panel(scratch.wide(), 0, weights, panelAt, from, depth, type, scratch.scales(),
                                -first * type.blockScales() * Kernels.PANEL);
                    }
                    panel(y, to + done * stride, stride, packed, packedAt + done * inputs, rows - done, inputs, from,
                            depth, scratch.wide(), 0, bias, biasTo);
                }
            }
        }
    }

    private static int pieceStart(int inputs, int block, int piece, int pieces) {
        return (int) ((long) inputs / block * piece / pieces) * block;
    }

    /** All rows and some inputs of a panel of floats. */
    private static void panel(float[] y, int yAt, int stride, float[] packed, int packedAt, int rows, int inputs,
            int from, int depth, MemorySegment weights, long weightsAt, MemorySegment bias, long biasAt) {
        for (int column = 0; column < Kernels.PANEL; column += COLUMNS) {
            strip(y, yAt + column, stride, packed, packedAt, rows, inputs, from, depth, weights,
                    weightsAt + column * 4L, bias, biasAt + column * 4L);
        }
    }

    /** Every tile, beginning with the bias and going on from a sum, on inputs of 8 steps. */
    static void warmUp(float[] y, float[] x, MemorySegment weights) {
        strip(y, 0, COLUMNS, x, 0, ROWS + FEW_ROWS, 16, 0, 8, weights, 0, weights, 0);
        strip(y, 0, COLUMNS, x, 0, ROWS + FEW_ROWS, 16, 8, 8, weights, 0, weights, 0);
    }

    /** All row tiles of a few outputs, inputs {@code from} to {@code from + depth}. */
    private static void strip(float[] y, int yAt, int stride, float[] packed, int packedAt, int rows, int inputs,
            int from,
            int depth, MemorySegment weights, long weightsAt, MemorySegment bias, long biasAt) {
        int large = rowsInLargeTiles(rows);
        boolean first = from == 0;
        for (int row = 0; row < large; row += ROWS) {
            int x = packedAt + row * inputs + from * ROWS;
            if (ROWS == 8) {
                tile8(y, yAt + row * stride, stride, packed, x, depth, weights, weightsAt, bias, biasAt, first);
            } else {
                tile5(y, yAt + row * stride, stride, packed, x, depth, weights, weightsAt, bias, biasAt, first);
            }
        }
        for (int row = large; row < rows; row += FEW_ROWS) {
            tile4(y, yAt + row * stride, stride, packed, packedAt + row * inputs + from * FEW_ROWS, depth, weights,
                    weightsAt,
                    bias, biasAt, first);
        }
    }

    /** 8 rows by 2 vectors: 16 accumulators, for 32 registers. */
    private static void tile8(float[] y, int y0, int stride, float[] x, int x0, int depth,
            MemorySegment weights, long w0, MemorySegment biases, long bias0, boolean first) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment bias = Simd.offHeap(biases);
        int y1 = y0 + stride;
        int y2 = y1 + stride;
        int y3 = y2 + stride;
        int y4 = y3 + stride;
        int y5 = y4 + stride;
        int y6 = y5 + stride;
        int y7 = y6 + stride;
        FloatVector s0a, s0b, s1a, s1b, s2a, s2b, s3a, s3b;
        FloatVector s4a, s4b, s5a, s5b, s6a, s6b, s7a, s7b;
        if (first) {
            FloatVector ia = FloatVector.fromMemorySegment(FLOATS, bias, bias0, ORDER);
            FloatVector ib = FloatVector.fromMemorySegment(FLOATS, bias, bias0 + BYTES, ORDER);
            s0a = s1a = s2a = s3a = s4a = s5a = s6a = s7a = ia;
            s0b = s1b = s2b = s3b = s4b = s5b = s6b = s7b = ib;
        } else {
            s0a = FloatVector.fromArray(FLOATS, y, y0);
            s0b = FloatVector.fromArray(FLOATS, y, y0 + LANES);
            s1a = FloatVector.fromArray(FLOATS, y, y1);
            s1b = FloatVector.fromArray(FLOATS, y, y1 + LANES);
            s2a = FloatVector.fromArray(FLOATS, y, y2);
            s2b = FloatVector.fromArray(FLOATS, y, y2 + LANES);
            s3a = FloatVector.fromArray(FLOATS, y, y3);
            s3b = FloatVector.fromArray(FLOATS, y, y3 + LANES);
            s4a = FloatVector.fromArray(FLOATS, y, y4);
            s4b = FloatVector.fromArray(FLOATS, y, y4 + LANES);
            s5a = FloatVector.fromArray(FLOATS, y, y5);
            s5b = FloatVector.fromArray(FLOATS, y, y5 + LANES);
            s6a = FloatVector.fromArray(FLOATS, y, y6);
            s6b = FloatVector.fromArray(FLOATS, y, y6 + LANES);
            s7a = FloatVector.fromArray(FLOATS, y, y7);
            s7b = FloatVector.fromArray(FLOATS, y, y7 + LANES);
        }
        for (int k = 0; k < depth; k++) {
            FloatVector wa = FloatVector.fromMemorySegment(FLOATS, w, w0 + k * STEP, ORDER);
            FloatVector wb = FloatVector.fromMemorySegment(FLOATS, w, w0 + k * STEP + BYTES, ORDER);
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

    /** 5 rows by 2 vectors: 10 accumulators, the most that 16 registers hold (6 rows spill). */
    private static void tile5(float[] y, int y0, int stride, float[] x, int x0, int depth,
            MemorySegment weights, long w0, MemorySegment biases, long bias0, boolean first) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment bias = Simd.offHeap(biases);
        int y1 = y0 + stride;
        int y2 = y1 + stride;
        int y3 = y2 + stride;
        int y4 = y3 + stride;
        FloatVector s0a, s0b, s1a, s1b, s2a, s2b, s3a, s3b;
        FloatVector s4a, s4b;
        if (first) {
            FloatVector ia = FloatVector.fromMemorySegment(FLOATS, bias, bias0, ORDER);
            FloatVector ib = FloatVector.fromMemorySegment(FLOATS, bias, bias0 + BYTES, ORDER);
            s0a = s1a = s2a = s3a = s4a = ia;
            s0b = s1b = s2b = s3b = s4b = ib;
        } else {
            s0a = FloatVector.fromArray(FLOATS, y, y0);
            s0b = FloatVector.fromArray(FLOATS, y, y0 + LANES);
            s1a = FloatVector.fromArray(FLOATS, y, y1);
            s1b = FloatVector.fromArray(FLOATS, y, y1 + LANES);
            s2a = FloatVector.fromArray(FLOATS, y, y2);
            s2b = FloatVector.fromArray(FLOATS, y, y2 + LANES);
            s3a = FloatVector.fromArray(FLOATS, y, y3);
            s3b = FloatVector.fromArray(FLOATS, y, y3 + LANES);
            s4a = FloatVector.fromArray(FLOATS, y, y4);
            s4b = FloatVector.fromArray(FLOATS, y, y4 + LANES);
        }
        for (int k = 0; k < depth; k++) {
            FloatVector wa = FloatVector.fromMemorySegment(FLOATS, w, w0 + k * STEP, ORDER);
            FloatVector wb = FloatVector.fromMemorySegment(FLOATS, w, w0 + k * STEP + BYTES, ORDER);
            FloatVector x0v = FloatVector.broadcast(FLOATS, x[x0 + k * 5]);
            s0a = x0v.fma(wa, s0a);
            s0b = x0v.fma(wb, s0b);
            FloatVector x1v = FloatVector.broadcast(FLOATS, x[x0 + k * 5 + 1]);
            s1a = x1v.fma(wa, s1a);
            s1b = x1v.fma(wb, s1b);
            FloatVector x2v = FloatVector.broadcast(FLOATS, x[x0 + k * 5 + 2]);
            s2a = x2v.fma(wa, s2a);
            s2b = x2v.fma(wb, s2b);
            FloatVector x3v = FloatVector.broadcast(FLOATS, x[x0 + k * 5 + 3]);
            s3a = x3v.fma(wa, s3a);
            s3b = x3v.fma(wb, s3b);
            FloatVector x4v = FloatVector.broadcast(FLOATS, x[x0 + k * 5 + 4]);
            s4a = x4v.fma(wa, s4a);
            s4b = x4v.fma(wb, s4b);
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
    }

    /** 4 rows by 2 vectors: 8 accumulators. */
    private static void tile4(float[] y, int y0, int stride, float[] x, int x0, int depth,
            MemorySegment weights, long w0, MemorySegment biases, long bias0, boolean first) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment bias = Simd.offHeap(biases);
        int y1 = y0 + stride;
        int y2 = y1 + stride;
        int y3 = y2 + stride;
        FloatVector s0a, s0b, s1a, s1b, s2a, s2b, s3a, s3b;
        if (first) {
            FloatVector ia = FloatVector.fromMemorySegment(FLOATS, bias, bias0, ORDER);
            FloatVector ib = FloatVector.fromMemorySegment(FLOATS, bias, bias0 + BYTES, ORDER);
            s0a = s1a = s2a = s3a = ia;
            s0b = s1b = s2b = s3b = ib;
        } else {
            s0a = FloatVector.fromArray(FLOATS, y, y0);
            s0b = FloatVector.fromArray(FLOATS, y, y0 + LANES);
            s1a = FloatVector.fromArray(FLOATS, y, y1);
            s1b = FloatVector.fromArray(FLOATS, y, y1 + LANES);
            s2a = FloatVector.fromArray(FLOATS, y, y2);
            s2b = FloatVector.fromArray(FLOATS, y, y2 + LANES);
            s3a = FloatVector.fromArray(FLOATS, y, y3);
            s3b = FloatVector.fromArray(FLOATS, y, y3 + LANES);
        }
        for (int k = 0; k < depth; k++) {
            FloatVector wa = FloatVector.fromMemorySegment(FLOATS, w, w0 + k * STEP, ORDER);
            FloatVector wb = FloatVector.fromMemorySegment(FLOATS, w, w0 + k * STEP + BYTES, ORDER);
            FloatVector x0v = FloatVector.broadcast(FLOATS, x[x0 + k * 4]);
            s0a = x0v.fma(wa, s0a);
            s0b = x0v.fma(wb, s0b);
            FloatVector x1v = FloatVector.broadcast(FLOATS, x[x0 + k * 4 + 1]);
            s1a = x1v.fma(wa, s1a);
            s1b = x1v.fma(wb, s1b);
            FloatVector x2v = FloatVector.broadcast(FLOATS, x[x0 + k * 4 + 2]);
            s2a = x2v.fma(wa, s2a);
            s2b = x2v.fma(wb, s2b);
            FloatVector x3v = FloatVector.broadcast(FLOATS, x[x0 + k * 4 + 3]);
            s3a = x3v.fma(wa, s3a);
            s3b = x3v.fma(wb, s3b);
        }
        s0a.intoArray(y, y0);
        s0b.intoArray(y, y0 + LANES);
        s1a.intoArray(y, y1);
        s1b.intoArray(y, y1 + LANES);
        s2a.intoArray(y, y2);
        s2b.intoArray(y, y2 + LANES);
        s3a.intoArray(y, y3);
        s3b.intoArray(y, y3 + LANES);
    }
}
