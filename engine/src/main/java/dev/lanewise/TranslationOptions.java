package dev.lanewise;

import dev.lanewise.spec.GenerationSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * How a source is translated. What is not said is as the model's file says. Immutable and thread-safe, if what it is asked to
 * ask is. Every method that changes an option returns new options, and throws {@link IllegalArgumentException} with the option's
 * name if the value is out of range.
 *
 * {@snippet :
 * TranslationOptions options = TranslationOptions.defaults().withBeams(4).withHypotheses(2).withLengthPenalty(0.6);
 * }
 */
public final class TranslationOptions {
    /** How many tokens there are, at most, where neither the options nor the model's file say it. */
    public static final int USUAL_TOKENS = 256;
    /** Beams at most. */
    public static final int MOST_BEAMS = 256;

    private static final TranslationOptions DEFAULTS = new TranslationOptions();

    private int beams;
    private int hypotheses = 1;
    private Double lengthPenalty;
    private LengthPenalty form = LengthPenalty.HUGGING_FACE;
    private double coveragePenalty;
    private EarlyStopping stopping;
    private int minTokens = -1;
    private int maxTokens;
    private int noRepeatNgram = -1;
    private int[] prefix = {};
    private int[] banned = {};
    private String sourceLanguage;
    private String targetLanguage;
    private boolean truncate;
    private List<Head> alignment = List.of();
    private Duration timeLimit;
    private BooleanSupplier cancelWhen;

    /** When a search ends: it has found as many translations as it has beams, and others may still go on. */
    public enum EarlyStopping {
        /** At once; {@code early_stopping=True} in transformers, and CTranslate2 with a length penalty. */
        FIRST,
        /** When none that goes on is better than the worst of those by its present length; {@code False} in transformers. */
        ESTIMATE,
        /** When none that goes on could become better, however long it were; {@code "never"} in transformers. */
        NEVER
    }

    /**
     * A head of attention to the source.
     *
     * @param layer of the decoder, the first is 0
     * @param head in the layer, the first is 0
     */
    public record Head(int layer, int head) {}

    private TranslationOptions() {}

    private TranslationOptions(TranslationOptions from) {
        beams = from.beams;
        hypotheses = from.hypotheses;
        lengthPenalty = from.lengthPenalty;
        form = from.form;
        coveragePenalty = from.coveragePenalty;
        stopping = from.stopping;
        minTokens = from.minTokens;
        maxTokens = from.maxTokens;
        noRepeatNgram = from.noRepeatNgram;
        prefix = from.prefix;
        banned = from.banned;
        sourceLanguage = from.sourceLanguage;
        targetLanguage = from.targetLanguage;
        truncate = from.truncate;
        alignment = from.alignment;
        timeLimit = from.timeLimit;
        cancelWhen = from.cancelWhen;
    }

    /** What the model's file says; the best translation. */
    public static TranslationOptions defaults() {
        return DEFAULTS;
    }

    /** With so many hypotheses side by side: 1, which takes the most probable token always, to {@value #MOST_BEAMS}. */
    public TranslationOptions withBeams(int count) {
        OptionRange.checked(count >= 1 && count <= MOST_BEAMS, "beams", "1 to " + MOST_BEAMS, count);
        TranslationOptions changed = new TranslationOptions(this);
        changed.beams = count;
        return changed;
    }

    /** With so many translations of a source: 1 to as many as beams, of which there are at least so many if none are asked for. */
    public TranslationOptions withHypotheses(int count) {
        OptionRange.checked(count >= 1 && count <= MOST_BEAMS, "hypotheses", "1 to as many as beams", count);
        TranslationOptions changed = new TranslationOptions(this);
        changed.hypotheses = count;
        return changed;
    }

    /** With this exponent of the length, -100 to 100: above 0 favours long texts, 0 is none. */
    public TranslationOptions withLengthPenalty(double exponent) {
        OptionRange.checked(Math.abs(exponent) <= 100, "lengthPenalty", "-100 to 100", exponent);
        TranslationOptions changed = new TranslationOptions(this);
        changed.lengthPenalty = exponent;
        return changed;
    }

    /** With this formula of the length penalty; otherwise {@link LengthPenalty#HUGGING_FACE}. */
    public TranslationOptions withLengthPenalty(LengthPenalty formula) {
        TranslationOptions changed = new TranslationOptions(this);
        changed.form = Objects.requireNonNull(formula);
        return changed;
    }

    /**
     * With scores that are the lower, the less of the source is attended to (Wu et al., 2016): 0, which is none, to 100. That many
     * times the logarithm of what all tokens attend to each of the source, 1 at most, is added to the score when the search has
     * ended, and orders what it found. The heads are those of {@link #withAlignment}, otherwise the first of the last layer.
     */
    public TranslationOptions withCoveragePenalty(double weight) {
        OptionRange.checked(weight >= 0 && weight <= 100, "coveragePenalty", "0 to 100", weight);
        TranslationOptions changed = new TranslationOptions(this);
        changed.coveragePenalty = weight;
        return changed;
    }

    /** With this end of a search. */
    public TranslationOptions withEarlyStopping(EarlyStopping when) {
        TranslationOptions changed = new TranslationOptions(this);
        changed.stopping = Objects.requireNonNull(when);
        return changed;
    }

