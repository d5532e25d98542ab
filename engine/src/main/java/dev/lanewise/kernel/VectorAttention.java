package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;

import java.util.Arrays;
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
    private static final int SIDE = VectorTranspose.SIDE;
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
        Arrays.fill(scratch, rescale, numbers, rule.scale() * ScalarMath.LOG2_E);
        loadQueries(scratch, query, queryAt, queryStride, queries, headSize, rescale);
        Arrays.fill(scratch, outputs, scores, 0);
        Arrays.fill(scratch, maximum, sum, ScalarMath.LOWEST);
        Arrays.fill(scratch, sum, rescale, 0);
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
                VectorActivation.softCap(scratch, scores, count * TILE, rule.softCap(), 1, 1);
            }
            boolean outside = from < rule.first(lastPlace);
            int seenByAll = outside ? 0 : Math.clamp(rule.end(place, keys) - from, 0, count);
            if (seenByAll < count) {
                mask(scratch, scores, seenByAll, count, numbers, (float) ((long) place + rule.after() - from),
                        (float) ((long) place - rule.before() - from));
            }
            maximum(scratch, scores, count, maximum, rescale);
            rescaleSums(scratch, sum, rescale);
            for (int half = 0; half < TILE; half += LANES) {
                weights(scratch, scores + half, count, maximum + half, sum + half);
            }
            rescale(scratch, outputs, headSize, rescale);
            valueBlock(scratch, outputs, scores, valuePages[page], valuesAt + within * Kernels.VALUE_PANEL,
                    valuePanelRows, count, headSize);
        }
        for (int lane = 0; lane < TILE; lane++) {
            scratch[rescale + lane] = 1 / scratch[sum + lane];
        }
        storeOutputs(out, outAt, outStride, queries, headSize, scratch, outputs, rescale);
    }

    static void packKeys(float[] panels, int panelsAt, float[] keys, int keysAt, int stride, int count, int headSize) {
        int wholeKeys = VectorTranspose.AVAILABLE && headSize % SIDE == 0
                ? count / Kernels.KEY_PANEL * Kernels.KEY_PANEL
                : 0;
        for (int key = 0; key < wholeKeys; key += SIDE) {
            int panel = panelsAt + key / Kernels.KEY_PANEL * Kernels.KEY_PANEL * headSize + key % Kernels.KEY_PANEL;
            for (int c = 0; c < headSize; c += SIDE) {
                VectorTranspose.square(panels, panel + c * Kernels.KEY_PANEL, Kernels.KEY_PANEL, keys,
                        keysAt + key * stride + c, stride);
            }
        }
        Packing.rows(panels, panelsAt + wholeKeys * headSize, keys, keysAt + wholeKeys * stride, stride,
                count - wholeKeys, headSize, Kernels.KEY_PANEL);
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

    /**
     * Scores of keys that a query does not see become minus infinity: key j is seen by query q if
     * {@code first + q <= j <= last + q}. Arithmetic, because masks would become objects: a place too far makes
     * {@code min(0, places left)} negative, and twice that times the largest float is infinite.
     *
     * @param begin the keys before it are seen by every query of the tile
     */
    private static void mask(float[] scratch, int scores, int begin, int count, int numbers, float last, float first) {
        FloatVector q0 = FloatVector.fromArray(FLOATS, scratch, numbers);
        FloatVector q1 = FloatVector.fromArray(FLOATS, scratch, numbers + LANES);
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector last0 = q0.add(last);
        FloatVector last1 = q1.add(last);
        FloatVector first0 = q0.add(first);
        FloatVector first1 = q1.add(first);
        for (int j = begin; j < count; j++) {
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

    /**
     * Transposes and scales a tile of queries; lanes without a query repeat the last one.
     *
     * @param factors {@code [TILE]}, all the scale
     */
    private static void loadQueries(float[] scratch, float[] query, int queryAt, int stride, int queries, int headSize,
            int factors) {
        int whole = VectorTranspose.AVAILABLE ? headSize / SIDE * SIDE : 0;
        for (int q = 0; q < TILE && whole > 0; q += SIDE) {
            int first = Math.min(q, queries - 1);
            for (int c = 0; c < whole; c += SIDE) {
                VectorTranspose.square(scratch, c * TILE + q, TILE, query, queryAt + first * stride + c, stride,
                        queries - first, scratch, factors);
            }
        }
        float scale = scratch[factors];
        for (int q = 0; q < TILE; q++) {
            int row = queryAt + Math.min(q, queries - 1) * stride;
            for (int c = whole; c < headSize; c++) {
                scratch[c * TILE + q] = query[row + c] * scale;
            }
        }
    }

    /**
     * Transposes the outputs back, each divided by the sum of its weights.
     *
     * @param factors {@code [TILE]}, one over the sums
     */
    private static void storeOutputs(float[] out, int outAt, int stride, int queries, int headSize, float[] scratch,
            int outputs, int factors) {
        int wholeQueries = VectorTranspose.AVAILABLE ? queries / SIDE * SIDE : 0;
        int whole = VectorTranspose.AVAILABLE ? headSize / SIDE * SIDE : 0;
        for (int q = 0; q < wholeQueries; q += SIDE) {
            for (int c = 0; c < whole; c += SIDE) {
                VectorTranspose.square(out, outAt + q * stride + c, stride, scratch, outputs + c * TILE + q, TILE, SIDE,
                        scratch, factors + q);
            }
        }
        for (int q = 0; q < queries; q++) {
            float factor = scratch[factors + q];
            int row = outAt + q * stride;
            for (int c = q < wholeQueries ? whole : 0; c < headSize; c++) {
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
                VectorAttentionTile.scores8(scratch, scores + j * TILE, 0, keyPanels, keys, headSize);
            } else {
                VectorAttentionTile.scores4(scratch, scores + j * TILE, 0, keyPanels, keys, headSize);
            }
        }
    }

    /** The last tile may reach beyond the head, into the zeros of the last panel; nobody reads those outputs. */
    private static void valueBlock(float[] scratch, int outputs, int scores, float[] valuePanels, int valuesAt,
            int rows, int count, int headSize) {
        for (int c = 0; c < headSize; c += ROWS) {
            int values = valuesAt + c / Kernels.VALUE_PANEL * Kernels.VALUE_PANEL * rows + c % Kernels.VALUE_PANEL;
            if (ROWS == 8) {
                VectorAttentionTile.values8(scratch, outputs + c * TILE, scores, valuePanels, values, count);
            } else {
                VectorAttentionTile.values4(scratch, outputs + c * TILE, scores, valuePanels, values, count);
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
     * The maximum so far, and old - new. Both vectors of queries at once, and two keys at a time: four chains, as one alone would
     * wait for itself; an odd count has its first key twice. Compare and blend would be cheaper than {@code max} with its
     * rules for NaN and zeros; but after calls with a single key the compiler at times made an object of each vector.
     */
    private static void maximum(float[] scratch, int scores, int count, int maximum, int change) {
        FloatVector beforeA = FloatVector.fromArray(FLOATS, scratch, maximum);
        FloatVector beforeB = FloatVector.fromArray(FLOATS, scratch, maximum + LANES);
        FloatVector firstA = FloatVector.fromArray(FLOATS, scratch, scores);
        FloatVector firstB = FloatVector.fromArray(FLOATS, scratch, scores + LANES);
        FloatVector a0 = beforeA;
        FloatVector b0 = beforeB;
        FloatVector a1 = beforeA.max(firstA);
        FloatVector b1 = beforeB.max(firstB);
        for (int at = scores + count % 2 * TILE; at < scores + count * TILE; at += 2 * TILE) {
            FloatVector sa0 = FloatVector.fromArray(FLOATS, scratch, at);
            FloatVector sb0 = FloatVector.fromArray(FLOATS, scratch, at + LANES);
            FloatVector sa1 = FloatVector.fromArray(FLOATS, scratch, at + TILE);
            FloatVector sb1 = FloatVector.fromArray(FLOATS, scratch, at + TILE + LANES);
            a0 = a0.max(sa0);
            b0 = b0.max(sb0);
            a1 = a1.max(sa1);
            b1 = b1.max(sb1);
        }
        a0 = a0.max(a1);
        b0 = b0.max(b1);
        a0.intoArray(scratch, maximum);
        b0.intoArray(scratch, maximum + LANES);
        beforeA.sub(a0).intoArray(scratch, change);
        beforeB.sub(b0).intoArray(scratch, change + LANES);
    }

    /**
     * The change of the maximum to the factor 2^change for what was summed under the old one, in place; and the sums with it.
     * Not in one method with the maximum: with the exponentials of both vectors the compiler at times stopped inlining.
     */
    private static void rescaleSums(float[] scratch, int sum, int rescale) {
        VectorMath.exp2(scratch, rescale, TILE);
        for (int i = 0; i < TILE; i += LANES) {
            FloatVector factor = FloatVector.fromArray(FLOATS, scratch, rescale + i);
            FloatVector.fromArray(FLOATS, scratch, sum + i).mul(factor).intoArray(scratch, sum + i);
        }
    }

    /**
     * Scores to weights 2^(score - maximum), and their sum, for one vector of queries. The exponential is written out, see
     * {@link VectorMath#exp2}: as a call it would be inlined only where it is hot already. No more than that: with both vectors a
     * step, in some processes the compiler stopped inlining before the last call, and each weight became an object.
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
        for (int at = scores; at < scores + count * TILE; at += TILE) {
            FloatVector t = FloatVector.fromArray(FLOATS, scratch, at).sub(m);
            FloatVector g = t.add(magic);
            FloatVector f = t.sub(g.sub(magic));
            FloatVector p = f.fma(e5, e4);
            p = p.fma(f, e3);
            p = p.fma(f, e2);
            p = p.fma(f, e1);
            p = p.fma(f, one);
            p = p.mul(g.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
            p = p.blend(zero, t.compare(VectorOperators.LT, least));
            p.intoArray(scratch, at);
            total = total.add(p);
        }
        total.intoArray(scratch, sum);
    }
}
