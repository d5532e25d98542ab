package dev.lanewise;

import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.transformer.Decoder;
import dev.lanewise.transformer.KeyValueCache;
import dev.lanewise.transformer.Session;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * A text that grows: prompts are added, answers generated, and nothing is computed twice. It holds the keys and values of its
 * tokens, in memory that is allocated when it is made: for every token twice the width of keys in every layer.
 *
 * <p>A text has the same bits, however it was cut into prompts, whatever the number of threads, and whether its session was
 * forked, rewound or loaded.
 *
 * <p>One owner at a time, which is checked: a call while another thread is in one is an {@link IllegalStateException}. Only
 * {@link #cancel} is for any thread. Methods that compute throw {@link ModelClosedException} after the model was closed.
 */
public final class GenerationSession {
    /** Tokens that go through the layers at once: more would need larger buffers and gain no speed. */
    static final int CHUNK = 512;

    private final Model model;
    private final Decoder decoder;
    private final SessionOptions options;
    private final int capacity;
    private final KeyValueCache cache;
    private final int[] ids; // [capacity + 1]: the last one may have been chosen, and find no room to be computed
    private int count; // the last ones may not be in the cache yet
    private final int[] lastToken = new int[1]; // of the batch
    private final AtomicBoolean busy = new AtomicBoolean();
    private volatile boolean cancelled;

    GenerationSession(Model model, SessionOptions options) {
        this(model, options, capacity(model, options), null);
    }

    private GenerationSession(Model model, SessionOptions options, int capacity, KeyValueCache cache) {
        this.model = model;
        this.decoder = model.decoder();
        this.options = options;
        this.capacity = capacity;
        if (options.keep() > capacity / 2) {
            throw new IllegalArgumentException("keep must be at most half of the " + capacity
                    + " tokens that the session has room for, not " + options.keep());
        }
        this.cache = cache != null
                ? cache
                : new KeyValueCache(model.spec().stack(), options.cache().type(), capacity);
        ids = new int[capacity + 1];
    }

    private static int capacity(Model model, SessionOptions options) {
        int most = model.maxTokens();
        if (options.maxTokens() > most) {
            throw new IllegalArgumentException("maxTokens must be at most " + most
                    + ", which is what the model takes, not " + options.maxTokens());
        }
        return options.maxTokens() > 0 ? options.maxTokens() : Math.min(most, SessionOptions.USUAL_TOKENS);
    }

    /** How many tokens there are, those of prompts and those generated. */
    public int length() {
        return count;
    }

    /** How many tokens it has room for. */
    public int capacity() {
        return capacity;
    }

    /** The tokens, in a new array. */
    public int[] ids() {
        return Arrays.copyOf(ids, count);
    }

    /**
     * Adds a text as it is: no special tokens are added, none are parsed.
     *
     * @throws UnsupportedModelException if the model has no tokenizer
     * @throws TextTooLongException if it does not fit
     */
    public void add(String text) {
        add(model.contents().encodePart(text));
    }

    /**
     * Adds tokens. They are computed when something is generated.
     *
     * @throws TextTooLongException if they do not fit; a sliding session drops older ones to make room, if that helps
     */
    public void add(int[] tokens) {
        own();
        try {
            append(tokens, 0);
        } finally {
            disown();
        }
    }

    /**
     * Makes the text these tokens. What it has in common with them from the beginning on is not computed again: so a chat goes
     * on, each time with the whole conversation.
     *
     * @throws TextTooLongException if they do not fit
     */
    public void restart(int[] tokens) {
        own();
        try {
            if (tokens.length > capacity) {
                throw new TextTooLongException(tokens.length, capacity);
            }
            int common = 0;
            while (common < Math.min(count, tokens.length) && ids[common] == tokens[common]) {
                common++;
            }
            keep(common);
            append(tokens, common);
        } finally {
            disown();
        }
    }

    /**
     * Forgets all tokens behind the first ones.
     *
     * @throws IllegalArgumentException if it has not so many
     */
    public void rewind(int tokens) {
        own();
        try {
            if (tokens < 0 || tokens > count) {
                throw new IllegalArgumentException("cannot keep " + tokens + " of " + count + " tokens");
            }
            keep(tokens);
        } finally {
            disown();
        }
    }

    /** Another session with the same tokens. What is computed is shared, not copied, as long as neither changes it. */
    public GenerationSession fork() {
        own();
        try {
            GenerationSession fork = new GenerationSession(model, options, capacity, cache.fork());
            System.arraycopy(ids, 0, fork.ids, 0, count);
            fork.count = count;
            return fork;
        } finally {
            disown();
        }
    }

    /** Generates what follows, with {@link GenerationOptions#defaults}. */
    public Generation generate() {
        return generate(GenerationOptions.defaults());
    }

    /** Generates what follows. */
    public Generation generate(GenerationOptions how) {
        return generate(how, Generator.NOBODY);
    }

    /**
     * Generates what follows. The tokens become part of the text.
     *
     * @param listener is told what is generated as it is
     * @throws IllegalArgumentException if there are no tokens, or an option does not suit the model
     */
    public Generation generate(GenerationOptions how, GenerationListener listener) {
        own();
        try {
            model.enter();
            try {
                GenerationRun run = newRun(how);
                GenerationReader reader = new GenerationReader(run);
                BooleanSupplier stop = run::isStopped;
                while (step(run, stop)) {
                    reader.tell(listener);
                }
                reader.tell(listener);
                return reader.result();
            } finally {
                model.leave();
            }
        } finally {
            disown();
        }
    }

    /**
     * Generates what follows, a token each time one is asked for.
     *
     * @throws IllegalArgumentException if there are no tokens, or an option does not suit the model
     */
    public GenerationStream stream(GenerationOptions how) {
        own();
        try {
            return new GenerationStream(this, newRun(how));
        } finally {
            disown();
        }
    }

    /** Ends the generation that runs now, if any, within the time of one layer. For any thread. */
    public void cancel() {
        cancelled = true;
    }

    /**
     * Writes the text and all that was computed for it, to be loaded by {@link Generator#loadSession}. The file appears under
     * its name whole or not at all.
     *
     * @throws IOException if it cannot be written
     */
    public void save(Path file) throws IOException {
        own();
        try {
            cache.extend(model.spec().stack(), count);
            SessionFile.write(file, model, ids(), cache);
        } finally {
            disown();
        }
    }

    /** The session of a file, see {@link Generator#loadSession}. */
    static GenerationSession load(Path file, Model model, SessionOptions options) throws IOException {
        GenerationSession session = new GenerationSession(model, options);
        int[] tokens = SessionFile.read(file, model, session.cache, session.capacity);
        System.arraycopy(tokens, 0, session.ids, 0, tokens.length);
        session.count = tokens.length;
        return session;
    }

    private GenerationRun newRun(GenerationOptions how) {
        cancelled = false;
        BooleanSupplier cancelWhen = how.cancelWhen();
        return new GenerationRun(model, ids(), how, capacity, new StopSignal(
                () -> cancelled || cancelWhen != null && cancelWhen.getAsBoolean(), how.timeLimit()));
    }

    /** A step of a stream: whether there is another token. */
    boolean step(GenerationRun run) {
        own();
        try {
            model.enter();
            try {
                return step(run, run::isStopped);
            } finally {
                model.leave();
            }
        } finally {
            disown();
        }
    }

    private boolean step(GenerationRun run, BooleanSupplier stop) {
        if (stop.getAsBoolean()) {
            return false;
        }
        if (count > capacity) {
            if (options.whenFull() == SessionOptions.WhenFull.STOP) {
                run.end(FinishReason.CONTEXT_FULL);
                return false;
            }
            slide(0);
        }
        cache.extend(model.spec().stack(), count);
        int from = Math.min(cache.length(), count - 1);
        cache.truncate(from);
        if (run.count() == 0) {
            run.prefill(count - from);
        }
        for (;;) {
            int to = Math.min(count, from + CHUNK);
            SessionPool.Lease lease = model.sessions().take();
            try {
                Session session = lease.session();
                session.batch().clear();
                session.batch().add(ids, from, to, cache);
                if (!decoder.forward(session, stop)) {
                    return false;
                }
                if (to == count) {
                    lastToken[0] = to - from - 1;
                    decoder.logits(session, lastToken, 1);
                    ids[count++] = run.choose(session.logits(), 0);
                    return true;
                }
            } finally {
                lease.session().batch().clear();
                model.sessions().giveBack(lease);
            }
            from = to;
        }
    }

    private void append(int[] tokens, int from) {
        model.checkIds(tokens, from, tokens.length);
        int coming = tokens.length - from;
        if (coming > 0 && coming > capacity - count) {
            boolean slides = options.whenFull() == SessionOptions.WhenFull.SLIDE;
            int most = slides ? capacity - Math.min(count, options.keep()) : capacity - count;
            if (coming > most) {
                throw new TextTooLongException(count + coming, capacity);
            }
            slide(coming);
        }
        System.arraycopy(tokens, from, ids, count, coming);
        count += coming;
    }

    /** Drops the oldest tokens save the first, so that with those that come half of the room is used, or more if they need it. */
    private void slide(int coming) {
        int first = Math.min(count, options.keep());
        int rest = Math.clamp((capacity - options.keep() + 1) / 2 - coming, 0, count - first);
        System.arraycopy(ids, count - rest, ids, first, rest);
        keep(first);
        count = first + rest;
    }

    private void keep(int tokens) {
        count = tokens;
        cache.truncate(Math.min(tokens, cache.length()));
    }

    private void own() {
        if (!busy.compareAndSet(false, true)) {
            throw new IllegalStateException("the session is in use: one call at a time (fork it to go on in parallel)");
        }
    }

    private void disown() {
        busy.set(false);
    }
}
