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

    /** @param prompt what every translation begins with: the token that starts a text, then those that are given */
    TranslationPlan(Model model, TranslationOptions options, GenerationSpec rules, int[] prompt) {
        this.model = model;
        this.options = options;
        this.prompt = prompt;
        spec = new BeamSpec(rules, options.form().offset(), options.form().countsEnd(),
                below(model.vocabulary(), model.endIds()));
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
        return new TranslationTeller(listener, model.targetTokenizer(),
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
        List<Translation.Hypothesis> hypotheses = new ArrayList<>();
        BeamSearch search = decoding == null ? null : decoding.search();
        for (int i = 0; search != null && i < Math.min(search.endedCount(), options.hypotheses()); i++) {
            hypotheses.add(made(decoding.source(), search.ended(i), stopped));
        }
        return new Translation(ids, List.copyOf(hypotheses));
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
        return new Translation.Hypothesis(ids, text(ids), found.score(), reason, logProbabilities,
                options.alignment().isEmpty() ? new float[0][] : align(source, ids));
    }

    /** The text of ids, without those that a model may have beyond those of its tokenizer. */
    private String text(int[] ids) {
        Tokenizer tokenizer = model.targetTokenizer();
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
        int heads = options.alignment().size();
        int[] layerOf = new int[heads];
        int[] headOf = new int[heads];
        for (int i = 0; i < heads; i++) {
            layerOf[i] = options.alignment().get(i).layer();
            headOf[i] = options.alignment().get(i).head();
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
                for (int head = 0; head < heads; head++) {
                    int at = alignment.at(head, token);
                    for (int i = 0; i < source.length(); i++) {
                        means[token][i] += alignment.weights()[at + i] / heads;
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
