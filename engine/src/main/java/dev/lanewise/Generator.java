package dev.lanewise;

import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.transformer.KeyValueCache;
import dev.lanewise.transformer.Session;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What a model that generates text is asked for. Immutable and thread-safe: any number of threads may generate, each in a
 * session of its own. Steps of as many as there are processors are computed at once.
 *
 * <p>A text has the same bits whatever the number of threads and whatever else is generated; with the same seed, chance has the
 * same say on every machine.
 *
 * <p>A prompt is taken as text: the tokens that the model wants around a text are added, and special tokens that are spelled out
 * in it have no special meaning. Use {@link #encode} where they should. Ids are taken as they are.
 *
 * <p>Every method that takes text throws {@link UnsupportedModelException} if the model has no tokenizer; every one that computes
 * throws {@link ModelClosedException} after the model was closed.
 *
 * {@snippet :
 * Generator generator = model.generator();
 * generator.generate("Gravity is", GenerationOptions.defaults(), piece -> send(piece));
 * }
 */
public final class Generator {
    /** Who listens where nobody does. */
    static final GenerationListener NOBODY = text -> {
    };

    private final Model model;

    Generator(Model model) {
        model.decoder(); // or the failure that says what it is
        this.model = model;
    }

    /** The ids of a prompt: with the tokens that the model wants around a text, and its special tokens if they are asked for. */
    public int[] encode(String prompt, boolean parseSpecial) {
        return model.tokenizer().encode(prompt, new EncodeOptions(true, parseSpecial)).copyOfIds();
    }

    /**
     * The ids of a prompt as a chat template makes it, which writes everything itself: nothing is added, and special tokens are
     * parsed, also those that a message spells out: strip them from what strangers say if that matters.
     */
    public int[] encodeChat(String prompt) {
        return model.tokenizer().encode(prompt, new EncodeOptions(false, true)).copyOfIds();
    }

    /** The source of the model's template, which makes prompts of conversations, or null; {@code lanewise-models} runs it. */
    public String chatTemplate() {
        return model.contents().chatTemplate();
    }

    /** The token that begins a text, spelled out; empty if there is none. */
    public String beginToken() {
        return spelled(model.tokenizer().control().begin());
    }

    /** The token that ends a text, spelled out; empty if there is none. */
    public String endToken() {
        return spelled(model.tokenizer().control().end());
    }

    private String spelled(int id) {
        return id < 0 ? "" : model.tokenizer().piece(id);
    }

    /** The text of ids, without special tokens. */
    public String decode(int[] ids) {
        model.checkIds(ids, 0, ids.length);
        return model.tokenizer().decode(ids, true);
    }

    /** The text that follows a prompt, with {@link GenerationOptions#defaults}. */
    public String generate(String prompt) {
        return generate(prompt, GenerationOptions.defaults()).text();
    }

    /** Generates what follows a prompt. */
    public Generation generate(String prompt, GenerationOptions options) {
        return generate(prompt, options, NOBODY);
    }

    /**
     * Generates what follows a prompt.
     *
     * @param listener is told what is generated as it is
     * @throws TextTooLongException if the prompt has more tokens than the model takes
     */
    public Generation generate(String prompt, GenerationOptions options, GenerationListener listener) {
        return generate(encode(prompt, false), options, listener);
    }

    /** Generates what follows ids. */
    public Generation generate(int[] ids, GenerationOptions options) {
        return generate(ids, options, NOBODY);
    }

    /**
     * Generates what follows ids.
     *
     * @param listener is told what is generated as it is
     * @throws TextTooLongException if there are more ids than the model takes
     */
    public Generation generate(int[] ids, GenerationOptions options, GenerationListener listener) {
        return sessionFor(ids, options).generate(options, listener);
    }

    /** Generates what follows a prompt, a token each time one is asked for. */
    public GenerationStream stream(String prompt, GenerationOptions options) {
        return stream(encode(prompt, false), options);
    }

    /** Generates what follows ids, a token each time one is asked for. */
    public GenerationStream stream(int[] ids, GenerationOptions options) {
        return sessionFor(ids, options).stream(options);
    }

    /** A session that is as large as one call needs it. */
    private GenerationSession sessionFor(int[] ids, GenerationOptions options) {
        if (ids.length > model.maxTokens()) {
            throw new TextTooLongException(ids.length, model.maxTokens());
        }
        int tokens = (int) Math.min(model.maxTokens(), (long) ids.length + options.maxTokens());
        GenerationSession session = newSession(SessionOptions.defaults().withMaxTokens(tokens));
        session.add(ids);
        return session;
    }

    /** An empty session with {@link SessionOptions#defaults}. */
    public GenerationSession newSession() {
        return newSession(SessionOptions.defaults());
    }

    /** An empty session. */
    public GenerationSession newSession(SessionOptions options) {
        return new GenerationSession(model, options);
    }

    /**
     * Reads a session that {@link GenerationSession#save} wrote.
     *
     * @param options of the new session, which need not be those of the saved one, save for the type of keys and values
     * @throws ModelFormatException if the file is damaged, or of another model, or of another type of keys and values
     * @throws TextTooLongException if it has more tokens than the new session has room for
     * @throws IOException if it cannot be read
     */
    public GenerationSession loadSession(Path file, SessionOptions options) throws IOException {
        return GenerationSession.load(file, model, options);
    }

    /**
     * The raw output of the network: at every position, a logit for each id that may come next.
     *
     * @return {@code [ids.length][vocabulary]}
     * @throws TextTooLongException if there are more ids than the model has positions
     */
    public float[][] logits(int[] ids) {
        model.checkIds(ids, 0, ids.length);
        if (ids.length > model.maxTokens()) {
            throw new TextTooLongException(ids.length, model.maxTokens());
        }
        float[][] out = new float[ids.length][model.vocabulary()];
        KeyValueCache cache = new KeyValueCache(model.spec().stack(), DataType.F32, ids.length);
        cache.extend(model.spec().stack(), ids.length);
        SessionPool.Lease lease = model.begin();
        try {
            Session session = lease.session();
            int[] token = new int[1];
            for (int from = 0; from < ids.length; from += GenerationSession.CHUNK) {
                int to = Math.min(ids.length, from + GenerationSession.CHUNK);
                session.batch().clear();
                session.batch().add(ids, from, to, cache);
                model.decoder().forward(session, Session.NEVER);
                for (int i = from; i < to; i++) {
                    token[0] = i - from;
                    model.decoder().logits(session, token, 1);
                    System.arraycopy(session.logits(), 0, out[i], 0, out[i].length);
                }
            }
        } finally {
            model.end(lease);
        }
        return out;
    }
}
