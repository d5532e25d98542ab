package dev.lanewise;

import dev.lanewise.audio.LogMel;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.generation.BeamSearch;
import dev.lanewise.generation.BeamSpec;
import dev.lanewise.generation.Hypothesis;
import dev.lanewise.generation.Sampler;
import dev.lanewise.generation.SamplingSpec;
import dev.lanewise.generation.SpeechRules;
import dev.lanewise.generation.SpeechTokens;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.GenerationSpec;
import dev.lanewise.spec.StemSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.transformer.BeamCaches;
import dev.lanewise.transformer.EncodedSource;
import dev.lanewise.transformer.EncoderDecoder;
import dev.lanewise.transformer.Session;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/**
 * From the samples of one window to its text, as ids: encodes them once, then decodes as often as asked. Everything it works in is
 * allocated when it is made, but for a search or a sampler for each text. Not thread-safe.
 */
final class SpeechDecoder {
    /** Frames of a window: 30 seconds, as far as the times of the tokens reach. */
    static final int FRAMES = 3000;

    private final Model model;
    private final EncoderDecoder network;
    private final StemSpec stem;
    private final SpeechTokens tokens;
    private final SpeechRules plain;
    private final SpeechRules timed;
    private final LogMel mel;
    private final float[] features; // [mels][FRAMES]
    private final EncodedSource source;
    private final EncodedSource[] sources;
    private final BeamCaches caches;
    private final int[] wanted; // tokens of the batch
    private final int[] one = new int[1];
    private final float[] sums = new float[Kernels.SUMS];

    private final int[] ids; // of the text
    private int count;
    private double logProbability; // of all of them
    private double noSpeech;
    private double languageProbability;

    /** @param beams how many texts are followed side by side */
    SpeechDecoder(Model model, SpeechTokens tokens, int beams) {
        this.model = model;
        this.tokens = tokens;
        TransformerSpec spec = model.spec();
        network = model.encoderDecoder();
        stem = spec.source().stem();
        plain = new SpeechRules(tokens, model.contents().generation(), false, model.vocabulary());
        timed = new SpeechRules(tokens, model.contents().generation(), true, model.vocabulary());
        mel = new LogMel(stem.features());
        features = new float[stem.features() * FRAMES];
        source = new EncodedSource(spec);
        sources = new EncodedSource[]{source};
        caches = new BeamCaches(spec.stack(), beams);
        wanted = new int[Math.max(2, beams)];
        ids = new int[model.maxTokens() / 2];
    }

    /**
     * Encodes a window.
     *
     * @param samples from 0 on; behind them it is silent
     * @return whether it was not stopped
     */
    boolean encode(float[] samples, int samplesCount, BooleanSupplier stop) {
        mel.compute(samples, samplesCount, FRAMES, features);
        SessionPool.Lease lease = model.sessions().take();
        try {
            Session session = lease.session().source();
            session.batch().clear();
            session.batch().addFeatures(features, FRAMES, stem);
            return network.encode(lease.session(), sources, stop);
        } finally {
            lease.session().source().batch().clear();
            model.sessions().giveBack(lease);
        }
    }

    /**
     * Which language is spoken: the one that the model would name.
     *
     * @return which of the tokens' languages; -1 if it was stopped
     */
    int language(BooleanSupplier stop) {
        caches.clear();
        one[0] = tokens.start();
        SessionPool.Lease lease = model.sessions().take();
        try {
            Session session = lease.session();
            if (!forward(session, one, 0, 1, stop)) {
                return -1;
            }
            wanted[0] = 0;
            network.logits(session, wanted, 1);
            float[] logits = session.logits();
            int first = tokens.languages()[0];
            Arrays.fill(logits, 0, first, Float.NEGATIVE_INFINITY);
            Arrays.fill(logits, tokens.translate(), model.vocabulary(), Float.NEGATIVE_INFINITY);
            int best = first;
            for (int id : tokens.languages()) {
                best = logits[id] > logits[best] ? id : best;
            }
            languageProbability = StrictMath.exp(logProbability(logits, 0, best));
            return best - first;
        } finally {
            giveBack(lease);
        }
    }

    /**
     * Decodes the window to the most probable text.
     *
     * @param prompt what comes before the text, {@code start} within it; the last one says whether there are times
     * @return whether it was not stopped
     */
    boolean decode(int[] prompt, BooleanSupplier stop) {
        SpeechRules rules = rules(prompt);
        caches.clear();
        BeamSearch search = new BeamSearch(new BeamSpec(GenerationSpec.beams(caches.beams(), longest(prompt)), 0, false,
                new int[]{tokens.end()}), Kernels.select(), model.vocabulary());
        search.start(prompt);
        while (!search.done()) {
            SessionPool.Lease lease = model.sessions().take();
            try {
                if (!step(lease.session(), search, prompt, rules, stop)) {
                    return false;
                }
            } finally {
                giveBack(lease);
            }
        }
        if (search.endedCount() == 0) {
            throw nothingToChoose();
        }
        Hypothesis best = search.ended(0);
        count = best.tokens() - (best.ended() ? 1 : 0);
        System.arraycopy(best.ids(), 0, ids, 0, count);
        logProbability = 0;
        for (float one : best.logProbabilities()) {
            logProbability += one;
        }
        return true;
    }