    /** With at least so many tokens before the one that ends a text: 0 or more. */
    public TranslationOptions withMinTokens(int count) {
        OptionRange.checked(count >= 0, "minTokens", "at least 0", count);
        TranslationOptions changed = new TranslationOptions(this);
        changed.minTokens = count;
        return changed;
    }

    /** With at most so many tokens, the one that ends the text included: 1 or more; the model may take fewer. */
    public TranslationOptions withMaxTokens(int count) {
        OptionRange.checked(count >= 1, "maxTokens", "at least 1", count);
        TranslationOptions changed = new TranslationOptions(this);
        changed.maxTokens = count;
        return changed;
    }

    /** Sequences of so many tokens do not occur twice in a text: 1 to 100, or 0 for no such rule. */
    public TranslationOptions withNoRepeatNgram(int length) {
        OptionRange.checked(length >= 0 && length <= 100, "noRepeatNgram", "0 to 100", length);
        TranslationOptions changed = new TranslationOptions(this);
        changed.noRepeatNgram = length;
        return changed;
    }

    /** With translations that begin with these ids, behind one that is forced to be the first, at no cost; lengths do not count them. */
    public TranslationOptions withPrefix(int... ids) {
        TranslationOptions changed = new TranslationOptions(this);
        changed.prefix = ids.clone();
        return changed;
    }

    /** Without these ids, besides those that the model's file bans. */
    public TranslationOptions withBanned(int... ids) {
        TranslationOptions changed = new TranslationOptions(this);
        changed.banned = ids.clone();
        return changed;
    }

    /** From a language, by the code that the model has a token for, as {@code de_DE} or {@code de}; for sources of text. */
    public TranslationOptions withSourceLanguage(String code) {
        TranslationOptions changed = new TranslationOptions(this);
        changed.sourceLanguage = Objects.requireNonNull(code);
        return changed;
    }

    /** To a language, by the code that the model has a token for. */
    public TranslationOptions withTargetLanguage(String code) {
        TranslationOptions changed = new TranslationOptions(this);
        changed.targetLanguage = Objects.requireNonNull(code);
        return changed;
    }

    /** Cutting texts that are too long, or refusing them. */
    public TranslationOptions withTruncate(boolean cut) {
        TranslationOptions changed = new TranslationOptions(this);
        changed.truncate = cut;
        return changed;
    }

    /** With the alignment that these heads show. */
    public TranslationOptions withAlignment(List<Head> heads) {
        TranslationOptions changed = new TranslationOptions(this);
        changed.alignment = List.copyOf(heads);
        return changed;
    }

    /** How long it may take, from the call on: more than nothing. It ends within the time of one layer after that. */
    public TranslationOptions withTimeLimit(Duration limit) {
        OptionRange.checked(limit.isPositive(), "timeLimit", "positive", limit);
        TranslationOptions changed = new TranslationOptions(this);
        changed.timeLimit = limit;
        return changed;
    }

    /** Asked before every layer, on the thread that translates: when it says yes, the translation is cancelled. */
    public TranslationOptions withCancelWhen(BooleanSupplier wanted) {
        TranslationOptions changed = new TranslationOptions(this);
        changed.cancelWhen = Objects.requireNonNull(wanted);
        return changed;
    }

    /**
     * The rules of a search.
     *
     * @param said what the model's file says
     * @param first the id that every text begins with, or -1
     * @param most how many tokens there is room for
     */
    GenerationSpec rules(GenerationSpec said, int first, int most) {
        int count = beams > 0 ? beams : Math.max(said.beams(), hypotheses);
        OptionRange.checked(hypotheses <= count, "hypotheses", "at most " + count + ", as many as beams", hypotheses);
        int longest = maxTokens > 0 ? maxTokens : said.maxTokens() > 0 ? said.maxTokens() : USUAL_TOKENS;
        int[] never = Arrays.copyOf(said.banned(), said.banned().length + banned.length);
        System.arraycopy(banned, 0, never, said.banned().length, banned.length);
        return new GenerationSpec(said.start(), first, said.forcedLast(), never, said.bannedFirst(),
                said.renormalized(), minTokens >= 0 ? minTokens : said.minTokens(), Math.min(longest, most), count,
                lengthPenalty != null ? lengthPenalty : said.lengthPenalty(),
                stopping == null ? said.stopping() : GenerationSpec.Stopping.valueOf(stopping.name()),
                noRepeatNgram >= 0 ? noRepeatNgram : said.noRepeat());
    }

    int hypotheses() {
        return hypotheses;
    }

    LengthPenalty form() {
        return form;
    }

    double coveragePenalty() {
        return coveragePenalty;
    }

    int[] prefix() {
        return prefix;
    }

    int[] banned() {
        return banned;
    }

    /** Or null. */
    String sourceLanguage() {
        return sourceLanguage;
    }

    /** Or null. */
    String targetLanguage() {
        return targetLanguage;
    }

    boolean truncate() {
        return truncate;
    }

    List<Head> alignment() {
        return alignment;
    }

    /** Or null. */
    Duration timeLimit() {
        return timeLimit;
    }

    /** Or null. */
    BooleanSupplier cancelWhen() {
        return cancelWhen;
    }
}
