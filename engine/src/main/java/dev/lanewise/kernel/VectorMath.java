package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/** Functions of one vector. */
final class VectorMath {
    /** (2^f - 1) / f on [-1/2, 1/2], minimax for the relative error of 2^f; with rounding 2^t is within 2 ulp. */
    static final float E1 = 0.693147f;
    static final float E2 = 0.24022247f;
    static final float E3 = 0.05550711f;
    static final float E4 = 0.009671291f;
    static final float E5 = 0.0013269521f;
    /** Powers of two below are no normal numbers, and taken as 0. */
    static final float LEAST = -126;

    private static final VectorShuffle<Float> FOLD8 = fold(8);
    private static final VectorShuffle<Float> FOLD4 = fold(4);
    private static final VectorShuffle<Float> FOLD2 = fold(2);
    private static final VectorShuffle<Float> FOLD1 = fold(1);

    private VectorMath() {}

    /**
     * 2^t for t up to 127, 0 for t below -126, NaN for NaN. The whole part of t comes from rounding by a magic number, whose
     * low bits then are the exponent; see {@link ScalarMath#MAGIC}.
     */
    static FloatVector exp2(FloatVector t) {
        FloatVector g = t.add(ScalarMath.MAGIC);
        FloatVector f = t.sub(g.sub(ScalarMath.MAGIC));
        FloatVector p = f.fma(FloatVector.broadcast(FLOATS, E5), FloatVector.broadcast(FLOATS, E4));
        p = p.fma(f, FloatVector.broadcast(FLOATS, E3));
        p = p.fma(f, FloatVector.broadcast(FLOATS, E2));
        p = p.fma(f, FloatVector.broadcast(FLOATS, E1));
        p = p.fma(f, FloatVector.broadcast(FLOATS, 1));
        return p.mul(g.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats()).blend(0,
                t.compare(VectorOperators.LT, LEAST));
    }

    /** The sum of the lanes, halves folded onto each other: a fixed order, which {@code reduceLanes} does not promise. */
    static float sum(FloatVector v) {
        FloatVector s = v;
        if (LANES == 16) {
            s = s.add(s.rearrange(FOLD8));
        }
        if (LANES >= 8) {
            s = s.add(s.rearrange(FOLD4));
        }
        s = s.add(s.rearrange(FOLD2));
        s = s.add(s.rearrange(FOLD1));
        return s.lane(0);
    }

    private static VectorShuffle<Float> fold(int distance) {
        return VectorShuffle.fromOp(FLOATS, i -> (i + distance) % LANES);
    }
}
