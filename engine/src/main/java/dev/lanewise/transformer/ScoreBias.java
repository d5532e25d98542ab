package dev.lanewise.transformer;

import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.RelativeBiasSpec;
import dev.lanewise.spec.StackSpec;

/** What is added to the score of a key by its distance. Immutable. */
sealed interface ScoreBias {

    /**
     * What a head adds.
     *
     * @param distance the place of the query minus that of the key
     */
    float of(int head, int distance);

    /**
     * That of a layer, or null where it has none.
     *
     * @param name of the attention in the file
     */
    static ScoreBias of(Weights weights, String name, AttentionSpec spec) {
        if (spec.relative() != null) {
            String owner = spec.relative().shared() ? name.substring(0, name.indexOf('.')) : name;
            return new RelativeBias(spec.relative(), weights.rows(owner + ".relative_bias"));
        }
        return spec.alibi() != 0 ? new Alibi(Alibi.slopes(spec.heads(), spec.alibi())) : null;
    }

    /**
     * Attention with linear biases (Press et al., 2022): minus the distance times a slope of the head.
     *
     * @param slopes {@code [heads]}
     */
    record Alibi(float[] slopes) implements ScoreBias {
        @Override
        public float of(int head, int distance) {
            return -slopes[head] * distance;
        }

        /**
         * A geometric sequence from 2^(-8 / heads) on; where the number of heads is no power of two, that of the power below,
         * and every second one of the power above.
         */
        static float[] slopes(int heads, double scale) {
            float[] slopes = new float[heads];
            int power = Integer.highestOneBit(heads);
            for (int i = 0; i < heads; i++) {
                double exponent = i < power ? -8.0 * (i + 1) / power : -4.0 * (2 * (i - power) + 1) / power;
                slopes[i] = (float) (StrictMath.pow(2, exponent) * scale);
            }
            return slopes;
        }
    }

    /**
     * Learned numbers of buckets of distances.
     *
     * @param numbers {@code [heads][buckets]}
     */
    record RelativeBias(RelativeBiasSpec spec, float[][] numbers) implements ScoreBias {
        @Override
        public float of(int head, int distance) {
            return numbers[head][spec.bucket(distance)];
        }
    }

    /** A bias spread out over distances, as attention reads it. One a session and bias, reused; grows with the longest text. */
    final class Spread {
        private final float[][] numbers; // [heads][margin + distances behind + distances + margin]
        private final int margin; // kernels read whole tiles
        private int keys;
        private int origin;

        Spread(StackSpec stack, int tile) {
            numbers = new float[stack.attention().heads()][];
            margin = 2 * tile;
        }

        /**
         * Makes room for distances below a number.
         *
         * @param behind whether queries see keys behind them, too
         */
        void prepare(ScoreBias bias, int needed, boolean behind) {
            if (needed <= keys) {
                return;
            }
            keys = Math.max(needed, 2 * keys);
            origin = margin + (behind ? keys : 0);
            for (int head = 0; head < numbers.length; head++) {
                numbers[head] = new float[origin + keys + margin];
                for (int i = 0; i < numbers[head].length; i++) {
                    numbers[head][i] = bias.of(head, i - origin);
                }
            }
        }

        /** What a head adds, by distance from {@link #origin} on. */
        float[] of(int head) {
            return numbers[head];
        }

        /** Where the bias of distance 0 is. */
        int origin() {
            return origin;
        }
    }
}
