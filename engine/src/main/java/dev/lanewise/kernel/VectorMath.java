package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/** Functions that several kernels use. */
final class VectorMath {
    private static final VectorShuffle<Float> FOLD8 = fold(8);
    private static final VectorShuffle<Float> FOLD4 = fold(4);
    private static final VectorShuffle<Float> FOLD2 = fold(2);
    private static final VectorShuffle<Float> FOLD1 = fold(1);

    private VectorMath() {}

    /**
     * 2^t of some floats, in place, the operations of {@link ScalarMath#exp2} in their order. A limit takes the place of the comparison there, as masks became
     * objects in some processes: 2^-127 is 0 here, and so is all that is rounded to its exponent.
     */
    static void exp2(float[] x, int at, int count) {
        FloatVector magic = FloatVector.broadcast(FLOATS, ScalarMath.MAGIC);
        for (int i = at; i < at + count; i += LANES) {
            FloatVector t = FloatVector.fromArray(FLOATS, x, i).max(-127);
            FloatVector g = t.add(magic);
            FloatVector f = t.sub(g.sub(magic));
            FloatVector p = f.fma(FloatVector.broadcast(FLOATS, ScalarMath.P5),
                    FloatVector.broadcast(FLOATS, ScalarMath.P4));
            p = p.fma(f, FloatVector.broadcast(FLOATS, ScalarMath.P3));
            p = p.fma(f, FloatVector.broadcast(FLOATS, ScalarMath.P2));
            p = p.fma(f, FloatVector.broadcast(FLOATS, ScalarMath.P1));
            p = p.fma(f, FloatVector.broadcast(FLOATS, 1));
            p.mul(g.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats()).intoArray(x, i);
        }
    }

    /**
     * The sum of 16 parts, folded in halves; {@code reduceLanes} does not promise an order. One vector of 16 lanes, two of
     * 8 or four of 4 hold the parts, the others do not count.
     */
    static float sumOfParts(FloatVector a, FloatVector b, FloatVector c, FloatVector d) {
        FloatVector s;
        if (LANES == 16) {
            s = a.add(a.rearrange(FOLD8));
            s = s.add(s.rearrange(FOLD4));
        } else if (LANES == 8) {
            s = a.add(b);
            s = s.add(s.rearrange(FOLD4));
        } else {
            s = a.add(c).add(b.add(d));
        }
        s = s.add(s.rearrange(FOLD2));
        s = s.add(s.rearrange(FOLD1));
        return s.lane(0);
    }

    /**
     * The 16-bit float in the upper half of each lane as a float: exponent and fraction moved into place, the sign left in
     * its own, are the value times 2^-112, subnormals included. Infinities and NaN do not occur in weights.
     */
    static FloatVector half(IntVector high) {
        return high.lanewise(VectorOperators.ASHR, 3).and(0x8FFFE000).reinterpretAsFloats().mul(0x1p112f);
    }

    private static VectorShuffle<Float> fold(int distance) {
        return VectorShuffle.fromOp(FLOATS, i -> (i + distance) % LANES);
    }
}
