package dev.lanewise;

import dev.lanewise.generation.SamplingSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * How a text is generated. Immutable and thread-safe, if what it is asked to ask is.
 *
 * <p>The next token is chosen by a chain of rules, in this order: repetition, presence and frequency penalty, no repeated
 * n-grams, logit biases, temperature, top-k, top-p, min-p, typical; then by a random number. Without any of them it is the most
 * probable one, the lowest id of equal ones.
 *
 * {@snippet :
 * GenerationOptions options = GenerationOptions.builder().maxTokens(200).temperature(0.7).topP(0.9).stop("\n\n").build();
 * }
 */
public final class GenerationOptions {
    /** How many tokens there are, at most, unless told otherwise. */
    public static final int USUAL_TOKENS = 256;

    private static final GenerationOptions DEFAULTS = builder().build();

    private final Builder values;
    private final SamplingSpec sampling;

    private GenerationOptions(Builder from) {
        values = new Builder(from);
        int[] ids = new int[values.biases.size()];
        float[] biases = new float[ids.length];
        int count = 0;
        for (Map.Entry<Integer, Float> bias : values.biases.entrySet()) {
            ids[count] = bias.getKey();
            biases[count++] = bias.getValue();
        }
        sampling = new SamplingSpec(values.repetitionPenalty, values.presencePenalty, values.frequencyPenalty,
                values.noRepeatNgram, ids, biases, values.temperature, values.topK, values.topP, values.minP,
                values.typical);
    }

    /** The most probable token always, {@value #USUAL_TOKENS} of them at most. */
    public static GenerationOptions defaults() {
        return DEFAULTS;
    }

    /** A builder that begins with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that begins with these options. */
    public Builder toBuilder() {
        return new Builder(values);
    }

    /** How many tokens there are at most. */
    public int maxTokens() {
        return values.maxTokens;
    }

    SamplingSpec sampling() {
        return sampling;
    }

    /** The seed, or null if any will do. */
    Long seed() {
        return values.seed;
    }

    List<String> stops() {
        return values.stops;
    }

    boolean ignoreEnd() {
        return values.ignoreEnd;
    }

    /** For how many tokens probabilities are asked for, or -1. */
    int logProbabilities() {
        return values.logProbabilities;
    }

    /** Or null. */
    Duration timeLimit() {
        return values.timeLimit;
    }

    /** Or null. */
    BooleanSupplier cancelWhen() {
        return values.cancelWhen;
    }

    /**
     * Collects options. Every method returns this builder, and throws {@link IllegalArgumentException} with the option's name if
     * the value is out of range. Not thread-safe.
     */
    public static final class Builder {
        private static final int LONGEST_STOP = 1000;

        private int maxTokens = USUAL_TOKENS;
        private double repetitionPenalty = 1;
        private double presencePenalty;
        private double frequencyPenalty;
        private int noRepeatNgram;
        private final Map<Integer, Float> biases = new TreeMap<>();
        private double temperature;
        private int topK;
        private double topP = 1;
        private double minP;
        private double typical = 1;
        private Long seed;
        private final List<String> stops = new ArrayList<>();
        private boolean ignoreEnd;
        private int logProbabilities = -1;
        private Duration timeLimit;
        private BooleanSupplier cancelWhen;

        private Builder() {}

        private Builder(Builder from) {
            maxTokens = from.maxTokens;
            repetitionPenalty = from.repetitionPenalty;
            presencePenalty = from.presencePenalty;
            frequencyPenalty = from.frequencyPenalty;
            noRepeatNgram = from.noRepeatNgram;
            biases.putAll(from.biases);
            temperature = from.temperature;
            topK = from.topK;
            topP = from.topP;
            minP = from.minP;
            typical = from.typical;
            seed = from.seed;
            stops.addAll(from.stops);
            ignoreEnd = from.ignoreEnd;
            logProbabilities = from.logProbabilities;
            timeLimit = from.timeLimit;
            cancelWhen = from.cancelWhen;
        }

        /** How many tokens at most: 1 or more. */
        public Builder maxTokens(int tokens) {
            maxTokens = OptionRange.checked(tokens >= 1, "maxTokens", "at least 1", tokens);
            return this;
        }

        /**
         * By what the logit of a token that occurs in the prompt or the text is divided if positive, multiplied if not: above 0,
         * to 10; 1 is none.
         */
        public Builder repetitionPenalty(double penalty) {
            repetitionPenalty = OptionRange.checked(penalty > 0 && penalty <= 10, "repetitionPenalty", "above 0, to 10",
                    penalty);
            return this;
        }

