package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/** Functions of one vector. */
final class VectorMath {
    /** Adding it rounds to a whole number, which then stands in the low bits: 1.5 * 2^23. */
    static final float ROUND = 12582912f;
    /** Below, powers of two are no normal numbers; they are taken as 2^-126. */
    static final float LEAST = -126;
    /** 2^f for f in [-1/2, 1/2], minimax for the relative error; with rounding at most 1.2 ulp. */
    static final float C0 = 1.0000001f;
    static final float C1 = 0.693146967f;
    static final float C2 = 0.2402212f;
    static final float C3 = 0.055507133f;
    static final float C4 = 0.0096755415f;
    static final float C5 = 0.0013276472f;

    private static final VectorShuffle<Float> FOLD8 = fold(8);
    private static final VectorShuffle<Float> FOLD4 = fold(4);
    private static final VectorShuffle<Float> FOLD2 = fold(2);
    private static final VectorShuffle<Float> FOLD1 = fold(1);

    private VectorMath() {}

    /** 2^t for t up to 127; NaN stays NaN. */
    static FloatVector exp2(FloatVector exponent) {
        FloatVector t = exponent.blend(LEAST, exponent.compare(VectorOperators.LT, LEAST));
        FloatVector g = t.add(ROUND);
        FloatVector f = t.sub(g.sub(ROUND));
        FloatVector p = f.fma(FloatVector.broadcast(FLOATS, C5), FloatVector.broadcast(FLOATS, C4));
        p = p.fma(f, FloatVector.broadcast(FLOATS, C3));
        p = p.fma(f, FloatVector.broadcast(FLOATS, C2));
        p = p.fma(f, FloatVector.broadcast(FLOATS, C1));
        p = p.fma(f, FloatVector.broadcast(FLOATS, C0));
        return p.reinterpretAsInts().add(g.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
                .reinterpretAsFloats();
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
