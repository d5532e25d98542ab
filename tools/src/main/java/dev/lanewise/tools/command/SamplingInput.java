package dev.lanewise.tools.command;

import dev.lanewise.GenerationOptions;
import dev.lanewise.GenerationOptions.Builder;
import dev.lanewise.ModelOptions;
import dev.lanewise.tools.console.Console;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How the next token is computed and chosen, and when a text ends. */
final class SamplingInput {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--max-tokens", paramLabel = "N", description = "how many tokens at most (default: 256)")
    private Integer maxTokens;

    @Option(names = "--temperature", paramLabel = "T", description = "how much chance has a say; 0 takes the most probable token (default: 0)")
    private Double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "choose among the K most probable tokens")
    private Integer topK;

    @Option(names = "--top-p", paramLabel = "P", description = "choose among the most probable tokens that together have the probability P")
    private Double topP;

    @Option(names = "--min-p", paramLabel = "P", description = "choose among tokens whose probability is at least P times the highest")
    private Double minP;

    @Option(names = "--typical", paramLabel = "P", description = "choose among the tokens of usual surprise that together have the probability P")
    private Double typical;

    @Option(names = "--repetition-penalty", paramLabel = "R", description = "divide the logits of tokens that have occurred by R")
    private Double repetitionPenalty;

    @Option(names = "--presence-penalty", paramLabel = "R", description = "take R from the logits of tokens that were generated")
    private Double presencePenalty;

    @Option(names = "--frequency-penalty", paramLabel = "R", description = "take R from them for each time")
    private Double frequencyPenalty;

    @Option(names = "--no-repeat-ngram", paramLabel = "N", description = "no N tokens occur twice in the same order")
    private Integer noRepeatNgram;

    @Option(names = "--logit-bias", paramLabel = "ID=B", description = "add B to the logit of a token; -Infinity excludes it; may be repeated")
    private Map<Integer, Float> biases = Map.of();

    @Option(names = "--seed", paramLabel = "S", description = "what determines the random numbers (default: another one each time)")
    private Long seed;

    @Option(names = "--stop", paramLabel = "TEXT", description = "a text that ends the text; may be repeated")
    private List<String> stops = List.of();

    @Option(names = "--ignore-eos", description = "the model's own end of a text is a token like any other")
    private boolean ignoreEnd;

    @Option(names = "--time-limit", paramLabel = "SECONDS", description = "how long a text may take")
    private Double seconds;

    @Option(names = "--rounded-activations", description = "round activations to 8 bits where weights have 4 (Q4_0, Q4_1): faster, less exact")
    private boolean roundedActivations;

    /** How the model is opened. */
    ModelOptions modelOptions(int threads) {
        return ModelOptions.defaults().withThreads(threads).withRoundedActivations(roundedActivations);
    }

    /** The options, as far as they go. */
    Builder builder() {
        Builder to = GenerationOptions.builder().ignoreEnd(ignoreEnd);
        try {
            if (maxTokens != null) {
                to.maxTokens(maxTokens);
            }
            if (temperature != null) {
                to.temperature(temperature);
            }
            if (topK != null) {
                to.topK(topK);
            }
            if (topP != null) {
                to.topP(topP);
            }
            if (minP != null) {
                to.minP(minP);
            }
            if (typical != null) {
                to.typical(typical);
            }
            if (repetitionPenalty != null) {
                to.repetitionPenalty(repetitionPenalty);
            }
            if (presencePenalty != null) {
                to.presencePenalty(presencePenalty);
            }
            if (frequencyPenalty != null) {
                to.frequencyPenalty(frequencyPenalty);
            }
            if (noRepeatNgram != null) {
                to.noRepeatNgram(noRepeatNgram);
            }
            if (seed != null) {
                to.seed(seed);
            }
            if (seconds != null) {
                to.timeLimit(timeLimit(seconds));
            }
            biases.forEach(to::logitBias);
            stops.forEach(to::stop);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), inWordsOfTheCommandLine(e.getMessage()));
        }
        return to;
    }

    /** Says which of the options have no say, as nothing is left to chance. */
    void sayIdle(Console console) {
        if (temperature != null && temperature != 0) {
            return;
        }
        Map<String, Object> chance = new LinkedHashMap<>();
        chance.put("--top-k", topK);
        chance.put("--top-p", topP);
        chance.put("--min-p", minP);
        chance.put("--typical", typical);
        chance.put("--seed", seed);
        chance.values().removeIf(Objects::isNull);
        if (!chance.isEmpty()) {
            console.say("without --temperature the most probable token is always taken: "
                    + String.join(", ", chance.keySet()) + (chance.size() == 1 ? " has" : " have") + " no say");
        }
    }

    /**
     * A limit that was given in seconds.
     *
     * @throws IllegalArgumentException if it is below a nanosecond; the message begins as that of an option of the engine
     */
    static Duration timeLimit(double seconds) {
        long nanos = (long) (seconds * 1e9);
        if (nanos < 1) {
            throw new IllegalArgumentException("timeLimit must be at least 1e-9 seconds, not " + seconds);
        }
        return Duration.ofNanos(nanos);
    }

    /** The message begins with the name of the option, as Java spells it. */
    static String inWordsOfTheCommandLine(String message) {
        int end = message.indexOf(' ');
        return "--" + message.substring(0, end).replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT)
                + message.substring(end);
    }
}