        /** What is taken from the logit of a token that was generated: -100 to 100; 0 is none. */
        public Builder presencePenalty(double penalty) {
            presencePenalty = OptionRange.checked(Math.abs(penalty) <= 100, "presencePenalty", "-100 to 100", penalty);
            return this;
        }

        /** What is taken from the logit of a token for each time it was generated: -100 to 100; 0 is none. */
        public Builder frequencyPenalty(double penalty) {
            frequencyPenalty = OptionRange.checked(Math.abs(penalty) <= 100, "frequencyPenalty", "-100 to 100",
                    penalty);
            return this;
        }

        /** Sequences of so many tokens do not occur twice, those of the prompt included: 1 to 100, or 0 for no such rule. */
        public Builder noRepeatNgram(int length) {
            noRepeatNgram = OptionRange.checked(length >= 0 && length <= 100, "noRepeatNgram", "0 to 100", length);
            return this;
        }

        /** Adds something to the logit of a token: a finite number, or minus infinity, which excludes it. */
        public Builder logitBias(int id, float bias) {
            OptionRange.checked(id >= 0, "logitBias", "for an id of 0 or more", id);
            OptionRange.checked(bias < Float.POSITIVE_INFINITY, "logitBias", "finite or minus infinity", bias);
            biases.put(id, bias);
            return this;
        }

        /** How much chance has a say: 0 to 100; 0 takes the most probable token, 1 the probabilities as they are. */
        public Builder temperature(double value) {
            // The smallest quotients must stay finite.
            temperature = OptionRange.checked(value == 0 || value >= 1e-4 && value <= 100, "temperature",
                    "0, or 0.0001 to 100",
                    value);
            return this;
        }

        /** Only so many of the most probable tokens may be chosen: 1 or more, or 0 for all. */
        public Builder topK(int count) {
            topK = OptionRange.checked(count >= 0, "topK", "at least 0", count);
            return this;
        }

        /** Only the most probable tokens may be chosen that together have this probability: above 0, to 1, which is all. */
        public Builder topP(double probability) {
            topP = OptionRange.checked(probability > 0 && probability <= 1, "topP", "above 0, to 1", probability);
            return this;
        }

        /** Only tokens may be chosen whose probability is at least this share of the highest one: 0, which is all, to 1. */
        public Builder minP(double share) {
            minP = OptionRange.checked(share >= 0 && share <= 1, "minP", "0 to 1", share);
            return this;
        }

        /**
         * Only those tokens may be chosen that surprise about as much as a token does on average, and together have this
         * probability: above 0, to 1, which is all.
         */
        public Builder typical(double probability) {
            typical = OptionRange.checked(probability > 0 && probability <= 1, "typical", "above 0, to 1", probability);
            return this;
        }

        /** What determines the random numbers; without it, each call takes another one, which {@link Generation#seed} tells. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Adds a text that ends the text, and is no part of it: 1 to 1,000 characters. The model needs a tokenizer. */
        public Builder stop(String text) {
            OptionRange.checked(!text.isEmpty() && text.length() <= LONGEST_STOP, "stop",
                    "1 to " + LONGEST_STOP + " characters long",
                    text.length());
            stops.add(text);
            return this;
        }

        /** Whether the model's own end of a text is a token like any other. */
        public Builder ignoreEnd(boolean ignore) {
            ignoreEnd = ignore;
            return this;
        }

        /** Asks for the probability of each token, and of so many of the most probable ones at its place: 0 to 1,000. */
        public Builder logProbabilities(int top) {
            logProbabilities = OptionRange.checked(top >= 0 && top <= 1000, "logProbabilities", "0 to 1000", top);
            return this;
        }

        /** How long it may take, from the call on: more than nothing. It ends within the time of one layer after that. */
        public Builder timeLimit(Duration limit) {
            timeLimit = OptionRange.checked(limit.isPositive(), "timeLimit", "positive", limit);
            return this;
        }

        /** Asked before every layer, on the thread that generates: when it says yes, the generation is cancelled. */
        public Builder cancelWhen(BooleanSupplier wanted) {
            cancelWhen = Objects.requireNonNull(wanted);
            return this;
        }

        /** The options. */
        public GenerationOptions build() {
            return new GenerationOptions(this);
        }
    }
}
