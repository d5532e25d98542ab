package dev.lanewise.tools.command;

import dev.lanewise.GenerationOptions;
import dev.lanewise.GenerationOptions.Builder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How the next token is chosen, and when a text ends. */
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
                to.timeLimit(Duration.ofNanos((long) (seconds * 1e9)));
            }
            biases.forEach(to::logitBias);
            stops.forEach(to::stop);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), inWordsOfTheCommandLine(e.getMessage()));
        }
        return to;
    }

    /** The message begins with the name of the option, as Java spells it. */
    static String inWordsOfTheCommandLine(String message) {
        int end = message.indexOf(' ');
        return "--" + message.substring(0, end).replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT)
                + message.substring(end);
    }
}