    private boolean step(Session session, BeamSearch search, int[] prompt, SpeechRules rules, BooleanSupplier stop) {
        int rows = search.rows();
        boolean first = search.row(0).tokens() == 0;
        session.batch().clear();
        for (int row = 0; row < rows; row++) {
            one[0] = search.row(row).last();
            int length = first ? prompt.length : 1;
            session.batch().add(first ? prompt : one, 0, length, caches.row(row, length), source);
            wanted[row] = row;
        }
        if (!network.forward(session, stop)) {
            return false;
        }
        int at = first ? begin(session, prompt) : 0;
        if (!first) {
            network.logits(session, wanted, rows);
        }
        for (int row = 0; row < rows; row++) {
            search.row(row).exclude(rules, session.logits(), at + row * session.logitsStride());
        }
        search.step(session.logits(), at, session.logitsStride());
        caches.reorder(search.parents(), search.rows());
        return true;
    }

    /**
     * Decodes the window by chance.
     *
     * @param prompt as above
     * @param temperature above 0
     * @param seed of the random numbers
     * @return whether it was not stopped
     */
    boolean decode(int[] prompt, double temperature, long seed, BooleanSupplier stop) {
        SpeechRules rules = rules(prompt);
        Sampler sampler = new Sampler(SamplingSpec.of(temperature), seed, model.vocabulary());
        caches.clear();
        count = 0;
        logProbability = 0;
        for (int id = 0; count < longest(prompt) && id != tokens.end();) {
            SessionPool.Lease lease = model.sessions().take();
            try {
                Session session = lease.session();
                if (!(count == 0
                        ? forward(session, prompt, 0, prompt.length, stop)
                        : forward(session, ids, count - 1, count, stop))) {
                    return false;
                }
                wanted[0] = 0;
                int at = count == 0 ? begin(session, prompt) : 0;
                if (count > 0) {
                    network.logits(session, wanted, 1);
                }
                rules.apply(session.logits(), at, ids, 0, count);
                id = sampler.next(session.logits(), at);
                if (id < 0) {
                    throw nothingToChoose();
                }
                logProbability += logProbability(session.logits(), at, id);
            } finally {
                giveBack(lease);
            }
            if (id != tokens.end()) {
                ids[count++] = id;
            }
        }
        return true;
    }

    /**
     * After the pass of a prompt: what its start says, and the logits of its last token.
     *
     * @return where these begin
     */
    private int begin(Session session, int[] prompt) {
        wanted[0] = prompt.length - 1;
        while (prompt[wanted[0]] != tokens.start()) {
            wanted[0]--;
        }
        wanted[1] = prompt.length - 1;
        network.logits(session, wanted, 2);
        noSpeech = StrictMath.exp(logProbability(session.logits(), 0, tokens.noSpeech()));
        return session.logitsStride();
    }

    private SpeechRules rules(int[] prompt) {
        return prompt[prompt.length - 1] == tokens.noTimes() ? plain : timed;
    }

    /** How many tokens a text may have. */
    private int longest(int[] prompt) {
        return Math.min(ids.length, model.maxTokens() - prompt.length);
    }

    private boolean forward(Session session, int[] from, int begin, int end, BooleanSupplier stop) {
        session.batch().clear();
        session.batch().add(from, begin, end, caches.row(0, end - begin), source);
        return network.forward(session, stop);
    }

    private double logProbability(float[] logits, int at, int id) {
        float highest = Kernels.select().maximum(logits, at, model.vocabulary());
        double sum = Kernels.select().sumOfExponentials(logits, at, model.vocabulary(), highest,
                sums);
        return logits[at + id] - highest - StrictMath.log(sum);
    }

    private UnsupportedModelException nothingToChoose() {
        return new UnsupportedModelException(model.file()
                + ": no token can be chosen: the model's output is no numbers, or its file bans every token");
    }

    private void giveBack(SessionPool.Lease lease) {
        lease.session().batch().clear();
        model.sessions().giveBack(lease);
    }

    /** How probable the language is, of all that there are. */
    double languageProbability() {
        return languageProbability;
    }

    /** The ids of the text, the end not among them; {@link #count} of them. */
    int[] ids() {
        return ids;
    }

    int count() {
        return count;
    }

    /** The mean logarithm of the probabilities of all tokens, the end included. */
    double meanLogProbability() {
        return logProbability / (count + 1);
    }

    /** How probable it is that nobody speaks. */
    double noSpeech() {
        return noSpeech;
    }
}
