package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;
import java.util.ArrayList;
import java.util.List;

/**
 * Rotary position encoding (Su et al., 2021): element i of a head's rotated part and element i + size / 2 are a point of a
 * plane, turned by position x theta^(-2 i / size). Models that pair neighbours instead are converted by reordering the
 * outputs of their maps to queries and keys: scores stay what they are.
 *
 * @param theta the base
 * @param size how many elements of each head are rotated, the first ones; even
 * @param scaling what makes longer texts possible than the model was first trained on
 */
public record RotarySpec(double theta, int size, Scaling scaling) {

    /** How frequencies are changed. */
    public sealed interface Scaling {}

    /** Not at all. */
    public record Plain() implements Scaling {}

    /**
     * All divided by a factor (Chen et al., 2023).
     *
     * @param factor above 0
     */
    public record Linear(double factor) implements Scaling {}

    /**
     * Low ones divided by a factor, high ones kept, and a ramp between (Llama 3.1).
     *
     * @param factor for the low ones
     * @param lowFrequencyFactor waves longer than original / this are low frequencies
     * @param highFrequencyFactor waves shorter than original / this are high frequencies
     * @param original the positions that the model was first trained on
     */
    public record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, int original)
            implements
                Scaling {}

    /**
     * Low ones divided by a factor, high ones kept, and a ramp over the elements between (Peng et al., 2023).
     *
     * @param factor for the low ones
     * @param original the positions that the model was first trained on
     * @param betaFast turns within {@code original} above which a frequency is kept
     * @param betaSlow turns below which it is divided
     * @param magnitude what rotated vectors are multiplied with
     * @param truncate whether the ramp begins and ends at whole elements
     */
    public record Yarn(double factor, int original, double betaFast, double betaSlow, double magnitude,
            boolean truncate) implements Scaling {}

    /**
     * Each divided by a factor of its own; in longer texts, at every position, by another one (Ding et al., 2024).
     *
     * @param factors size / 2 of them
     * @param magnitude what rotated vectors are multiplied with
     * @param far as many for longer texts, or none if those are rotated alike
     * @param original how many tokens are not longer
     */
    public record Factors(List<Float> factors, double magnitude, List<Float> far, int original) implements Scaling {
        /** Copies the lists. */
        public Factors {
            factors = List.copyOf(factors);
            far = List.copyOf(far);
        }

        /** Those of texts of any length. */
        public Factors(List<Float> factors, double magnitude) {
            this(factors, magnitude, List.of(), TransformerSpec.MOST);
        }
    }

    /**
     * In longer texts, at every position, of a greater base, which grows with the text.
     *
     * @param factor by how much longer texts are expected to be
     * @param original how many tokens are not longer
     */
    public record Dynamic(double factor, int original) implements Scaling {}

    private enum Word {
        PLAIN, LINEAR, LLAMA3, YARN, FACTORS, DYNAMIC
    }

    /** A rotation without scaling. */
    public RotarySpec(double theta, int size) {
        this(theta, size, new Plain());
    }

    /** How many tokens a text may have before its rotation depends on how many they are. */
    public int plainTokens() {
        return scaling instanceof Dynamic dynamic
                ? dynamic.original
                : scaling instanceof Factors factors && !factors.far.isEmpty()
                        ? factors.original
                        : TransformerSpec.MOST;
    }

    /** Which rotation a text of so many tokens has: texts with the same number have the same. */
    public int reach(int tokens) {
        return tokens <= plainTokens() ? 0 : scaling instanceof Dynamic ? tokens : 1;
    }

    static RotarySpec read(Metadata.Reader in, String prefix, int headSize) {
        if (!in.has(prefix + "theta")) {
            return null;
        }
        int size = in.integer(prefix + "size", 2, headSize);
        RotarySpec spec = new RotarySpec(positive(in, prefix + "theta"), size, readScaling(in, prefix, size));
        in.require(size % 2 == 0, prefix + "size", "an even number", size);
        return spec;
    }

    private static Scaling readScaling(Metadata.Reader in, String prefix, int size) {
        return switch (in.word(prefix + "scaling", Word.class)) {
            case PLAIN -> new Plain();
            case LINEAR -> new Linear(positive(in, prefix + "factor"));
            case LLAMA3 -> new Llama3(positive(in, prefix + "factor"), positive(in, prefix + "low_frequency_factor"),
                    positive(in, prefix + "high_frequency_factor"), original(in, prefix));
            case YARN -> new Yarn(positive(in, prefix + "factor"), original(in, prefix),
                    positive(in, prefix + "beta_fast"), positive(in, prefix + "beta_slow"),
                    positive(in, prefix + "magnitude"), in.bool(prefix + "truncate"));
            case FACTORS -> {
                List<Float> factors = factors(in, prefix + "factors", size / 2);
                double magnitude = positive(in, prefix + "magnitude");
                yield in.has(prefix + "far")
                        ? new Factors(factors, magnitude, factors(in, prefix + "far", size / 2), original(in, prefix))
                        : new Factors(factors, magnitude);
            }
            case DYNAMIC -> {
                in.require(size > 2, prefix + "size", "above 2, as the base grows", size);
                yield new Dynamic(positive(in, prefix + "factor"), original(in, prefix));
            }
        };
    }

    private static List<Float> factors(Metadata.Reader in, String key, int count) {
        List<Float> factors = new ArrayList<>();
        for (float factor : in.numbers(key)) {
            in.require(factor > 0 && factor <= 1e9f, key, "above 0, at most 1e9", factor);
            factors.add(factor);
        }
        in.require(factors.size() == count, key, count + " numbers", factors.size() + " numbers");
        return factors;
    }

    private static int original(Metadata.Reader in, String prefix) {
        return in.integer(prefix + "original", 1, TransformerSpec.MOST);
    }

    private static double positive(Metadata.Reader in, String key) {
        double x = in.number(key);
        in.require(x > 0 && x <= 1e12, key, "above 0, at most 1e12", x);
        return x;
    }
}
