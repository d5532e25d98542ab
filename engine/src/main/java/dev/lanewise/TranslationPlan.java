package dev.lanewise;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.generation.BeamDecoding;
import dev.lanewise.generation.BeamSearch;
import dev.lanewise.generation.BeamSpec;
import dev.lanewise.generation.Hypothesis;
import dev.lanewise.spec.GenerationSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.transformer.Alignment;
import dev.lanewise.transformer.EncodedSource;
import dev.lanewise.transformer.KeyValueCache;
import dev.lanewise.transformer.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How the sources of one call are translated, checked and complete, and how translations are made of what was found. Immutable.
 */
final class TranslationPlan {
    private final Model model;
    private final TranslationOptions options;
    private final BeamSpec spec;
    private final int[] prompt;
    private final List<TranslationOptions.Head> heads; // that show what is attended to

    /** @param prompt what every translation begins with: the token that starts a text, then those that are given */
    TranslationPlan(Model model, TranslationOptions options, GenerationSpec rules, int[] prompt) {
        this.model = model;
        this.options = options;
        this.prompt = prompt;
        heads = options.alignment().isEmpty() && options.coveragePenalty() > 0
                ? List.of(new TranslationOptions.Head(model.spec().stack().layers() - 1, 0))
                : options.alignment();
        spec = new BeamSpec(rules, options.form().offset(), options.form().countsEnd(),
                below(model.vocabulary(), model.contents().endIds()));
    }

    TranslationOptions options() {
        return options;
    }

    int beams() {
        return spec.rules().beams();
    }

    /** How many tokens a hypothesis may have, those that it begins with included. */
    int longest() {
        return prompt.length + spec.rules().maxTokens();
    }

    /** Whether {@link #result} needs the source as it was encoded. */
    boolean aligns() {
        return !heads.isEmpty();
    }

    /** What every translation begins with. */
    int[] prompt() {
        return prompt;
    }

    /** Room for a source. */
    BeamDecoding newDecoding() {
        return new BeamDecoding(model.spec(), spec);
    }

    /** Who tells a listener of a single hypothesis what is chosen. */
    TranslationTeller newTeller(GenerationListener listener) {
        return new TranslationTeller(listener, model.contents().targetTokenizer(),
                Arrays.copyOfRange(prompt, 1, prompt.length));
    }

    /** The translation of a source without ids, of which the model is not asked. */
    static Translation ofNothing() {
        return new Translation(new int[0], List.of(new Translation.Hypothesis(new int[0], "", 0,
                FinishReason.STOP_TOKEN, new float[0], new float[0][])));
    }

    /** Checks that a search which has ended found something. */
    void check(BeamDecoding decoding) {
        if (decoding.search().endedCount() == 0) {
            throw new UnsupportedModelException(model.file() + ": no token can be chosen: the model's output is"
                    + " no numbers, or the options exclude every token");
        }
    }

    /**
     * What was found.
     *
     * @param decoding whose search has ended, or null if it has not begun
     * @param stopped why it ended before its time, or null
     */
    Translation result(int[] ids, BeamDecoding decoding, FinishReason stopped) {
        if (decoding == null) {
            return new Translation(ids, List.of());
        }
        List<Translation.Hypothesis> hypotheses = new ArrayList<>();
        BeamSearch search = decoding.search();
        boolean covered = options.coveragePenalty() > 0;
        int count = covered ? search.allEnded() : Math.min(search.endedCount(), options.hypotheses());
        for (int i = 0; i < count; i++) {
            hypotheses.add(made(decoding.source(), search.ended(i), stopped));
        }
        if (covered) {
            hypotheses.sort((a, b) -> Double.compare(b.score(), a.score()));
        }
        return new Translation(ids, List.copyOf(hypotheses.subList(0, Math.min(count, options.hypotheses()))));
    }

    private Translation.Hypothesis made(EncodedSource source, Hypothesis found, FinishReason stopped) {
        int given = prompt.length - 1; // what begins every translation
        int[] ids = Arrays.copyOfRange(prompt, 1, prompt.length + found.tokens());
        System.arraycopy(found.ids(), 0, ids, given, found.tokens());
        float[] logProbabilities = new float[ids.length];
        System.arraycopy(found.logProbabilities(), 0, logProbabilities, given, found.tokens());
        FinishReason reason = found.ended()
                ? FinishReason.STOP_TOKEN
                : found.tokens() == spec.rules().maxTokens() ? FinishReason.LENGTH : stopped;
        float[][] alignment = heads.isEmpty() ? new float[0][] : align(source, ids);
        return new Translation.Hypothesis(ids, text(ids),
                found.score() + options.coveragePenalty() * covered(alignment, source), reason,
                logProbabilities, options.alignment().isEmpty() ? new float[0][] : alignment);
    }

    /** How much of the source is attended to, at most 0. What is not attended to at all has no part, as in CTranslate2. */
    private double covered(float[][] alignment, EncodedSource source) {
        double sum = 0;
        for (int i = 0; options.coveragePenalty() > 0 && i < source.length(); i++) {
            double coverage = 0;
            for (float[] token : alignment) {
                coverage += token[i];
            }
            sum += coverage > 0 ? StrictMath.log(Math.min(coverage, 1)) : 0;
        }
        return sum;
    }

    /** The text of ids, without those that a model may have beyond those of its tokenizer. */
    private String text(int[] ids) {
        Tokenizer tokenizer = model.contents().targetTokenizer();
        return tokenizer == null ? "" : tokenizer.decode(below(tokenizer.size(), ids), true);
    }

    private static int[] below(int end, int[] ids) {
        int[] some = new int[ids.length];
        int count = 0;
        for (int id : ids) {
            if (id >= 0 && id < end) {
                some[count++] = id;
            }
        }
        return Arrays.copyOf(some, count);
    }

    /** What the tokens of a translation attend to: all of them are computed once more. */
    private float[][] align(EncodedSource source, int[] ids) {
        int count = heads.size();
        int[] layerOf = new int[count];
        int[] headOf = new int[count];
        for (int i = 0; i < count; i++) {
            layerOf[i] = heads.get(i).layer();
            headOf[i] = heads.get(i).head();
        }
        Alignment alignment = new Alignment(layerOf, headOf);
        int[] inputs = ids.clone(); // each token is chosen where the one before it is read
        System.arraycopy(ids, 0, inputs, 1, ids.length - 1);
        inputs[0] = prompt[0];
        KeyValueCache cache = new KeyValueCache(model.spec().stack(), DataType.F32, inputs.length);
        float[][] means = new float[ids.length][source.length()];
        SessionPool.Lease lease = model.sessions().take();
        Session session = lease.session();
        try {
            session.batch().clear();
            session.batch().add(inputs, 0, inputs.length, cache, source);
            session.align(alignment);
            model.encoderDecoder().forward(session, Session.NEVER);
            for (int token = 0; token < ids.length; token++) {
                for (int head = 0; head < count; head++) {
                    int at = alignment.at(head, token);
                    for (int i = 0; i < source.length(); i++) {
                        means[token][i] += alignment.weights()[at + i] / count;
                    }
                }
            }
        } finally {
            session.align(null);
            session.batch().clear();
            model.sessions().giveBack(lease);
        }
        return means;
    }
}
