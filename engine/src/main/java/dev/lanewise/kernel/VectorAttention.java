package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Fused attention with lanes as queries: a tile of queries is transposed once, scores are computed transposed, and so the
 * running maximum and sum of the softmax are lane-wise and never reduced across a vector. Keys come in blocks of
 * {@link #BLOCK}; for each block
 * <ol>
 * <li>scores: {@code [block][queries]}, from keys packed in panels and broadcast;
 * <li>the new maximum, and what earlier sums have to be multiplied with;
 * <li>weights: 2^(score - maximum), in place, and their sum;
 * <li>outputs {@code [headSize][queries]} += values, packed in panels and broadcast, times weights.
 * </ol>
 * Both are packed because their rows lie a multiple of a large power of two apart, and would fall on each other in the
 * first-level cache. The queries are scaled by log2(e) as well, so that the exponential is a power of two. Every lane goes through the same
 * operations whatever the other lanes hold: a query's result does not depend on its neighbours.
 */
final class VectorAttention {
    /** Queries of a tile: two vectors. */
    static final int TILE = 2 * LANES;
    private static final int BLOCK = ScalarMath.KEY_BLOCK;
    /** Keys, or elements of a head, of a register tile; a panel of keys has a whole number of them. */
    private static final int ROWS = Simd.MANY_REGISTERS ? 8 : 4;

    private static final FloatVector LOG2_E = FloatVector.broadcast(FLOATS, ScalarMath.LOG2_E);

    private VectorAttention() {}

    /** Query tile, output tile (its last rows are padding), scores of a block, maximum, sum, rescaling, lane numbers. */
    static int scratch(int headSize) {
        return headSize * TILE + (headSize + ROWS) * TILE + BLOCK * TILE + 4 * TILE;
    }

    static void attend(float[] out, int outAt, int outStride, float[] query, int queryAt, int queryStride, int queries,
            int place, float[][] keyPages, int keysAt, float[][] valuePages, int valuesAt, int valuePanelRows,
            int pageKeys, int keys, int headSize, ScoreRule rule, float[] bias, int biasAt, float[] scratch) {
        int outputs = headSize * TILE;
        int scores = outputs + (headSize + ROWS) * TILE;
        int maximum = scores + BLOCK * TILE;
        int sum = maximum + TILE;
        int rescale = sum + TILE;
        int numbers = rescale + TILE;
        loadQueries(scratch, query, queryAt, queryStride, queries, headSize, rule.scale() * ScalarMath.LOG2_E);
        java.util.Arrays.fill(scratch, outputs, scores, 0);
        java.util.Arrays.fill(scratch, maximum, sum, ScalarMath.LOWEST);
        java.util.Arrays.fill(scratch, sum, rescale, 0);
        for (int lane = 0; lane < TILE; lane++) {
            scratch[numbers + lane] = Math.min(lane, queries - 1);
        }
        int lastPlace = place + queries - 1;
        int end = rule.end(lastPlace, keys);
        for (int from = rule.first(place) / BLOCK * BLOCK; from < end; from += BLOCK) {
            int count = Math.min(BLOCK, end - from);
            int page = from / pageKeys;
            int within = from % pageKeys;
            scoreBlock(scratch, scores, keyPages[page], keysAt + within * headSize, count, headSize);
            if (bias != null) {
                addBias(scratch, scores, count, bias, biasAt + place - from);
            }
            if (rule.softCap() != 0) {
                softCap(scratch, scores, count, rule.softCap());
            }
            if (from + count > rule.end(place, keys) || from < rule.first(lastPlace)) {
                mask(scratch, scores, count, numbers, (float) ((long) place + rule.after() - from),
                        (float) ((long) place - rule.before() - from));
            }
            for (int lane = 0; lane < TILE; lane += LANES) {
                maximum(scratch, scores + lane, count, maximum + lane, sum + lane, rescale + lane);
                weights(scratch, scores + lane, count, maximum + lane, sum + lane);
            }
            rescale(scratch, outputs, headSize, rescale);
            valueBlock(scratch, outputs, scores, valuePages[page], valuesAt + within * Kernels.VALUE_PANEL,
                    valuePanelRows, count, headSize);
        }
        storeOutputs(out, outAt, outStride, queries, headSize, scratch, outputs, sum);
    }

    /** What is added by distance; the distance grows from lane to lane and shrinks from key to key. */
    private static void addBias(float[] scratch, int scores, int count, float[] bias, int biasAt) {
        for (int j = 0; j < count; j++) {
            int at = scores + j * TILE;
            FloatVector b0 = FloatVector.fromArray(FLOATS, bias, biasAt - j);
            FloatVector b1 = FloatVector.fromArray(FLOATS, bias, biasAt - j + LANES);
            b0.fma(LOG2_E, FloatVector.fromArray(FLOATS, scratch, at)).intoArray(scratch, at);
            b1.fma(LOG2_E, FloatVector.fromArray(FLOATS, scratch, at + LANES)).intoArray(scratch, at + LANES);
        }
    }

    private static void softCap(float[] scratch, int scores, int count, float cap) {
        FloatVector factor = FloatVector.broadcast(FLOATS, -2 * cap * ScalarMath.LOG2_E);
        FloatVector most = FloatVector.broadcast(FLOATS, cap * ScalarMath.LOG2_E);
        FloatVector one = FloatVector.broadcast(FLOATS, 1);
        for (int at = scores; at < scores + count * TILE; at += LANES) {
            FloatVector t = FloatVector.fromArray(FLOATS, scratch, at).mul(2 / cap);
            t = t.blend(126, t.compare(VectorOperators.GT, 126));
            factor.fma(one.div(VectorMath.exp2(t).add(1)), most).intoArray(scratch, at);
        }
    }

    /**
     * Scores of keys that a query does not see become minus infinity: key j is seen by query q if
     * {@code first + q <= j <= last + q}. Arithmetic, because masks would become objects: a place too far makes
     * {@code min(0, places left)} negative, and twice that times the largest float is infinite.
     */
    private static void mask(float[] scratch, int scores, int count, int numbers, float last, float first) {
        FloatVector q0 = FloatVector.fromArray(FLOATS, scratch, numbers);
        FloatVector q1 = FloatVector.fromArray(FLOATS, scratch, numbers + LANES);
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector last0 = q0.add(last);
        FloatVector last1 = q1.add(last);
        FloatVector first0 = q0.add(first);
        FloatVector first1 = q1.add(first);
        for (int j = 0; j < count; j++) {
            int at = scores + j * TILE;
            FloatVector place = FloatVector.broadcast(FLOATS, j);
            FloatVector left0 = last0.sub(place).min(place.sub(first0)).min(zero);
            FloatVector left1 = last1.sub(place).min(place.sub(first1)).min(zero);
            FloatVector s0 = FloatVector.fromArray(FLOATS, scratch, at);
            FloatVector s1 = FloatVector.fromArray(FLOATS, scratch, at + LANES);
            s0.add(left0.add(left0).mul(Float.MAX_VALUE)).intoArray(scratch, at);
            s1.add(left1.add(left1).mul(Float.MAX_VALUE)).intoArray(scratch, at + LANES);
        }
    }

    /** Transposes and scales a tile of queries; lanes without a query repeat the last one. */
    private static void loadQueries(float[] scratch, float[] query, int queryAt, int stride, int queries, int headSize,
            float scale) {
        for (int q = 0; q < TILE; q++) {
            int row = queryAt + Math.min(q, queries - 1) * stride;
            for (int c = 0; c < headSize; c++) {
                scratch[c * TILE + q] = query[row + c] * scale;
            }
        }
    }

    private static void storeOutputs(float[] out, int outAt, int stride, int queries, int headSize, float[] scratch,
            int outputs, int sum) {
        for (int q = 0; q < queries; q++) {
            float factor = 1 / scratch[sum + q];
            int row = outAt + q * stride;
            for (int c = 0; c < headSize; c++) {
                out[row + c] = scratch[outputs + c * TILE + q] * factor;
            }
        }
    }

    /** The last tile may reach beyond the keys, into the zeros of the last panel; nobody reads those scores. */
    private static void scoreBlock(float[] scratch, int scores, float[] keyPanels, int keysAt, int count,
            int headSize) {
        for (int j = 0; j < count; j += ROWS) {
            int keys = keysAt + j / Kernels.KEY_PANEL * Kernels.KEY_PANEL * headSize + j % Kernels.KEY_PANEL;
            if (ROWS == 8) {
                scores8(scratch, scores + j * TILE, 0, keyPanels, keys, headSize);
            } else {
                scores4(scratch, scores + j * TILE, 0, keyPanels, keys, headSize);
            }
        }
    }

    /** The last tile may reach beyond the head, into the zeros of the last panel; nobody reads those outputs. */
    private static void valueBlock(float[] scratch, int outputs, int scores, float[] valuePanels, int valuesAt,
            int rows, int count, int headSize) {
        for (int c = 0; c < headSize; c += ROWS) {
            int values = valuesAt + c / Kernels.VALUE_PANEL * Kernels.VALUE_PANEL * rows + c % Kernels.VALUE_PANEL;
            if (ROWS == 8) {
                values8(scratch, outputs + c * TILE, scores, valuePanels, values, count);
            } else {
                values4(scratch, outputs + c * TILE, scores, valuePanels, values, count);
            }
        }
    }

    private static void rescale(float[] scratch, int outputs, int headSize, int rescale) {
        FloatVector fa = FloatVector.fromArray(FLOATS, scratch, rescale);
        FloatVector fb = FloatVector.fromArray(FLOATS, scratch, rescale + LANES);
        for (int at = outputs; at < outputs + headSize * TILE; at += TILE) {
            FloatVector.fromArray(FLOATS, scratch, at).mul(fa).intoArray(scratch, at);
            FloatVector.fromArray(FLOATS, scratch, at + LANES).mul(fb).intoArray(scratch, at + LANES);
        }
    }

    /**
     * The maximum so far of one vector of queries, and the factor 2^(old - new) for what was summed under the old one.
     * Compare and blend instead of {@code max}, whose rules for NaN and zeros cost more; a NaN score is passed over here
     * and still makes its weight NaN.
     */
    private static void maximum(float[] scratch, int scores, int count, int maximum, int sum, int rescale) {
        FloatVector before = FloatVector.fromArray(FLOATS, scratch, maximum);
        FloatVector m0 = before;
        FloatVector m1 = before;
        int j = 0;
        for (; j + 1 < count; j += 2) {
            FloatVector s0 = FloatVector.fromArray(FLOATS, scratch, scores + j * TILE);
            FloatVector s1 = FloatVector.fromArray(FLOATS, scratch, scores + j * TILE + TILE);
            m0 = m0.blend(s0, s0.compare(VectorOperators.GT, m0));
            m1 = m1.blend(s1, s1.compare(VectorOperators.GT, m1));
        }
        if (j < count) {
            FloatVector s0 = FloatVector.fromArray(FLOATS, scratch, scores + j * TILE);
            m0 = m0.blend(s0, s0.compare(VectorOperators.GT, m0));
        }
        m0 = m0.blend(m1, m1.compare(VectorOperators.GT, m0));
        m0.intoArray(scratch, maximum);
        FloatVector factor = VectorMath.exp2(before.sub(m0));
        factor.intoArray(scratch, rescale);
        FloatVector.fromArray(FLOATS, scratch, sum).mul(factor).intoArray(scratch, sum);
    }

    /**
     * Scores to weights 2^(score - maximum) for one vector of queries, and their sum. The exponential is written out, see
     * {@link VectorMath#exp2}: as a call it would be inlined only where it is hot already. Two keys at a time: with four, the
     * method had so many vector calls that in some processes the compiler stopped inlining before the last, and each weight
     * became an object.
     */
    private static void weights(float[] scratch, int scores, int count, int maximum, int sum) {
        FloatVector m = FloatVector.fromArray(FLOATS, scratch, maximum);
        FloatVector total = FloatVector.fromArray(FLOATS, scratch, sum);
        FloatVector magic = FloatVector.broadcast(FLOATS, ScalarMath.MAGIC);
        FloatVector least = FloatVector.broadcast(FLOATS, ScalarMath.LEAST);
        FloatVector e5 = FloatVector.broadcast(FLOATS, ScalarMath.P5);
        FloatVector e4 = FloatVector.broadcast(FLOATS, ScalarMath.P4);
        FloatVector e3 = FloatVector.broadcast(FLOATS, ScalarMath.P3);
        FloatVector e2 = FloatVector.broadcast(FLOATS, ScalarMath.P2);
        FloatVector e1 = FloatVector.broadcast(FLOATS, ScalarMath.P1);
        FloatVector one = FloatVector.broadcast(FLOATS, 1);
        FloatVector zero = FloatVector.zero(FLOATS);
        int j = 0;
        for (; j + 1 < count; j += 2) {
            int at = scores + j * TILE;
            FloatVector t0 = FloatVector.fromArray(FLOATS, scratch, at).sub(m);
            FloatVector t1 = FloatVector.fromArray(FLOATS, scratch, at + TILE).sub(m);
            FloatVector g0 = t0.add(magic);
            FloatVector g1 = t1.add(magic);
            FloatVector f0 = t0.sub(g0.sub(magic));
            FloatVector f1 = t1.sub(g1.sub(magic));
            FloatVector p0 = f0.fma(e5, e4);
            FloatVector p1 = f1.fma(e5, e4);
            p0 = p0.fma(f0, e3);
            p1 = p1.fma(f1, e3);
            p0 = p0.fma(f0, e2);
            p1 = p1.fma(f1, e2);
            p0 = p0.fma(f0, e1);
            p1 = p1.fma(f1, e1);
            p0 = p0.fma(f0, one);
            p1 = p1.fma(f1, one);
            p0 = p0.mul(g0.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
            p1 = p1.mul(g1.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
            p0 = p0.blend(zero, t0.compare(VectorOperators.LT, least));
            p1 = p1.blend(zero, t1.compare(VectorOperators.LT, least));
            p0.intoArray(scratch, at);
            p1.intoArray(scratch, at + TILE);
            total = total.add(p0).add(p1);
        }
        if (j < count) {
            FloatVector p = VectorMath.exp2(FloatVector.fromArray(FLOATS, scratch, scores + j * TILE).sub(m));
            p.intoArray(scratch, scores + j * TILE);
            total = total.add(p);
        }
        total.intoArray(scratch, sum);
    }

    /** Scores of 8 keys against all queries of the tile. */
    private static void scores8(float[] scratch, int outAt, int queryAt, float[] keyPanels, int keysAt, int headSize) {
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
    private static void scores4(float[] scratch, int outAt, int queryAt, float[] keyPanels, int keysAt, int headSize) {
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
    private static void values8(float[] scratch, int outAt, int scoresAt, float[] valuePanels, int valuesAt,
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
    private static void values4(float[] scratch, int outAt, int scoresAt, float[] valuePanels, int valuesAt,
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
