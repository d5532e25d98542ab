package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Activations, in place; counts are multiples of 32. */
final class VectorActivation {
    private VectorActivation() {}

    /** The operations of {@link ScalarMath#gelu} in their order; one method, large enough to be compiled alone. */
    static void gelu(float[] x, int at, int count) {
        for (int i = at; i < at + count; i += LANES) {
            FloatVector v = FloatVector.fromArray(FLOATS, x, i);
            FloatVector a = v.abs();
            FloatVector s = a.mul(a.neg());
            FloatVector r = a.fma(a, s);
            FloatVector c = FloatVector.broadcast(FLOATS, ScalarMath.C);
            FloatVector magic = FloatVector.broadcast(FLOATS, ScalarMath.MAGIC);
            FloatVector g = s.fma(c, magic);
            FloatVector f = r.fma(FloatVector.broadcast(FLOATS, -ScalarMath.C), s.fma(c, magic.sub(g)));
            FloatVector p = f.fma(FloatVector.broadcast(FLOATS, ScalarMath.E6),
                    FloatVector.broadcast(FLOATS, ScalarMath.E5));
            p = p.fma(f, FloatVector.broadcast(FLOATS, ScalarMath.E4));
            p = p.fma(f, FloatVector.broadcast(FLOATS, ScalarMath.E3));
            p = p.fma(f, FloatVector.broadcast(FLOATS, ScalarMath.E2));
            p = p.fma(f, FloatVector.broadcast(FLOATS, ScalarMath.E1));
            FloatVector b = a.div(a.fma(FloatVector.broadcast(FLOATS, ScalarMath.K),
                    FloatVector.broadcast(FLOATS, ScalarMath.D)));
            FloatVector h = b.sub(ScalarMath.B);
            FloatVector q = h.fma(FloatVector.broadcast(FLOATS, ScalarMath.Q8),
                    FloatVector.broadcast(FLOATS, ScalarMath.Q7));
            q = q.fma(h, FloatVector.broadcast(FLOATS, ScalarMath.Q6));
            q = q.fma(h, FloatVector.broadcast(FLOATS, ScalarMath.Q5));
            q = q.fma(h, FloatVector.broadcast(FLOATS, ScalarMath.Q4));
            q = q.fma(h, FloatVector.broadcast(FLOATS, ScalarMath.Q3));
            q = q.fma(h, FloatVector.broadcast(FLOATS, ScalarMath.Q2));
            q = q.fma(h, FloatVector.broadcast(FLOATS, ScalarMath.Q1));
            q = q.fma(h, FloatVector.broadcast(FLOATS, ScalarMath.Q0));
            FloatVector bh = b.mul(h);
            FloatVector high = bh.fma(q, b);
            FloatVector low = bh.fma(q, b.sub(high));
            FloatVector tail = high.add(high.mul(f).fma(p, low));
            tail = tail.mul(g.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
            tail = tail.blend(0, a.compare(VectorOperators.GT, ScalarMath.CUT));
            v.reinterpretAsInts().max(0).reinterpretAsFloats().sub(tail).intoArray(x, i);
        }
    }

    static void geluTanh(float[] x, int at, int count) {
        logistic(x, at, count, ScalarMath.TANH_LINEAR, ScalarMath.TANH_CUBIC);
    }

    static void silu(float[] x, int at, int count) {
        logistic(x, at, count, -ScalarMath.LOG2_E, 0);
    }

    /**
     * {@link ScalarMath#logistic} of {@code t = x * (linear + cubic * x^2)}. {@link VectorMath#exp2} is written out: what is called with
     * vectors is not inlined where it was compiled alone before and this method has no profile, and makes objects of them.
     */
    private static void logistic(float[] x, int at, int count, float linear, float cubic) {
        FloatVector first = FloatVector.broadcast(FLOATS, linear);
        FloatVector third = FloatVector.broadcast(FLOATS, cubic);
        FloatVector magic = FloatVector.broadcast(FLOATS, ScalarMath.MAGIC);
        int largest = Float.floatToRawIntBits(Float.MAX_VALUE); // no infinite square, which times 0 would be NaN
        for (int i = at; i < at + count; i += LANES) {
            FloatVector v = FloatVector.fromArray(FLOATS, x, i);
            FloatVector square = v.mul(v).reinterpretAsInts().min(largest).reinterpretAsFloats();
            FloatVector t = square.fma(third, first).mul(v).min(126).max(-127);
            FloatVector g = t.add(magic);
            FloatVector f = t.sub(g.sub(magic));
            FloatVector p = f.fma(FloatVector.broadcast(FLOATS, ScalarMath.P5),
                    FloatVector.broadcast(FLOATS, ScalarMath.P4));
            p = p.fma(f, FloatVector.broadcast(FLOATS, ScalarMath.P3));
            p = p.fma(f, FloatVector.broadcast(FLOATS, ScalarMath.P2));
            p = p.fma(f, FloatVector.broadcast(FLOATS, ScalarMath.P1));
            p = p.fma(f, FloatVector.broadcast(FLOATS, 1));
            p = p.mul(g.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
            v.div(p.add(1)).intoArray(x, i);
        }
    }

    static void relu(float[] x, int at, int count) {
        for (int i = at; i < at + count; i += LANES) {
            FloatVector v = FloatVector.fromArray(FLOATS, x, i);
            v.blend(0, v.compare(VectorOperators.LT, 0)).intoArray(x, i);
        }
    }

    /**
     * See {@link ScalarMath#softCap}.
     *
     * @param unit times this, x is in units of log2(e)
     * @param back times this, the result is in those of x
     */
    static void softCap(float[] x, int at, int count, float cap, float unit, float back) {
        FloatVector factor = FloatVector.broadcast(FLOATS, -2 * cap * ScalarMath.LOG2_E);
        FloatVector most = FloatVector.broadcast(FLOATS, cap * ScalarMath.LOG2_E);
        FloatVector one = FloatVector.broadcast(FLOATS, 1);
        for (int i = at; i < at + count; i += LANES) {
            FloatVector.fromArray(FLOATS, x, i).mul(unit).mul(2 / cap).min(126).intoArray(x, i);
        }
        VectorMath.exp2(x, at, count);
        for (int i = at; i < at + count; i += LANES) {
            factor.fma(one.div(FloatVector.fromArray(FLOATS, x, i).add(1)), most).mul(back).intoArray(x, i);
        }
    }
}
