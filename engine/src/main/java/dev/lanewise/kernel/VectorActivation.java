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
        FloatVector cubic = FloatVector.broadcast(FLOATS, ScalarMath.TANH_CUBIC);
        FloatVector first = FloatVector.broadcast(FLOATS, ScalarMath.TANH_LINEAR);
        for (int i = at; i < at + count; i += LANES) {
            FloatVector v = FloatVector.fromArray(FLOATS, x, i);
            FloatVector t = v.mul(v).fma(cubic, first).mul(v);
            v.div(VectorMath.exp2(t.blend(126, t.compare(VectorOperators.GT, 126))).add(1)).intoArray(x, i);
        }
    }

    /**
     * {@link ScalarMath#logistic} is written out here and in {@link #geluTanh}: a method for both was compiled by itself in some
     * processes, and then not inlined, so that what it takes and returns became objects.
     */
    static void silu(float[] x, int at, int count) {
        for (int i = at; i < at + count; i += LANES) {
            FloatVector v = FloatVector.fromArray(FLOATS, x, i);
            FloatVector t = v.mul(-ScalarMath.LOG2_E);
            v.div(VectorMath.exp2(t.blend(126, t.compare(VectorOperators.GT, 126))).add(1)).intoArray(x, i);
        }
    }

    static void relu(float[] x, int at, int count) {
        for (int i = at; i < at + count; i += LANES) {
            FloatVector v = FloatVector.fromArray(FLOATS, x, i);
            v.blend(0, v.compare(VectorOperators.LT, 0)).intoArray(x, i);
        }
    }

    /** See {@link ScalarMath#softCap}. */
    static void softCap(float[] x, int at, int count, float cap) {
        FloatVector factor = FloatVector.broadcast(FLOATS, -2 * cap * ScalarMath.LOG2_E);
        FloatVector most = FloatVector.broadcast(FLOATS, cap * ScalarMath.LOG2_E);
        FloatVector one = FloatVector.broadcast(FLOATS, 1);
        for (int i = at; i < at + count; i += LANES) {
            FloatVector t = FloatVector.fromArray(FLOATS, x, i).mul(ScalarMath.LOG2_E).mul(2 / cap);
            t = t.blend(126, t.compare(VectorOperators.GT, 126));
            factor.fma(one.div(VectorMath.exp2(t).add(1)), most).mul(ScalarMath.LN_2).intoArray(x, i);
        }
    }
}
