package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * The two products of {@link VectorAttention} in registers: two vectors of queries by 8 keys, or by 8 elements of a head; by 4 where
 * there are 16 registers.
 */
final class VectorAttentionTile {
    private static final int TILE = VectorAttention.TILE;

    private VectorAttentionTile() {}

    /** Scores of 8 keys against all queries of the tile. */
    static void scores8(float[] scratch, int outAt, int queryAt, float[] keyPanels, int keysAt, int headSize) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s0a = zero, s1a = zero, s2a = zero, s3a = zero, s4a = zero, s5a = zero, s6a = zero, s7a = zero;
        FloatVector s0b = zero, s1b = zero, s2b = zero, s3b = zero, s4b = zero, s5b = zero, s6b = zero, s7b = zero;
        for (int c = 0; c < headSize; c++) {
            FloatVector ta = FloatVector.fromArray(FLOATS, scratch, queryAt + c * TILE);
            FloatVector tb = FloatVector.fromArray(FLOATS, scratch, queryAt + c * TILE + LANES);
            FloatVector x0 = FloatVector.broadcast(FLOATS, keyPanels[keysAt + c * Kernels.KEY_PANEL]);
            s0a = x0.fma(ta, s0a);
            s0b = x0.fma(tb, s0b);
            FloatVector x1 = FloatVector.broadcast(FLOATS, keyPanels[keysAt + c * Kernels.KEY_PANEL + 1]);
            s1a = x1.fma(ta, s1a);
            s1b = x1.fma(tb, s1b);
            FloatVector x2 = FloatVector.broadcast(FLOATS, keyPanels[keysAt + c * Kernels.KEY_PANEL + 2]);
            s2a = x2.fma(ta, s2a);
            s2b = x2.fma(tb, s2b);
            FloatVector x3 = FloatVector.broadcast(FLOATS, keyPanels[keysAt + c * Kernels.KEY_PANEL + 3]);
            s3a = x3.fma(ta, s3a);
            s3b = x3.fma(tb, s3b);
            FloatVector x4 = FloatVector.broadcast(FLOATS, keyPanels[keysAt + c * Kernels.KEY_PANEL + 4]);
            s4a = x4.fma(ta, s4a);
            s4b = x4.fma(tb, s4b);
            FloatVector x5 = FloatVector.broadcast(FLOATS, keyPanels[keysAt + c * Kernels.KEY_PANEL + 5]);
            s5a = x5.fma(ta, s5a);
            s5b = x5.fma(tb, s5b);
            FloatVector x6 = FloatVector.broadcast(FLOATS, keyPanels[keysAt + c * Kernels.KEY_PANEL + 6]);
            s6a = x6.fma(ta, s6a);
            s6b = x6.fma(tb, s6b);
            FloatVector x7 = FloatVector.broadcast(FLOATS, keyPanels[keysAt + c * Kernels.KEY_PANEL + 7]);
            s7a = x7.fma(ta, s7a);
            s7b = x7.fma(tb, s7b);
        }
        s0a.intoArray(scratch, outAt);
        s0b.intoArray(scratch, outAt + LANES);
        s1a.intoArray(scratch, outAt + 1 * TILE);
        s1b.intoArray(scratch, outAt + 1 * TILE + LANES);
        s2a.intoArray(scratch, outAt + 2 * TILE);
        s2b.intoArray(scratch, outAt + 2 * TILE + LANES);
        s3a.intoArray(scratch, outAt + 3 * TILE);
        s3b.intoArray(scratch, outAt + 3 * TILE + LANES);
        s4a.intoArray(scratch, outAt + 4 * TILE);
        s4b.intoArray(scratch, outAt + 4 * TILE + LANES);
        s5a.intoArray(scratch, outAt + 5 * TILE);
        s5b.intoArray(scratch, outAt + 5 * TILE + LANES);
        s6a.intoArray(scratch, outAt + 6 * TILE);
        s6b.intoArray(scratch, outAt + 6 * TILE + LANES);
        s7a.intoArray(scratch, outAt + 7 * TILE);
        s7b.intoArray(scratch, outAt + 7 * TILE + LANES);
    }

    /** Scores of 4 keys against all queries of the tile. */
    static void scores4(float[] scratch, int outAt, int queryAt, float[] keyPanels, int keysAt, int headSize) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s0a = zero, s1a = zero, s2a = zero, s3a = zero;
        FloatVector s0b = zero, s1b = zero, s2b = zero, s3b = zero;
        for (int c = 0; c < headSize; c++) {
            FloatVector ta = FloatVector.fromArray(FLOATS, scratch, queryAt + c * TILE);
            FloatVector tb = FloatVector.fromArray(FLOATS, scratch, queryAt + c * TILE + LANES);
            FloatVector x0 = FloatVector.broadcast(FLOATS, keyPanels[keysAt + c * Kernels.KEY_PANEL]);
            s0a = x0.fma(ta, s0a);
            s0b = x0.fma(tb, s0b);
            FloatVector x1 = FloatVector.broadcast(FLOATS, keyPanels[keysAt + c * Kernels.KEY_PANEL + 1]);
            s1a = x1.fma(ta, s1a);
            s1b = x1.fma(tb, s1b);
            FloatVector x2 = FloatVector.broadcast(FLOATS, keyPanels[keysAt + c * Kernels.KEY_PANEL + 2]);
            s2a = x2.fma(ta, s2a);
            s2b = x2.fma(tb, s2b);
            FloatVector x3 = FloatVector.broadcast(FLOATS, keyPanels[keysAt + c * Kernels.KEY_PANEL + 3]);
            s3a = x3.fma(ta, s3a);
            s3b = x3.fma(tb, s3b);
        }
        s0a.intoArray(scratch, outAt);
        s0b.intoArray(scratch, outAt + LANES);
        s1a.intoArray(scratch, outAt + 1 * TILE);
        s1b.intoArray(scratch, outAt + 1 * TILE + LANES);
        s2a.intoArray(scratch, outAt + 2 * TILE);
        s2b.intoArray(scratch, outAt + 2 * TILE + LANES);
        s3a.intoArray(scratch, outAt + 3 * TILE);
        s3b.intoArray(scratch, outAt + 3 * TILE + LANES);
    }

    /** Adds the weighted values of a block of keys to 8 elements of the outputs of all queries. */
    static void values8(float[] scratch, int outAt, int scoresAt, float[] valuePanels, int valuesAt,
            int keys) {
        FloatVector s0a = FloatVector.fromArray(FLOATS, scratch, outAt);
        FloatVector s0b = FloatVector.fromArray(FLOATS, scratch, outAt + LANES);
        FloatVector s1a = FloatVector.fromArray(FLOATS, scratch, outAt + 1 * TILE);
        FloatVector s1b = FloatVector.fromArray(FLOATS, scratch, outAt + 1 * TILE + LANES);
        FloatVector s2a = FloatVector.fromArray(FLOATS, scratch, outAt + 2 * TILE);
        FloatVector s2b = FloatVector.fromArray(FLOATS, scratch, outAt + 2 * TILE + LANES);
        FloatVector s3a = FloatVector.fromArray(FLOATS, scratch, outAt + 3 * TILE);
        FloatVector s3b = FloatVector.fromArray(FLOATS, scratch, outAt + 3 * TILE + LANES);
        FloatVector s4a = FloatVector.fromArray(FLOATS, scratch, outAt + 4 * TILE);
        FloatVector s4b = FloatVector.fromArray(FLOATS, scratch, outAt + 4 * TILE + LANES);
        FloatVector s5a = FloatVector.fromArray(FLOATS, scratch, outAt + 5 * TILE);
        FloatVector s5b = FloatVector.fromArray(FLOATS, scratch, outAt + 5 * TILE + LANES);
        FloatVector s6a = FloatVector.fromArray(FLOATS, scratch, outAt + 6 * TILE);
        FloatVector s6b = FloatVector.fromArray(FLOATS, scratch, outAt + 6 * TILE + LANES);
        FloatVector s7a = FloatVector.fromArray(FLOATS, scratch, outAt + 7 * TILE);
        FloatVector s7b = FloatVector.fromArray(FLOATS, scratch, outAt + 7 * TILE + LANES);
        for (int j = 0; j < keys; j++) {
            FloatVector ta = FloatVector.fromArray(FLOATS, scratch, scoresAt + j * TILE);
            FloatVector tb = FloatVector.fromArray(FLOATS, scratch, scoresAt + j * TILE + LANES);
            FloatVector x0 = FloatVector.broadcast(FLOATS, valuePanels[valuesAt + j * Kernels.VALUE_PANEL]);
            s0a = x0.fma(ta, s0a);
            s0b = x0.fma(tb, s0b);
            FloatVector x1 = FloatVector.broadcast(FLOATS, valuePanels[valuesAt + j * Kernels.VALUE_PANEL + 1]);
            s1a = x1.fma(ta, s1a);
            s1b = x1.fma(tb, s1b);
            FloatVector x2 = FloatVector.broadcast(FLOATS, valuePanels[valuesAt + j * Kernels.VALUE_PANEL + 2]);
            s2a = x2.fma(ta, s2a);
            s2b = x2.fma(tb, s2b);
            FloatVector x3 = FloatVector.broadcast(FLOATS, valuePanels[valuesAt + j * Kernels.VALUE_PANEL + 3]);
            s3a = x3.fma(ta, s3a);
            s3b = x3.fma(tb, s3b);
            FloatVector x4 = FloatVector.broadcast(FLOATS, valuePanels[valuesAt + j * Kernels.VALUE_PANEL + 4]);
            s4a = x4.fma(ta, s4a);
            s4b = x4.fma(tb, s4b);
            FloatVector x5 = FloatVector.broadcast(FLOATS, valuePanels[valuesAt + j * Kernels.VALUE_PANEL + 5]);
            s5a = x5.fma(ta, s5a);
            s5b = x5.fma(tb, s5b);
            FloatVector x6 = FloatVector.broadcast(FLOATS, valuePanels[valuesAt + j * Kernels.VALUE_PANEL + 6]);
            s6a = x6.fma(ta, s6a);
            s6b = x6.fma(tb, s6b);
            FloatVector x7 = FloatVector.broadcast(FLOATS, valuePanels[valuesAt + j * Kernels.VALUE_PANEL + 7]);
            s7a = x7.fma(ta, s7a);
            s7b = x7.fma(tb, s7b);
        }
        s0a.intoArray(scratch, outAt);
        s0b.intoArray(scratch, outAt + LANES);
        s1a.intoArray(scratch, outAt + 1 * TILE);
        s1b.intoArray(scratch, outAt + 1 * TILE + LANES);
        s2a.intoArray(scratch, outAt + 2 * TILE);
        s2b.intoArray(scratch, outAt + 2 * TILE + LANES);
        s3a.intoArray(scratch, outAt + 3 * TILE);
        s3b.intoArray(scratch, outAt + 3 * TILE + LANES);
        s4a.intoArray(scratch, outAt + 4 * TILE);
        s4b.intoArray(scratch, outAt + 4 * TILE + LANES);
        s5a.intoArray(scratch, outAt + 5 * TILE);
        s5b.intoArray(scratch, outAt + 5 * TILE + LANES);
        s6a.intoArray(scratch, outAt + 6 * TILE);
        s6b.intoArray(scratch, outAt + 6 * TILE + LANES);
        s7a.intoArray(scratch, outAt + 7 * TILE);
        s7b.intoArray(scratch, outAt + 7 * TILE + LANES);
    }

    /** Adds the weighted values of a block of keys to 4 elements of the outputs of all queries. */
    static void values4(float[] scratch, int outAt, int scoresAt, float[] valuePanels, int valuesAt,
            int keys) {
        FloatVector s0a = FloatVector.fromArray(FLOATS, scratch, outAt);
        FloatVector s0b = FloatVector.fromArray(FLOATS, scratch, outAt + LANES);
        FloatVector s1a = FloatVector.fromArray(FLOATS, scratch, outAt + 1 * TILE);
        FloatVector s1b = FloatVector.fromArray(FLOATS, scratch, outAt + 1 * TILE + LANES);
        FloatVector s2a = FloatVector.fromArray(FLOATS, scratch, outAt + 2 * TILE);
        FloatVector s2b = FloatVector.fromArray(FLOATS, scratch, outAt + 2 * TILE + LANES);
        FloatVector s3a = FloatVector.fromArray(FLOATS, scratch, outAt + 3 * TILE);
        FloatVector s3b = FloatVector.fromArray(FLOATS, scratch, outAt + 3 * TILE + LANES);
        for (int j = 0; j < keys; j++) {
            FloatVector ta = FloatVector.fromArray(FLOATS, scratch, scoresAt + j * TILE);
            FloatVector tb = FloatVector.fromArray(FLOATS, scratch, scoresAt + j * TILE + LANES);
            FloatVector x0 = FloatVector.broadcast(FLOATS, valuePanels[valuesAt + j * Kernels.VALUE_PANEL]);
            s0a = x0.fma(ta, s0a);
            s0b = x0.fma(tb, s0b);
            FloatVector x1 = FloatVector.broadcast(FLOATS, valuePanels[valuesAt + j * Kernels.VALUE_PANEL + 1]);
            s1a = x1.fma(ta, s1a);
            s1b = x1.fma(tb, s1b);
            FloatVector x2 = FloatVector.broadcast(FLOATS, valuePanels[valuesAt + j * Kernels.VALUE_PANEL + 2]);
            s2a = x2.fma(ta, s2a);
            s2b = x2.fma(tb, s2b);
            FloatVector x3 = FloatVector.broadcast(FLOATS, valuePanels[valuesAt + j * Kernels.VALUE_PANEL + 3]);
            s3a = x3.fma(ta, s3a);
            s3b = x3.fma(tb, s3b);
        }
        s0a.intoArray(scratch, outAt);
        s0b.intoArray(scratch, outAt + LANES);
        s1a.intoArray(scratch, outAt + 1 * TILE);
        s1b.intoArray(scratch, outAt + 1 * TILE + LANES);
        s2a.intoArray(scratch, outAt + 2 * TILE);
        s2b.intoArray(scratch, outAt + 2 * TILE + LANES);
        s3a.intoArray(scratch, outAt + 3 * TILE);
        s3b.intoArray(scratch, outAt + 3 * TILE + LANES);
    }
}
