package dev.lanewise.tools.command;

import dev.lanewise.LengthPenalty;
import dev.lanewise.TranslationOptions;
import dev.lanewise.TranslationOptions.EarlyStopping;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a translation is sought. */
final class BeamInput {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--beams", paramLabel = "B", description = "hypotheses side by side; 1 takes the most probable token always (default: as the model says, else 1)")
    private Integer beams;

    @Option(names = "--n-best", paramLabel = "N", description = "translations of a text, the best first (default: 1)")
    private Integer hypotheses;

    @Option(names = "--length-penalty", paramLabel = "A", description = "exponent of the length by which scores are divided; above 0 favours long texts (default: as the model says, else 1)")
    private Double lengthPenalty;

    @Option(names = "--length-penalty-form", paramLabel = "FORM", description = "its formula: hugging_face, google_nmt or ctranslate2 (default: hugging_face)")
    private LengthPenalty form;

    @Option(names = "--coverage-penalty", paramLabel = "W", description = "how much lower scores are the less of the source is attended to (default: 0)")
    private Double coveragePenalty;

    @Option(names = "--early-stopping", paramLabel = "WHEN", description = "when a search ends that has as many translations as beams: first, estimate or never (default: as the model says, else estimate)")
    private EarlyStopping stopping;

    @Option(names = "--min-tokens", paramLabel = "N", description = "how many tokens at least, before the one that ends a text")
    private Integer minTokens;

    @Option(names = "--max-tokens", paramLabel = "N", description = "how many tokens at most (default: as the model says, else 256)")
    private Integer maxTokens;

    @Option(names = "--no-repeat-ngram", paramLabel = "N", description = "no N tokens occur twice in the same order")
    private Integer noRepeatNgram;

    @Option(names = "--prefix", paramLabel = "IDS", description = "ids that a translation begins with")
    private String prefix;

    @Option(names = "--source-language", paramLabel = "CODE", description = "the language of the texts, as the model spells it: de_DE, de")
    private String sourceLanguage;

    @Option(names = "--target-language", paramLabel = "CODE", description = "the language to translate to")
    private String targetLanguage;

    @Option(names = "--truncate", description = "cut a text that is too long, instead of failing")
    private boolean truncate;

    @Option(names = "--time-limit", paramLabel = "SECONDS", description = "how long a batch of texts may take")
    private Double seconds;

    /** Whether a text has several translations. */
    boolean several() {
        return hypotheses != null && hypotheses > 1;
    }

    /** The options, as far as they go. */
    TranslationOptions options() {
        if (beams != null && hypotheses != null && hypotheses > beams) {
            throw new ParameterException(spec.commandLine(),
                    "--n-best must be at most " + beams + ", as many as --beams, not " + hypotheses);
        }
        TranslationOptions to = TranslationOptions.defaults().withTruncate(truncate);
        try {
            to = beams == null ? to : to.withBeams(beams);
            to = hypotheses == null ? to : to.withHypotheses(hypotheses);
            to = lengthPenalty == null ? to : to.withLengthPenalty(lengthPenalty);
            to = form == null ? to : to.withLengthPenalty(form);
            to = coveragePenalty == null ? to : to.withCoveragePenalty(coveragePenalty);
            to = stopping == null ? to : to.withEarlyStopping(stopping);
            to = minTokens == null ? to : to.withMinTokens(minTokens);
            to = maxTokens == null ? to : to.withMaxTokens(maxTokens);
            to = noRepeatNgram == null ? to : to.withNoRepeatNgram(noRepeatNgram);
            to = prefix == null ? to : to.withPrefix(Ids.parse(prefix));
            to = sourceLanguage == null ? to : to.withSourceLanguage(sourceLanguage);
            to = targetLanguage == null ? to : to.withTargetLanguage(targetLanguage);
            return seconds == null ? to : to.withTimeLimit(SamplingInput.timeLimit(seconds));
        } catch (NumberFormatException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(),
                    SamplingInput.inWordsOfTheCommandLine(e.getMessage()).replace("--hypotheses", "--n-best"));
        }
    }
}
