package dev.lanewise;

import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.TransformerSpec.Shape;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.transformer.Decoder;
import dev.lanewise.transformer.Encoder;
import dev.lanewise.transformer.EncoderDecoder;
import dev.lanewise.transformer.Session;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.FlightRecorder;

/**
 * One opened {@code .lane} file. Opening maps it and checks its header, metadata, directory and specification; no weight is
 * read, copied or transformed.
 *
 * <p>The first model that a JVM opens also starts a daemon thread that gets the kernels compiled, which takes a second or so;
 * calls need not wait for it, but the first ones are slower.
 *
 * <p>Immutable and thread-safe. Weights stay in the mapped file, outside the heap, and are shared with other processes that
 * map it. Close it after the last use: calls that run then end normally, later ones throw {@link ModelClosedException}, and
 * the file is unmapped when the last call has ended. The file must not be changed while it is open.
 *
 * {@snippet :
 * try (Model model = Model.open(Path.of("all-minilm-l6-v2.lane"))) {
 *     float[] vector = model.embedder().embed("Attention is all you need");
 * }
 * }
 */
public final class Model implements AutoCloseable {
    private static final AtomicBoolean SAID_SLOW = new AtomicBoolean();
    private static final int CLOSED = 1 << 31;

    private final LaneFile file;
    private final ModelContents contents;
    private final Encoder encoder; // of a model that embeds, otherwise null
    private final Decoder decoder; // of a model that generates, otherwise null
    private final EncoderDecoder encoderDecoder; // of a model that makes a text of a source, otherwise null
    private final Crew crew;
    private final boolean rounds;
    /** How many calls run, and whether the model is closed. */
    private final AtomicInteger state = new AtomicInteger();
    private final SessionPool sessions;
    private final Set<Session> made = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));
    private final Set<Scheduler> schedulers = ConcurrentHashMap.newKeySet();

    private Model(LaneFile file, ModelOptions options) {
        this.file = file;
        // First of all, as it goes on beside the rest.
        file.tensorOf(Kernels.WARM_UP_BYTES).ifPresent(weights -> Kernels.warmUp(weights, file.types()));
        contents = new ModelContents(file);
        TransformerSpec spec = contents.spec();
        encoder = spec.shape() == Shape.ENCODER ? new Encoder(file, spec) : null;
        decoder = spec.shape() == Shape.DECODER ? new Decoder(file, spec) : null;
        encoderDecoder = spec.shape() == Shape.ENCODER_DECODER ? new EncoderDecoder(file, spec) : null;
        crew = new Crew(options.threads());
        rounds = options.roundedActivations();
        sessions = new SessionPool(() -> newSession(crew));
    }

    /**
     * Opens a file with {@link ModelOptions#defaults}.
     *
     * @throws ModelFormatException if it is no sound {@code .lane} file, or one that this release cannot run
     * @throws IOException if it cannot be read
     */
    public static Model open(Path path) throws IOException {
        return open(path, ModelOptions.defaults());
    }

    /**
     * Opens a file.
     *
     * @throws ModelFormatException if it is no sound {@code .lane} file, or one that this release cannot run
     * @throws IOException if it cannot be read
     */
    public static Model open(Path path, ModelOptions options) throws IOException {
        Kernels.prepare();
        // The first event of a process sets up the flight recorder, which takes longer than opening a model.
        ModelOpenEvent event = FlightRecorder.isInitialized() ? new ModelOpenEvent() : null;
        if (event != null) {
            event.begin();
        }
        LaneFile file = LaneFile.open(path);
        try {
            Model model = new Model(file, options);
            if (event != null) {
                event.file = file.file();
                event.shape = model.spec().shape().name();
                event.mapped = file.size();
                event.commit();
            }
            if (Kernels.select().vectorBits() == 0 && SAID_SLOW.compareAndSet(false, true)) {
                System.getLogger("dev.lanewise").log(System.Logger.Level.WARNING,
                        "Lanewise computes " + Kernels.reason());
            }
            return model;
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    /**
     * An embedder with {@link EmbedderOptions#defaults}.
     *
     * @throws UnsupportedModelException if the model is no encoder, or the file does not say how to pool
     */
    public Embedder embedder() {
        return embedder(EmbedderOptions.defaults());
    }

    /**
     * An embedder.
     *
     * @throws UnsupportedModelException if the model is no encoder, or neither the options nor the file say how to pool
     */
    public Embedder embedder(EmbedderOptions options) {
        return new Embedder(this, options);
    }

    /**
     * A generator.
     *
     * @throws UnsupportedModelException if the model is no decoder
     */
    public Generator generator() {
        return new Generator(this);
    }

    /**
     * A scheduler, which serves many callers at once. Close it before the model: until then the file stays mapped.
     *
     * @throws UnsupportedModelException if the model is an encoder and neither the options nor the file say how to pool, or hears
     * @throws IllegalArgumentException if there is not enough memory for keys and values, or more than the heap may have, or those
     *             of translations are not to be {@link CacheType#F32}
     */
    public Scheduler scheduler(SchedulerOptions options) {
        return new Scheduler(this, options);
    }

    /**
     * Gets ready for the first request: on a thread of its own, computes until that gets no faster, some seconds; after 20 it ends with what it has begun. Calls
     * need not wait for it. The model stays open until then.
     *
     * @return is complete when it is ready; completing it ends the work; fails with {@link UnsupportedModelException} if the file does
     *         not say how texts are made, so that nothing but its raw output can be had
     */
    public CompletableFuture<Void> warmUp() {
        return ModelWarmUp.start(this);
    }

    /** What memory it takes now. */
    public MemoryReport memory() {
        long cache = 0;
        for (Scheduler scheduler : schedulers) {
            cache += scheduler.cacheBytes();
        }
        long offHeap = 0;
        synchronized (made) {
            for (Session session : made) {
                offHeap += session.offHeapBytes();
            }
        }
        return new MemoryReport(file.size(), offHeap, cache);
    }

    /**
     * A classifier that refuses texts that are too long.
     *
     * @throws UnsupportedModelException if the model is no encoder with a head
     */
    public Classifier classifier() {
        return classifier(Truncation.REFUSE);
    }

    /**
     * A classifier.
     *
     * @throws UnsupportedModelException if the model is no encoder with a head
     */
    public Classifier classifier(Truncation truncation) {
        return new Classifier(this, truncation);
    }

    /**
     * A reranker that refuses pairs that are too long.
     *
     * @throws UnsupportedModelException if the model is no encoder with a head of one output
     */
    public Reranker reranker() {
        return reranker(Truncation.REFUSE);
    }

    /**
     * A reranker.
     *
     * @throws UnsupportedModelException if the model is no encoder with a head of one output
     */
    public Reranker reranker(Truncation truncation) {
        return new Reranker(this, truncation);
    }

    /**
     * What can be put before a text that is embedded, by name, such as "query" and "document"; see
     * {@link EmbedderOptions#withPrompt}.
     */
    public Map<String, String> prompts() {
        return contents.prompts();
    }

    /** The name of the prompt that is put before every text unless another is asked for; empty for none. */
    public String defaultPrompt() {
        return contents.defaultPrompt();
    }

    /**
     * A transcriber.
     *
     * @throws UnsupportedModelException if the model does not hear, or has no tokenizer that knows Whisper's control tokens
     */
    public Transcriber transcriber() {
        return new Transcriber(this);
    }

    /**
     * A translator.
     *
     * @throws UnsupportedModelException if the model is no encoder-decoder, or reads no text
     */
    public Translator translator() {
        return new Translator(this);
    }

    /** Whether it goes on with a text, so that there is a {@link #generator()}. */
    public boolean generates() {
        return decoder != null;
    }

    /** Whether it makes a text of another one, so that there is a {@link #translator()}. */
    boolean translates() {
        return encoderDecoder != null;
    }

    /** Whether it makes a text of sound, so that there is a {@link #transcriber()}. */
    boolean hears() {
        return translates() && spec().source().stem() != null;
    }

    /** What tells its file apart from others: its size, and a checksum over the checksums of its tensors. */
    long fingerprint() {
        return file.size() << 32 ^ Integer.toUnsignedLong(file.checksum());
    }

    /** The path it was opened by. */
    public String file() {
        return file.file();
    }

    /** The length of a token's vector, the last hidden state; {@link Embedder#width} is that of a text's. */
    public int width() {
        return spec().stack().width();
    }

    /** How many tokens a text may have, the special ones included. */
    public int maxTokens() {
        return spec().maxTokens();
    }

    /** How many ids there are: valid ones are from 0 to this number, itself excluded. */
    public int vocabulary() {
        return spec().embedding().vocabulary();
    }

    /** Whether it has a tokenizer; without one it takes ids alone. */
    public boolean hasTokenizer() {
        return contents.hasTokenizer();
    }

    /** How the file says that token vectors become one, or null if it says nothing. */
    public Pooling pooling() {
        return spec().pooling() == null ? null : Pooling.valueOf(spec().pooling().kind().name());
    }

    /** Closes it; closing it again does nothing. */
    @Override
    public void close() {
        int before = state.getAndUpdate(s -> s | CLOSED);
        if (before == 0) {
            release();
        }
    }

    /** What its file says, all but the weights. */
    ModelContents contents() {
        return contents;
    }

    TransformerSpec spec() {
        return contents.spec();
    }

    /** @throws UnsupportedModelException if there is none */
    Tokenizer tokenizer() {
        return contents.tokenizer();
    }

    /** @throws UnsupportedModelException if it is no encoder */
    Encoder encoder() {
        return required(encoder, "an encoder");
    }

    /** @throws UnsupportedModelException if it is no encoder-decoder */
    EncoderDecoder encoderDecoder() {
        return required(encoderDecoder, "an encoder-decoder");
    }

    private <T> T required(T network, String kind) {
        if (network == null) {
            boolean decodes = spec().shape() == Shape.DECODER;
            throw new UnsupportedModelException(file.file() + ": the model is " + (decodes ? "a " : "an ")
                    + spec().shape().name().toLowerCase(Locale.ROOT).replace('_', '-') + "; this needs " + kind);
        }
        return network;
    }

    /** A session of whoever has the crew. */
    Session newSession(Crew of) {
        Session session = new Session(spec(), Kernels.select(), of, rounds);
        made.add(session);
        return session;
    }

    /** Those that are open. */
    Set<Scheduler> schedulers() {
        return schedulers;
    }

    /** Sessions for the calls that have begun. */
    SessionPool sessions() {
        return sessions;
    }

    /** @throws UnsupportedModelException if it is no decoder */
    Decoder decoder() {
        return required(decoder, "a decoder");
    }

    /** Checks that ids are in the vocabulary. */
    void checkIds(int[] ids, int from, int to) {
        checkIds(ids, from, to, vocabulary());
    }

    /** Checks that ids are in a vocabulary of so many. */
    static void checkIds(int[] ids, int from, int to, int vocabulary) {
        for (int i = from; i < to; i++) {
            if (ids[i] < 0 || ids[i] >= vocabulary) {
                throw new IllegalArgumentException(
                        "id " + ids[i] + " at " + i + ": the model has ids 0 to " + (vocabulary - 1));
            }
        }
    }

    /** A call begins: the model stays open, and the session is the caller's, until {@link #end}. */
    SessionPool.Lease begin() {
        enter();
        return sessions.take();
    }

    void end(SessionPool.Lease lease) {
        sessions.giveBack(lease);
        leave();
    }

    /** A call begins: the model stays open until {@link #leave}. */
    void enter() {
        int calls;
        do {
            calls = state.get();
            if (calls < 0) {
                throw new ModelClosedException(file.file());
            }
        } while (!state.compareAndSet(calls, calls + 1));
    }

    void leave() {
        if (state.decrementAndGet() == CLOSED) {
            release();
        }
    }

    private void release() {
        crew.close();
        file.close();
    }
}
