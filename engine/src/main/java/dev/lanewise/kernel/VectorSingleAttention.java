package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Fused attention of a single query, as in generation: {@link VectorAttention} would leave all lanes but one empty, and take
 * as long as for a tile. Here lanes are keys where scores are computed, and elements of the head where values are summed. Each
 * element of the result goes through the same operations in the same order as there, so the bits are the same.
 */
final class VectorSingleAttention {
    private static final int BLOCK = ScalarMath.KEY_BLOCK;
    /** Vectors at a time: two sums a cycle, each four cycles long. */
    private static final int CHAINS = 8;
    /** Keys of a call. */
    private static final int STEP = CHAINS * LANES;
    /** Keys for which two vectors do: the begin of a text. */
    private static final int FEW = 2 * LANES;

    private VectorSingleAttention() {}

    /**
     * A query of each of some heads that share keys and values, at most {@link Kernels#GROUP}: all take a block before the next
     * one is read, so that it comes from memory once. Queries and outputs of heads lie a head size apart; several heads have no
     * bias.
     *
     * @param pages of keys and values, or null where they lie apart in {@code keyPages} and {@code valuePages}
     */
    static void attend(float[] out, int outAt, float[] query, int queryAt, int heads, int place, HeadPages pages,
            float[][] keyPages, int keysAt, float[][] valuePages, int valuesAt, int valuePanelRows, int pageKeys,
            int keys, int headSize, ScoreRule rule, float[] bias, int biasAt, float[] scratch) {
        // In scratch: of each head the scaled query, the outputs in whole panels, maximum and sum; the scores of a block, a vector.
        int maximum = headSize + Math.ceilDiv(headSize, Kernels.VALUE_PANEL) * Kernels.VALUE_PANEL;
        int state = maximum + 2;
        float scale = rule.scale() * ScalarMath.LOG2_E;
        for (int head = 0; head < heads; head++) {
            int at = head * state;
            scale(scratch, at, query, queryAt + head * headSize, headSize, scale);
            Arrays.fill(scratch, at + headSize, at + state, 0);
            scratch[at + maximum] = ScalarMath.LOWEST;
        }
        int end = rule.end(place, keys);
        int first = rule.first(place);
        for (int from = first / BLOCK * BLOCK; from < end; from += BLOCK) {
            int within = from % pageKeys;
            float[] page = pages == null ? null : pages.page(from / pageKeys);
            float[] keyPage = pages == null ? keyPages[from / pageKeys] : page;
            float[] valuePage = pages == null ? valuePages[from / pageKeys] : page;
            for (int head = 0; head < heads; head++) {
                block(scratch, head * state, maximum, heads * state, keyPage,
                        keysAt + within * headSize, valuePage,
                        valuesAt + within * Kernels.VALUE_PANEL, valuePanelRows * Kernels.VALUE_PANEL,
                        Math.min(BLOCK, end - from), first - from, headSize, rule, bias, biasAt + place - from);
            }
        }
        for (int head = 0; head < heads; head++) {
            float factor = 1 / scratch[head * state + maximum + 1];
            scale(out, outAt + head * headSize, scratch, head * state + headSize, headSize, factor);
        }
    }

