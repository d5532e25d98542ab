package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Transposes squares of 16 x 16 floats in registers, for vectors of 16 lanes: four rounds, each of which exchanges one bit of
 * the row with the same bit of the lane. Two rounds need four rows at a time, so that neither registers nor the compiler's
 * budget run out. Element by element the same took a quarter of the time of attention over 128 keys.
 */
final class VectorTranspose {
    /** The side of a square. */
    static final int SIDE = 16;
    /** Whether vectors have 16 lanes. */
    static final boolean AVAILABLE = LANES == SIDE;

    private static final VectorShuffle<Float> EXCHANGE_8 = exchange(8);
    private static final VectorShuffle<Float> EXCHANGE_4 = exchange(4);
    private static final VectorShuffle<Float> EXCHANGE_2 = exchange(2);
    private static final VectorShuffle<Float> EXCHANGE_1 = exchange(1);
    private static final VectorMask<Float> WITH_8 = lanesWith(8);
    private static final VectorMask<Float> WITH_4 = lanesWith(4);
    private static final VectorMask<Float> WITH_2 = lanesWith(2);
    private static final VectorMask<Float> WITH_1 = lanesWith(1);
    private static final VectorMask<Float> WITHOUT_8 = WITH_8.not();
    private static final VectorMask<Float> WITHOUT_4 = WITH_4.not();
    private static final VectorMask<Float> WITHOUT_2 = WITH_2.not();
    private static final VectorMask<Float> WITHOUT_1 = WITH_1.not();

    private VectorTranspose() {}

    /**
     * The first half of a transposition: to be called for rows i, i + 4, i + 8 and i + 12, i from 0 to 3.
     *
     * @param half gets {@code [16][16]} from {@code halfAt} on, the row i of it and those 4, 8 and 12 behind
     * @param x0 where row i begins, {@code x1} row i + 4, and so on
     * @param factors lane by lane, each row is multiplied with {@code [16]} from {@code factorsAt} on
     */
    static void first(float[] half, int halfAt, float[] x, int x0, int x1, int x2, int x3, float[] factors,
            int factorsAt) {
        FloatVector f = FloatVector.fromArray(FLOATS, factors, factorsAt);
        FloatVector a = FloatVector.fromArray(FLOATS, x, x0).mul(f);
        FloatVector b = FloatVector.fromArray(FLOATS, x, x1).mul(f);
        FloatVector c = FloatVector.fromArray(FLOATS, x, x2).mul(f);
        FloatVector d = FloatVector.fromArray(FLOATS, x, x3).mul(f);
        FloatVector ac = a.blend(c.rearrange(EXCHANGE_8), WITH_8);
        FloatVector bd = b.blend(d.rearrange(EXCHANGE_8), WITH_8);
        FloatVector ca = c.blend(a.rearrange(EXCHANGE_8), WITHOUT_8);
        FloatVector db = d.blend(b.rearrange(EXCHANGE_8), WITHOUT_8);
        ac.blend(bd.rearrange(EXCHANGE_4), WITH_4).intoArray(half, halfAt);
        bd.blend(ac.rearrange(EXCHANGE_4), WITHOUT_4).intoArray(half, halfAt + 4 * SIDE);
        ca.blend(db.rearrange(EXCHANGE_4), WITH_4).intoArray(half, halfAt + 8 * SIDE);
        db.blend(ca.rearrange(EXCHANGE_4), WITHOUT_4).intoArray(half, halfAt + 12 * SIDE);
    }

    /**
     * The second half: to be called for rows i to i + 3, i from 0 to 12 in steps of 4.
     *
     * @param out0 where row i of the result begins, {@code out1} row i + 1, and so on
     * @param half what {@link #first} left, from row i on
     */
    static void second(float[] out, int out0, int out1, int out2, int out3, float[] half, int halfAt) {
        FloatVector a = FloatVector.fromArray(FLOATS, half, halfAt);
        FloatVector b = FloatVector.fromArray(FLOATS, half, halfAt + SIDE);
        FloatVector c = FloatVector.fromArray(FLOATS, half, halfAt + 2 * SIDE);
        FloatVector d = FloatVector.fromArray(FLOATS, half, halfAt + 3 * SIDE);
        FloatVector ac = a.blend(c.rearrange(EXCHANGE_2), WITH_2);
        FloatVector bd = b.blend(d.rearrange(EXCHANGE_2), WITH_2);
        FloatVector ca = c.blend(a.rearrange(EXCHANGE_2), WITHOUT_2);
        FloatVector db = d.blend(b.rearrange(EXCHANGE_2), WITHOUT_2);
        ac.blend(bd.rearrange(EXCHANGE_1), WITH_1).intoArray(out, out0);
        bd.blend(ac.rearrange(EXCHANGE_1), WITHOUT_1).intoArray(out, out1);
        ca.blend(db.rearrange(EXCHANGE_1), WITH_1).intoArray(out, out2);
        db.blend(ca.rearrange(EXCHANGE_1), WITHOUT_1).intoArray(out, out3);
    }

    private static VectorShuffle<Float> exchange(int bit) {
        return VectorShuffle.fromOp(FLOATS, lane -> (lane ^ bit) % LANES);
    }

    private static VectorMask<Float> lanesWith(int bit) {
        long lanes = 0;
        for (int lane = 0; lane < LANES; lane++) {
            lanes |= (lane & bit) != 0 ? 1L << lane : 0;
        }
        return VectorMask.fromLong(FLOATS, lanes);
    }
}
