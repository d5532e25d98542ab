package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * A learned number of each head that is added to the scores of all keys at some distances, a bucket of them (Raffel et al.,
 * 2020): in the first half of the buckets is a distance each, in the second they grow with the logarithm.
 *
 * @param buckets how many
 * @param distance the last bucket holds all from here on
 * @param bidirectional whether keys behind the query have the second half of the buckets; otherwise they have the first
 *     bucket, as none of them is seen
 * @param shared whether the layers have the same numbers
 */
public record RelativeBiasSpec(int buckets, int distance, boolean bidirectional, boolean shared) {

    static RelativeBiasSpec read(Metadata.Reader in, String prefix) {
        if (!in.has(prefix + "buckets")) {
            return null;
        }
        RelativeBiasSpec spec = new RelativeBiasSpec(in.integer(prefix + "buckets", 4, 1 << 16),
                in.integer(prefix + "distance", 1, TransformerSpec.MOST), in.bool(prefix + "bidirectional"),
                in.bool(prefix + "shared"));
        in.require(spec.distance > spec.single(), prefix + "distance",
                "one beyond the " + spec.single() + " that have a bucket each", spec.distance);
        return spec;
    }

    /** How many distances, in one direction, have a bucket each. */
    private int single() {
        return buckets / (bidirectional ? 4 : 2);
    }

    /**
     * The bucket of a distance, in single precision as the published implementations compute it.
     *
     * @param distance the place of the query minus that of the key
     */
    public int bucket(int distance) {
        int all = bidirectional ? buckets / 2 : buckets;
        int first = bidirectional && distance < 0 ? all : 0;
        int n = bidirectional ? Math.abs(distance) : Math.max(distance, 0);
        if (n < single()) {
            return first + n;
        }
        float part = (float) StrictMath.log((float) n / single())
                / (float) StrictMath.log((double) this.distance / single());
        return first + Math.min(all - 1, single() + (int) (part * (all - single())));
    }
}
