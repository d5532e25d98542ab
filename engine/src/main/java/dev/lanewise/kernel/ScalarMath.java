package dev.lanewise.kernel;

/** Functions of one number, and their constants: the specification of their vector forms, operation by operation. */
final class ScalarMath {
    /** 1.5 * 2^23 + 127: adding it rounds to a whole number that stands in the low bits, biased as an exponent. */
    static final float MAGIC = 12583039f;
    /** log2(e) / 2 as a float; the fit below is for exactly this float. */
    static final float C = 0.7213475f;
    /** (2^f - 1) / f on [-1/2, 1/2]. */
    static final float E1 = 0.6931472f;
    static final float E2 = 0.24022648f;
    static final float E3 = 0.0555036f;
    static final float E4 = 0.009618506f;
    static final float E5 = 0.0013390806f;
    static final float E6 = 0.00015326471f;
    static final float D = 3.0f;
    static final float K = 1.149f;
    static final float B = 0.2979876f;
    static final float Q0 = -1.4476846f;
    static final float Q1 = 0.88568467f;
    static final float Q2 = 0.26717237f;
    static final float Q3 = -0.46454397f;
    static final float Q4 = -0.25554353f;
    static final float Q5 = 0.22332256f;
    static final float Q6 = 0.32030722f;
    static final float Q7 = -0.013887481f;
    static final float Q8 = -0.2878964f;
    /** Beyond it the tail is below 3.4e-39 and taken as 0. */
    static final float CUT = 13.24f;

    private ScalarMath() {}

    /**
     * x * Phi(x): at most 2 floats away from the correctly rounded value, for every float (checked against all 2^32, and in
     * steps by a test).
     *
     * <p>gelu(x) = max(x, 0) - a * Phi(-a) with a = |x|, so one tail function serves both signs with relative accuracy.
     * a * Phi(-a) = 2^(-C a^2) * a * Q(a); Q is fitted, for the rounded C, as b * (1 + h * q(h)) with b = a / (D + K a) and
     * h = b - B, a Moebius map of [0, 13.2] to a short interval. a^2 = -s + r with the residual r of an fma; -C a^2 is split
     * into whole and fractional part by rounding with a magic number, whose low bits become the bits of 2^n. {@code low}
     * recovers the rounding of {@code high}, exactly, as the bracket is within [1/2, 3/2].
     */
    static float gelu(float x) {
        float a = Math.abs(x);
        float s = a * -a;
        float r = Math.fma(a, a, s);
        float g = Math.fma(s, C, MAGIC);
        float f = Math.fma(r, -C, Math.fma(s, C, MAGIC - g));
        float p = Math.fma(E6, f, E5);
        p = Math.fma(p, f, E4);
        p = Math.fma(p, f, E3);
        p = Math.fma(p, f, E2);
        p = Math.fma(p, f, E1);
        float b = a / Math.fma(a, K, D);
        float h = b - B;
        float q = Math.fma(Q8, h, Q7);
        q = Math.fma(q, h, Q6);
        q = Math.fma(q, h, Q5);
        q = Math.fma(q, h, Q4);
        q = Math.fma(q, h, Q3);
        q = Math.fma(q, h, Q2);
        q = Math.fma(q, h, Q1);
        q = Math.fma(q, h, Q0);
        float bh = b * h;
        float high = Math.fma(bh, q, b);
        float low = Math.fma(bh, q, b - high);
        float tail = high + Math.fma(high * f, p, low);
        tail *= Float.intBitsToFloat(Float.floatToRawIntBits(g) << 23);
        tail = a > CUT ? 0 : tail;
        return Float.intBitsToFloat(Math.max(Float.floatToRawIntBits(x), 0)) - tail;
    }
}
