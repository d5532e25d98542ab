package dev.lanewise;

import dev.lanewise.audio.LogMel;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.generation.Sampler;
import dev.lanewise.generation.SamplingSpec;
import dev.lanewise.generation.SpeechRules;
import dev.lanewise.generation.SpeechTokens;
import dev.lanewise.spec.StemSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.transformer.EncodedSource;
import dev.lanewise.transformer.EncoderDecoder;
import dev.lanewise.transformer.KeyValueCache;
import dev.lanewise.transformer.Session;
import java.util.function.BooleanSupplier;

/**
 * From the samples of one window to its text, as ids: encodes them once, then decodes as often as asked. Everything it works in is
 * allocated when it is made, but for a sampler for each text. Not thread-safe.
 */
final class SpeechDecoder {
    private final Model model;
    private final EncoderDecoder network;
    private final StemSpec stem;
    private final SpeechTokens tokens;
    private final SpeechRules plain;
    private final SpeechRules timed;
    private final int frames;
    private final LogMel mel;
    private final float[] features; // [mels][frames]
    private final EncodedSource source;
    private final EncodedSource[] sources;
    private final KeyValueCache cache;
    private final int[] wanted = new int[2]; // tokens of the batch
    private final int[] one = new int[1];

    private final int[] ids; // of the text
    private int count;
    private double logProbability; // of all of them
    private double noSpeech;

    SpeechDecoder(Model model, SpeechTokens tokens) {
        this.model = model;
        this.tokens = tokens;
        TransformerSpec spec = model.spec();
        network = model.encoderDecoder();
        stem = spec.source().stem();
        plain = new SpeechRules(tokens, model.generation(), false, model.vocabulary());
        timed = new SpeechRules(tokens, model.generation(), true, model.vocabulary());
        frames = frames(spec);
        mel = new LogMel(stem.features());
        features = new float[stem.features() * frames];
        source = new EncodedSource(spec);
        sources = new EncodedSource[]{source};
        cache = new KeyValueCache(spec.stack(), DataType.F32, model.maxTokens());
        ids = new int[model.maxTokens() / 2];
    }

    /** How many frames a window has: as many as make all positions that the encoder has. */
    static int frames(TransformerSpec spec) {
        return spec.source().maxTokens() * spec.source().stem().strides().stream().reduce(1, (a, b) -> a * b);
    }

    /**
     * Encodes a window.
     *
     * @param samples from 0 on; behind them it is silent
     * @return whether it was not stopped
     */
    boolean encode(float[] samples, int samplesCount, BooleanSupplier stop) {
        mel.compute(samples, samplesCount, frames, features);
        SessionPool.Lease lease = model.sessions().take();
        try {
            Session session = lease.session().source();
            session.batch().clear();
            session.batch().addFeatures(features, frames, stem);
            return network.encode(lease.session(), sources, stop);
        } finally {
            lease.session().source().batch().clear();
            model.sessions().giveBack(lease);
        }
    }

    /**
     * How probable each language is, by what the model would say first.
     *
     * @return of each of the tokens' languages; null if it was stopped
     */
    double[] languages(BooleanSupplier stop) {
        cache.truncate(0);
        one[0] = tokens.start();
        SessionPool.Lease lease = model.sessions().take();
        try {
            Session session = lease.session();
            if (!forward(session, one, 0, 1, stop)) {
                return null;
            }
            wanted[0] = 0;
            network.logits(session, wanted, 1);
            double[] probabilities = new double[tokens.languages().length];
            double sum = 0;
            double highest = Double.NEGATIVE_INFINITY;
            for (int id : tokens.languages()) {
                highest = Math.max(highest, session.logits()[id]);
            }
            for (int i = 0; i < probabilities.length; i++) {
                probabilities[i] = StrictMath.exp(session.logits()[tokens.languages()[i]] - highest);
                sum += probabilities[i];
            }
            for (int i = 0; i < probabilities.length; i++) {
                probabilities[i] /= sum;
            }
            return probabilities;
        } finally {
            giveBack(lease);
        }
    }

    /**
     * Decodes the window.
     *
     * @param prompt what comes before the text, {@code start} within it; the last one says whether there are times
     * @param temperature 0 takes the most probable ids
     * @param seed of the random numbers
     * @return whether it was not stopped
     */
    boolean decode(int[] prompt, double temperature, long seed, BooleanSupplier stop) {
        SpeechRules rules = prompt[prompt.length - 1] == tokens.noTimes() ? plain : timed;
        Sampler sampler = new Sampler(SamplingSpec.of(temperature), seed, model.vocabulary());
        int most = Math.min(ids.length, model.maxTokens() - prompt.length);
        cache.truncate(0);
        count = 0;
        logProbability = 0;
        while (count < most) {
            SessionPool.Lease lease = model.sessions().take();
            try {
                Session session = lease.session();
                int id = count == 0
                        ? first(session, prompt, rules, sampler, stop)
                        : next(session, rules, sampler, stop);
                if (id < 0) {
                    return false;
                }
                if (id == tokens.end()) {
                    break;
                }
                ids[count++] = id;
            } finally {
                giveBack(lease);
            }
        }
        return true;
    }

    private int first(Session session, int[] prompt, SpeechRules rules, Sampler sampler, BooleanSupplier stop) {
        if (!forward(session, prompt, 0, prompt.length, stop)) {
            return -1;
        }
        wanted[0] = prompt.length - 1;
        while (prompt[wanted[0]] != tokens.start()) {
            wanted[0]--;
        }
        wanted[1] = prompt.length - 1;
        network.logits(session, wanted, 2);
        noSpeech = StrictMath.exp(logProbability(session.logits(), 0, tokens.noSpeech()));
        return choose(session.logits(), session.logitsStride(), rules, sampler);
    }

    private int next(Session session, SpeechRules rules, Sampler sampler, BooleanSupplier stop) {
        if (!forward(session, ids, count - 1, count, stop)) {
            return -1;
        }
        wanted[0] = 0;
        network.logits(session, wanted, 1);
        return choose(session.logits(), 0, rules, sampler);
    }

    private boolean forward(Session session, int[] from, int begin, int end, BooleanSupplier stop) {
        session.batch().clear();
        session.batch().add(from, begin, end, cache, source);
        return network.forward(session, stop);
    }

    private int choose(float[] logits, int at, SpeechRules rules, Sampler sampler) {
        rules.apply(logits, at, ids, 0, count);
        int id = sampler.next(logits, at);
        if (id < 0) {
            throw new UnsupportedModelException(model.file()
                    + ": no token can be chosen: the model's output is no numbers, or its file bans every token");
        }
        logProbability += logProbability(logits, at, id);
        return id;
    }

    private double logProbability(float[] logits, int at, int id) {
        float highest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < model.vocabulary(); i++) {
            highest = Math.max(highest, logits[at + i]);
        }
        double sum = 0;
        for (int i = 0; i < model.vocabulary(); i++) {
            sum += StrictMath.exp(logits[at + i] - highest);
        }
        return logits[at + id] - highest - StrictMath.log(sum);
    }

    private void giveBack(SessionPool.Lease lease) {
        lease.session().batch().clear();
        model.sessions().giveBack(lease);
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
