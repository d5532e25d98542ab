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

    static final float LOG2_E = 1.442695f;
    static final float LN_2 = 0.6931472f;
    /** GELU's tanh formula is x times the logistic function of 2 sqrt(2 / pi) (x + 0.044715 x^3); here as power of two. */
    static final float TANH_LINEAR = (float) (-2 * Math.sqrt(2 / Math.PI) / Math.log(2));
    static final float TANH_CUBIC = TANH_LINEAR * 0.044715f;
    /** (2^f - 1) / f on [-1/2, 1/2], a shorter fit than above, minimax for the relative error of 2^f. */
    static final float P1 = 0.693147f;
    static final float P2 = 0.24022247f;
    static final float P3 = 0.05550711f;
    static final float P4 = 0.009671291f;
    static final float P5 = 0.0013269521f;
    /** Powers of two below are taken as 0: their exponents are rounded to one that no normal number has. */
    static final float LEAST = -126.5f;

    /** Keys of a block of fused attention. 64 to 256 measured alike; the scores of a block stay in the first-level cache. */
    static final int KEY_BLOCK = 128;
    /** Below every score; finite, because infinity minus infinity is not a number. */
    static final float LOWEST = -1e30f;

    /** What is added to weights that have no minimum: any number stays as it is, zeros of either sign too. */
    static final float NO_MINIMUM = -0f;

    /** Whether the machine multiplies and adds in one instruction. */
    static final boolean FUSED = isFused();

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
        float r = fma(a, a, s);
        float g = fma(s, C, MAGIC);
        float f = fma(r, -C, fma(s, C, MAGIC - g));
        float p = fma(E6, f, E5);
        p = fma(p, f, E4);
        p = fma(p, f, E3);
        p = fma(p, f, E2);
        p = fma(p, f, E1);
        float b = a / fma(a, K, D);
        float h = b - B;
        float q = fma(Q8, h, Q7);
        q = fma(q, h, Q6);
        q = fma(q, h, Q5);
        q = fma(q, h, Q4);
        q = fma(q, h, Q3);
        q = fma(q, h, Q2);
        q = fma(q, h, Q1);
        q = fma(q, h, Q0);
        float bh = b * h;
        float high = fma(bh, q, b);
        float low = fma(bh, q, b - high);
        float tail = high + fma(high * f, p, low);
        tail *= Float.intBitsToFloat(Float.floatToRawIntBits(g) << 23);
        tail = a > CUT ? 0 : tail;
        return Float.intBitsToFloat(Math.max(Float.floatToRawIntBits(x), 0)) - tail;
    }

    /**
     * 2^t for t up to 127, within 2 ulp; 0 for t below -126; NaN for NaN. The whole part of t comes from rounding by a magic
     * number, whose low bits then are the exponent.
     */
    static float exp2(float t) {
        float g = t + MAGIC;
        float f = t - (g - MAGIC);
        float p = fma(f, P5, P4);
        p = fma(p, f, P3);
        p = fma(p, f, P2);
        p = fma(p, f, P1);
        p = fma(p, f, 1);
        p *= Float.intBitsToFloat(Float.floatToRawIntBits(g) << 23);
        return t < LEAST ? 0 : p;
    }

    /** x / (1 + 2^t); beyond 2^126 the quotient is as good as 0, and stays finite. */
    static float logistic(float x, float t) {
        return x / (exp2(t > 126 ? 126 : t) + 1);
    }

    /** cap * tanh(s / cap) for a score in powers of two: s is log2(e) times the score, and so is the result. */
    static float softCap(float s, float cap) {
        float t = s * (2 / cap); // 2 log2(e) times the argument of tanh
        return fma(-2 * cap * LOG2_E, 1 / (exp2(t > 126 ? 126 : t) + 1), cap * LOG2_E);
    }

    /** a * b + c with one rounding; where the machine cannot do that, and the exact emulation would take 1 us, with two. */
    static float fma(float a, float b, float c) {
        return FUSED ? Math.fma(a, b, c) : a * b + c;
    }

    /** Whether an fma is one instruction: some 100 ns in the interpreter at worst, the emulation more than 1 us. */
    private static boolean isFused() {
        long least = Long.MAX_VALUE;
        float x = 0.5f;
        for (int round = 0; round < 5; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < 50; i++) {
                x = Math.fma(x, 0.7f, 0.1f);
            }
            least = Math.min(least, (System.nanoTime() - start) / 50); // the first rounds may be disturbed
        }
        return x > 0 && least < 600; // x converges to 1/3; using it keeps the loop
    }
}
