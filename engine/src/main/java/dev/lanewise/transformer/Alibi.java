package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;

/**
 * Attention with linear biases (Press et al., 2022): a score gets minus the distance of its key times a slope of its head. One
 * a session, reused; grows with the longest distance.
 */
final class Alibi {
    private final float[] slopes; // [heads]
    private final float[][] biases; // [heads][margin + distances + margin]
    private final int margin;
    private int distances;

    Alibi(int heads, Kernels kernels) {
        slopes = slopes(heads);
        biases = new float[heads][];
        margin = 2 * kernels.queryTile(); // kernels read whole tiles
    }

    /** Makes room for distances below a number. */
    void prepare(int keys) {
        if (keys <= distances) {
            return;
        }
        distances = Math.max(keys, 2 * distances);
        for (int head = 0; head < biases.length; head++) {
            biases[head] = new float[distances + 2 * margin];
            for (int i = 0; i < biases[head].length; i++) {
                biases[head][i] = -slopes[head] * (i - margin);
            }
        }
    }

    /** What is added to the scores of a head, by distance from {@link #origin} on. */
    float[] bias(int head) {
        return biases[head];
    }

    /** Where the bias of distance 0 is. */
    int origin() {
        return margin;
    }

    /**
     * A geometric sequence from 2^(-8 / heads) on; where the number of heads is no power of two, that of the power below, and
     * every second one of the power above.
     */
    static float[] slopes(int heads) {
        float[] slopes = new float[heads];
        int power = Integer.highestOneBit(heads);
        for (int i = 0; i < heads; i++) {
            double exponent = i < power ? -8.0 * (i + 1) / power : -4.0 * (2 * (i - power) + 1) / power;
            slopes[i] = (float) StrictMath.pow(2, exponent);
        }
        return slopes;
    }
}