    private static void scale(float[] out, int outAt, float[] x, int at, int count, float factor) {
        FloatVector f = FloatVector.broadcast(FLOATS, factor);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector.fromArray(FLOATS, x, at + i).mul(f).intoArray(out, outAt + i);
        }
        for (; i < count; i++) {
            out[outAt + i] = x[at + i] * factor;
        }
    }

    /** A block of keys and one head; keys before {@code first} are not seen. */
    private static void block(float[] scratch, int head, int maximumAt, int scores, float[] keyPage, int keysAt,
            float[] valuePage, int valuesAt, int panelStep, int count, int first, int headSize, ScoreRule rule,
            float[] bias, int biasAt) {
        for (int j = 0; j < count; j += STEP) {
            if (count - j <= FEW) {
                fewScores(scratch, scores + j, head, keyPage, keysAt, j, count, headSize);
            } else {
                scores(scratch, scores + j, head, keyPage, keysAt, j, count, headSize);
            }
        }
        float before = scratch[head + maximumAt];
        float maximum = maximum(scratch, scores, first, count, before, rule, bias, biasAt);
        scratch[head + maximumAt] = maximum;
        weights(scratch, scores, count, maximum);
        float rescale = ScalarMath.exp2(before - maximum);
        float sum = scratch[head + maximumAt + 1] * rescale;
        int panels = (maximumAt - headSize) / Kernels.VALUE_PANEL;
        for (int panel = 0; panel < panels; panel += CHAINS) {
            values(scratch, head + headSize, panel, panels - 1, scores, valuePage, valuesAt, panelStep, count, rescale,
                    sum);
        }
        scratch[head + maximumAt + 1] = scratch[scores + BLOCK];
    }

    /** Scores of eight vectors of keys; where a block ends before, the last panel again, and nobody reads those. */
    private static void scores(float[] scratch, int outAt, int query, float[] keyPanels, int keysAt, int key, int count,
            int headSize) {
        int last = (count - 1) / Kernels.KEY_PANEL;
        int k0 = place(keysAt, key, last, headSize);
        int k1 = place(keysAt, key + LANES, last, headSize);
        int k2 = place(keysAt, key + 2 * LANES, last, headSize);
        int k3 = place(keysAt, key + 3 * LANES, last, headSize);
        int k4 = place(keysAt, key + 4 * LANES, last, headSize);
        int k5 = place(keysAt, key + 5 * LANES, last, headSize);
        int k6 = place(keysAt, key + 6 * LANES, last, headSize);
        int k7 = place(keysAt, key + 7 * LANES, last, headSize);
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        FloatVector s7 = s0;
        for (int c = 0; c < headSize; c++) {
            FloatVector q = FloatVector.broadcast(FLOATS, scratch[query + c]);
            int at = c * Kernels.KEY_PANEL;
            s0 = FloatVector.fromArray(FLOATS, keyPanels, k0 + at).fma(q, s0);
            s1 = FloatVector.fromArray(FLOATS, keyPanels, k1 + at).fma(q, s1);
            s2 = FloatVector.fromArray(FLOATS, keyPanels, k2 + at).fma(q, s2);
            s3 = FloatVector.fromArray(FLOATS, keyPanels, k3 + at).fma(q, s3);
            s4 = FloatVector.fromArray(FLOATS, keyPanels, k4 + at).fma(q, s4);
            s5 = FloatVector.fromArray(FLOATS, keyPanels, k5 + at).fma(q, s5);
            s6 = FloatVector.fromArray(FLOATS, keyPanels, k6 + at).fma(q, s6);
            s7 = FloatVector.fromArray(FLOATS, keyPanels, k7 + at).fma(q, s7);
        }
        s0.intoArray(scratch, outAt);
        s1.intoArray(scratch, outAt + LANES);
        s2.intoArray(scratch, outAt + 2 * LANES);
        s3.intoArray(scratch, outAt + 3 * LANES);
        s4.intoArray(scratch, outAt + 4 * LANES);
        s5.intoArray(scratch, outAt + 5 * LANES);
        s6.intoArray(scratch, outAt + 6 * LANES);
        s7.intoArray(scratch, outAt + 7 * LANES);
    }

    /** The same of two vectors of keys. */
    private static void fewScores(float[] scratch, int outAt, int query, float[] keyPanels, int keysAt, int key,
            int count, int headSize) {
        int last = (count - 1) / Kernels.KEY_PANEL;
        int k0 = place(keysAt, key, last, headSize);
        int k1 = place(keysAt, key + LANES, last, headSize);
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = s0;
        for (int c = 0; c < headSize; c++) {
            FloatVector q = FloatVector.broadcast(FLOATS, scratch[query + c]);
            int at = c * Kernels.KEY_PANEL;
            s0 = FloatVector.fromArray(FLOATS, keyPanels, k0 + at).fma(q, s0);
            s1 = FloatVector.fromArray(FLOATS, keyPanels, k1 + at).fma(q, s1);
        }
        s0.intoArray(scratch, outAt);
        s1.intoArray(scratch, outAt + LANES);
    }

    private static int place(int keysAt, int key, int lastPanel, int headSize) {
        int panel = Math.min(key / Kernels.KEY_PANEL, lastPanel);
        return keysAt + panel * Kernels.KEY_PANEL * headSize + key % Kernels.KEY_PANEL;
    }

    /**
     * Does to scores what else there is to do, and finds their maximum. A NaN score may hide others here, and makes the result NaN
     * anyway. Larger than what the compiler inlines (325 bytes), on purpose: together with {@link #weights}, or with a vector that is
     * carried around the loop, it made objects of vectors in some processes.
     */
    private static float maximum(float[] scratch, int scores, int first, int count, float before, ScoreRule rule,
            float[] bias, int biasAt) {
        if (bias != null) {
            for (int j = 0; j < count; j++) {
                scratch[scores + j] = Math.fma(bias[biasAt - j], ScalarMath.LOG2_E, scratch[scores + j]);
            }
        }
        if (rule.softCap() != 0) {
            VectorActivation.softCap(scratch, scores, Math.ceilDiv(count, LANES) * LANES, rule.softCap(), 1, 1);
        }
        if (first > 0) {
            Arrays.fill(scratch, scores, scores + first, Float.NEGATIVE_INFINITY);
        }
        Arrays.fill(scratch, scores + count, scores + Math.ceilDiv(count, STEP) * STEP, Float.NEGATIVE_INFINITY);
        int parts = scores + BLOCK;
        FloatVector.broadcast(FLOATS, before).intoArray(scratch, parts);
        for (int j = scores; j < scores + count; j += STEP) {
            FloatVector a = FloatVector.fromArray(FLOATS, scratch, j);
            FloatVector b = FloatVector.fromArray(FLOATS, scratch, j + LANES);
            FloatVector c = FloatVector.fromArray(FLOATS, scratch, j + 2 * LANES);
            FloatVector d = FloatVector.fromArray(FLOATS, scratch, j + 3 * LANES);
            a = FloatVector.fromArray(FLOATS, scratch, j + 4 * LANES).max(a);
            b = FloatVector.fromArray(FLOATS, scratch, j + 5 * LANES).max(b);
            c = FloatVector.fromArray(FLOATS, scratch, j + 6 * LANES).max(c);
            d = FloatVector.fromArray(FLOATS, scratch, j + 7 * LANES).max(d);
            FloatVector.fromArray(FLOATS, scratch, parts).max(a.max(b)).max(c.max(d)).intoArray(scratch, parts);
        }
        float maximum = before;
        for (int i = parts; i < parts + LANES; i++) {
            maximum = scratch[i] > maximum ? scratch[i] : maximum;
        }
        return maximum;
    }

    /** See {@link VectorMath#exp2}, written out for the same reason as in {@link VectorAttention}. */
    private static void weights(float[] scratch, int scores, int count, float maximum) {
        FloatVector m = FloatVector.broadcast(FLOATS, maximum);
        FloatVector magic = FloatVector.broadcast(FLOATS, ScalarMath.MAGIC);
        FloatVector least = FloatVector.broadcast(FLOATS, ScalarMath.LEAST);
        FloatVector e5 = FloatVector.broadcast(FLOATS, ScalarMath.P5);
        FloatVector e4 = FloatVector.broadcast(FLOATS, ScalarMath.P4);
        FloatVector e3 = FloatVector.broadcast(FLOATS, ScalarMath.P3);
        FloatVector e2 = FloatVector.broadcast(FLOATS, ScalarMath.P2);
        FloatVector e1 = FloatVector.broadcast(FLOATS, ScalarMath.P1);
        FloatVector one = FloatVector.broadcast(FLOATS, 1);
        FloatVector zero = FloatVector.zero(FLOATS);
        for (int at = scores; at < scores + count; at += LANES) {
            FloatVector t = FloatVector.fromArray(FLOATS, scratch, at).sub(m);
            FloatVector g = t.add(magic);
            FloatVector f = t.sub(g.sub(magic));
            FloatVector p = f.fma(e5, e4);
            p = p.fma(f, e3);
            p = p.fma(f, e2);
            p = p.fma(f, e1);
            p = p.fma(f, one);
            p = p.mul(g.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
            p.blend(zero, t.compare(VectorOperators.LT, least)).intoArray(scratch, at);
        }
    }

    /**
     * The weighted values of a block for eight panels of the head; where there are fewer, the last one again. And behind the
     * scores the sum so far, with their weights: in all lanes of a vector, as it comes free beside the values.
     */
    private static void values(float[] scratch, int outputs, int panel, int last, int scores, float[] valuePanels,
            int valuesAt, int panelStep, int count, float rescale, float sum) {
        for (int part = 0; part < Kernels.VALUE_PANEL; part += LANES) {
            sums(scratch, outputs + part, panel, last, scores, valuePanels, valuesAt + part, panelStep, count,
                    rescale, sum);
        }
    }

    private static void sums(float[] scratch, int outputs, int panel, int last, int scores, float[] valuePanels,
            int valuesAt, int panelStep, int count, float rescale, float sum) {
        int p1 = Math.min(panel + 1, last);
        int p2 = Math.min(panel + 2, last);
        int p3 = Math.min(panel + 3, last);
        int p4 = Math.min(panel + 4, last);
        int p5 = Math.min(panel + 5, last);
        int p6 = Math.min(panel + 6, last);
        int p7 = Math.min(panel + 7, last);
        int o0 = outputs + panel * Kernels.VALUE_PANEL;
        int o1 = outputs + p1 * Kernels.VALUE_PANEL;
        int o2 = outputs + p2 * Kernels.VALUE_PANEL;
        int o3 = outputs + p3 * Kernels.VALUE_PANEL;
        int o4 = outputs + p4 * Kernels.VALUE_PANEL;
        int o5 = outputs + p5 * Kernels.VALUE_PANEL;
        int o6 = outputs + p6 * Kernels.VALUE_PANEL;
        int o7 = outputs + p7 * Kernels.VALUE_PANEL;
        int v0 = valuesAt + panel * panelStep;
        int v1 = valuesAt + p1 * panelStep;
        int v2 = valuesAt + p2 * panelStep;
        int v3 = valuesAt + p3 * panelStep;
        int v4 = valuesAt + p4 * panelStep;
        int v5 = valuesAt + p5 * panelStep;
        int v6 = valuesAt + p6 * panelStep;
        int v7 = valuesAt + p7 * panelStep;
        FloatVector factor = FloatVector.broadcast(FLOATS, rescale);
        FloatVector s0 = FloatVector.fromArray(FLOATS, scratch, o0).mul(factor);
        FloatVector s1 = FloatVector.fromArray(FLOATS, scratch, o1).mul(factor);
        FloatVector s2 = FloatVector.fromArray(FLOATS, scratch, o2).mul(factor);
        FloatVector s3 = FloatVector.fromArray(FLOATS, scratch, o3).mul(factor);
        FloatVector s4 = FloatVector.fromArray(FLOATS, scratch, o4).mul(factor);
        FloatVector s5 = FloatVector.fromArray(FLOATS, scratch, o5).mul(factor);
        FloatVector s6 = FloatVector.fromArray(FLOATS, scratch, o6).mul(factor);
        FloatVector s7 = FloatVector.fromArray(FLOATS, scratch, o7).mul(factor);
        FloatVector total = FloatVector.broadcast(FLOATS, sum);
        for (int j = 0; j < count; j++) {
            FloatVector p = FloatVector.broadcast(FLOATS, scratch[scores + j]);
            total = total.add(p);
            int at = j * Kernels.VALUE_PANEL;
            s0 = FloatVector.fromArray(FLOATS, valuePanels, v0 + at).fma(p, s0);
            s1 = FloatVector.fromArray(FLOATS, valuePanels, v1 + at).fma(p, s1);
            s2 = FloatVector.fromArray(FLOATS, valuePanels, v2 + at).fma(p, s2);
            s3 = FloatVector.fromArray(FLOATS, valuePanels, v3 + at).fma(p, s3);
            s4 = FloatVector.fromArray(FLOATS, valuePanels, v4 + at).fma(p, s4);
            s5 = FloatVector.fromArray(FLOATS, valuePanels, v5 + at).fma(p, s5);
            s6 = FloatVector.fromArray(FLOATS, valuePanels, v6 + at).fma(p, s6);
            s7 = FloatVector.fromArray(FLOATS, valuePanels, v7 + at).fma(p, s7);
        }
        total.intoArray(scratch, scores + BLOCK);
        s0.intoArray(scratch, o0);
        s1.intoArray(scratch, o1);
        s2.intoArray(scratch, o2);
        s3.intoArray(scratch, o3);
        s4.intoArray(scratch, o4);
        s5.intoArray(scratch, o5);
        s6.intoArray(scratch, o6);
        s7.intoArray(scratch, o7);
    }
}
