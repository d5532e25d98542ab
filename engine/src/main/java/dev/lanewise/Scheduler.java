package dev.lanewise;

import dev.lanewise.error.DeadlineExceededException;
import dev.lanewise.error.RequestRejectedException;
import dev.lanewise.error.RequestRejectedException.Reason;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.parallel.Crew;
import dev.lanewise.serving.EmbeddingLoop;
import dev.lanewise.serving.EmbeddingRequest;
import dev.lanewise.serving.GenerationLoop;
import dev.lanewise.serving.Request;
import dev.lanewise.serving.RequestLoop;
import dev.lanewise.serving.RequestLoop.Outcome;
import dev.lanewise.serving.RequestQueue;
import dev.lanewise.serving.TranslationLoop;
import dev.lanewise.transformer.Session;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.function.BooleanSupplier;

/**
 * Serves many callers of one model: what they ask for at the same time is computed together, in threads of its own. Of an
 * encoder it embeds, of a decoder it generates, of an encoder-decoder it translates, with the results, bit for bit, of
 * {@link Embedder}, {@link Generator} and {@link Translator}.
 *
 * <p>Thread-safe, for platform threads and virtual ones, any number of them. Arguments are checked, and texts made tokens, on
 * the caller's thread, which meets what is wrong with them as an exception at once; everything later is told by the future.
 * <ul>
 * <li>A request that is not taken, or given up, ends with {@link RequestRejectedException}.
 * <li>One whose time is over ends with {@link DeadlineExceededException}; a generation, or a translation, ends with what it has and
 * {@link FinishReason#DEADLINE}. A time that is over before it begins is over at once.
 * <li>Who cancels the future ends the request, within a step. Who is interrupted while waiting in a blocking method, too.
 * <li>What one request does, or its listener, is nothing to the others. Listeners and whatever depends on a future run on virtual
 * threads, one a request. A listener that throws ends its request with what it threw; one that never returns keeps its future
 * from being complete, and nothing else.
 * </ul>
 *
 * {@snippet :
 * try (Scheduler scheduler = model.scheduler(SchedulerOptions.defaults())) {
 *     CompletableFuture<Generation> answer = scheduler.generateAsync("Gravity is", options, piece -> send(piece));
 * }
 * }
 */
public final class Scheduler implements AutoCloseable {
    /** How long {@link #close()} waits for what runs. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Model model;
    private final Crew crew;
    private final Embedder embedder; // of an encoder, otherwise null
    private final EmbeddingLoop embeddings; // of an encoder, otherwise null
    private final GenerationLoop generations; // of a decoder, otherwise null
    private final Translator translator; // of an encoder-decoder, otherwise null
    private final TranslationLoop translations; // of an encoder-decoder, otherwise null
    private final RequestLoop<?> loop; // that of the three which there is
    private boolean closed;

    Scheduler(Model model, SchedulerOptions options) {
        this.model = model;
        boolean generates = model.generates();
        boolean translates = model.translates();
        translator = translates ? model.translator() : null;
        embedder = generates || translates ? null : model.embedder(options.embedding());
        if (translates && options.cache() != CacheType.F32) {
            throw new IllegalArgumentException(
                    "a translation keeps its keys and values as F32, not " + options.cache());
        }
        long heap = java.lang.Runtime.getRuntime().maxMemory();
        if (embedder == null && options.cacheBytes() > heap) {
            throw new IllegalArgumentException("cacheBytes is " + options.cacheBytes() + ", the heap may have "
                    + heap + " bytes: give the JVM a larger one (-Xmx), or the scheduler less");
        }
        model.enter();
        crew = new Crew(options.threads());
        try {
            crew.start();
            Session session = model.newSession(crew);
            embeddings = embedder == null
                    ? null
                    : embedder.loop(session, options.maxBatchTokens(), queue(options));
            generations = generates
                    ? new GenerationLoop(model.decoder(), session, model.spec().stack(), options.cache().type(),
                            options.cacheBytes(), options.maxBatchTokens(), options.prefillTokens(), queue(options))
                    : null;
            translations = translates
                    ? new TranslationLoop(model.encoderDecoder(), session, model.spec(), options.cacheBytes(),
                            options.maxBatchTokens(), options.prefillTokens(),
                            Math.clamp(TranslationRun.MOST_LOGITS / model.vocabulary(), 1, options.maxBatchTokens()),
                            queue(options))
                    : null;
            loop = generates ? generations : translates ? translations : embeddings;
        } catch (RuntimeException | Error e) {
            crew.close();
            model.leave();
            throw e;
        }
        model.schedulers().add(this);
    }

    private static <R extends Request<?>> RequestQueue<R> queue(SchedulerOptions options) {
        return new RequestQueue<>(options.queueBound(), options.whenFull() == SchedulerOptions.WhenFull.BLOCK,
                options.whenFull() == SchedulerOptions.WhenFull.DROP_OLDEST);
    }

    /**
     * The vector of a text. An idle scheduler computes it on the caller's thread, so that a single caller waits for nobody.
     *
     * @throws TextTooLongException if the text has more tokens than the model takes, and truncation was not asked for
     * @throws RequestRejectedException if it is not taken
     * @throws InterruptedException if the caller is interrupted while it waits; the request is cancelled
     */
    public float[] embed(String text) throws InterruptedException {
        return compute(embedding().request(text, Long.MAX_VALUE, waitsItself()));
    }

    /** The vector of token ids, taken as they are, see {@link #embed(String)}. */
    public float[] embed(int[] ids) throws InterruptedException {
        return compute(embedding().request(ids, Long.MAX_VALUE, waitsItself()));
    }

    /** Whether the scheduler's thread may wake the caller: waking a virtual thread allocates. */
    private static boolean waitsItself() {
        return !Thread.currentThread().isVirtual();
    }

    private float[] compute(EmbeddingRequest request) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (!embeddings.compute(request)) {
            embeddings.submit(request);
        }
        return await(request.future());
    }

    /** The vector of a text. */
    public CompletableFuture<float[]> embedAsync(String text) {
        return submit(embedding().request(text, Long.MAX_VALUE, false));
    }

    /**
     * The vector of a text.
     *
     * @param limit how long it may take, from now on; over at once if it is not positive
     */
    public CompletableFuture<float[]> embedAsync(String text, Duration limit) {
        return submit(embedding().request(text, StopSignal.nanos(limit), false));
    }

    /**
     * The vector of token ids, taken as they are.
     *
     * @param limit how long it may take, from now on; over at once if it is not positive
     */
    public CompletableFuture<float[]> embedAsync(int[] ids, Duration limit) {
        return submit(embedding().request(ids, StopSignal.nanos(limit), false));
    }

    private CompletableFuture<float[]> submit(EmbeddingRequest request) {
        embeddings.submit(request);
        return request.future();
    }

    private Embedder embedding() {
        if (embedder == null) {
            model.encoder(); // says what it is
        }
        return embedder;
    }

    /**
     * What follows a prompt.
     *
     * @throws TextTooLongException if the prompt has more tokens than the model takes
     * @throws RequestRejectedException if it is not taken
     * @throws InterruptedException if the caller is interrupted while it waits; the request is cancelled
     */
    public Generation generate(String prompt, GenerationOptions options) throws InterruptedException {
        return await(generateAsync(encode(prompt), options, Generator.NOBODY));
    }

    /** What follows ids, see {@link #generate(String, GenerationOptions)}. */
    public Generation generate(int[] ids, GenerationOptions options) throws InterruptedException {
        return await(generateAsync(ids, options, Generator.NOBODY));
    }

    /** What follows a prompt, see {@link #generateAsync(int[], GenerationOptions, GenerationListener)}. */
    public CompletableFuture<Generation> generateAsync(String prompt, GenerationOptions options,
            GenerationListener listener) {
        return generateAsync(encode(prompt), options, listener);
    }

    /**
     * What follows ids.
     *
     * @param options with no {@link GenerationOptions.Builder#cancelWhen}, which would run on the scheduler's thread: cancel the
     *            future
     * @param listener is told what is generated as it is, by one thread at a time, not always the same; it may take its time
     * @return is complete when the listener has been told everything
     * @throws TextTooLongException if there are more ids than the model takes; or ids and {@code maxTokens} are more than it was first
     *             trained with, and its rotary positions change with every token behind that: this is for a {@link Generator}
     * @throws IllegalArgumentException if an option does not suit the model or a scheduler
     */
    public CompletableFuture<Generation> generateAsync(int[] ids, GenerationOptions options,
            GenerationListener listener) {
        Objects.requireNonNull(listener, "listener");
        ScheduledGeneration request = new ScheduledGeneration(model, ids, options, listener, null);
        generations.submit(request);
        return request.future();
    }

    /** What follows a prompt, see {@link #stream(int[], GenerationOptions)}. */
    public Flow.Publisher<GeneratedToken> stream(String prompt, GenerationOptions options) {
        return stream(encode(prompt), options);
    }

    /**
     * What follows ids, token by token. Each subscription is a request of its own, that begins with it. A subscriber is told as much
     * as it asks for, on virtual threads, one at a time. One that is slow delays nobody: the text is complete meanwhile, and what
     * is not asked for yet waits in it. What ends the request is its error; a demand that is not above 0, too. What {@code onNext}
     * throws, ends it.
     *
     * @param options with no {@link GenerationOptions.Builder#cancelWhen}: cancel the subscription
     * @throws TextTooLongException as {@link #generateAsync(int[], GenerationOptions, GenerationListener)}
     * @throws IllegalArgumentException if an option does not suit the model or a scheduler
     */
    public Flow.Publisher<GeneratedToken> stream(int[] ids, GenerationOptions options) {
        int[] prompt = ScheduledGeneration.checked(model, ids, options);
        return subscriber -> {
            ScheduledGeneration request = new ScheduledGeneration(model, prompt, options, null,
                    Objects.requireNonNull(subscriber));
            subscriber.onSubscribe(request.subscription());
            request.future().whenComplete((answer, failure) -> request.subscription().end(failure));
            generations.submit(request);
        };
    }

    private int[] encode(String prompt) {
        model.decoder(); // or the failure that says what it is
        return model.generator().encode(prompt, false);
    }

    /**
     * The translation of a text.
     *
     * @throws TextTooLongException if the text has more tokens than the model takes, and the options do not allow to cut it
     * @throws RequestRejectedException if it is not taken
     * @throws InterruptedException if the caller is interrupted while it waits; the request is cancelled
     */
    public Translation translate(String text, TranslationOptions options) throws InterruptedException {
        return await(translation(translator().encode(text, options), options, null));
    }

    /** The translation of ids, see {@link #translate(String, TranslationOptions)}. */
    public Translation translate(int[] ids, TranslationOptions options) throws InterruptedException {
        translator().check(ids, options);
        return await(translation(ids, options, null));
    }

    /** The translation of a text, which is an empty one at once if the text has no token of its own. */
    public CompletableFuture<Translation> translateAsync(String text, TranslationOptions options) {
        return translation(translator().encode(text, options), options, null);
    }

    /** The translation of ids. */
    public CompletableFuture<Translation> translateAsync(int[] ids, TranslationOptions options) {
        translator().check(ids, options);
        return translation(ids, options, null);
    }

    /**
     * The translation of ids with a single beam.
     *
     * @param options with no {@link TranslationOptions#withCancelWhen}, which would run on the scheduler's thread: cancel the future
     * @param listener is told what is chosen as it is, by one thread at a time, not always the same; it may take its time
     * @return is complete when the listener has been told everything
     * @throws IllegalArgumentException if there are several beams, or an option does not suit the model or a scheduler
     */
    public CompletableFuture<Translation> translateAsync(int[] ids, TranslationOptions options,
            GenerationListener listener) {
        translator().check(ids, options);
        return translation(ids, options, Objects.requireNonNull(listener, "listener"));
    }

    private Translator translator() {
        model.encoderDecoder(); // or the failure that says what it is
        return translator;
    }

    private CompletableFuture<Translation> translation(int[] ids, TranslationOptions options,
            GenerationListener listener) {
        checkNoQuestion(options.cancelWhen());
        int[] source = ids.clone();
        TranslationPlan plan = translator.plan(List.of(source), options, listener);
        if (source.length == 0) {
            return CompletableFuture.completedFuture(TranslationPlan.ofNothing());
        }
        ScheduledTranslation request = new ScheduledTranslation(plan, source, listener);
        if (plan.aligns()) {
            model.enter(); // as that is computed last, perhaps when this scheduler is closed, and the model, too
            request.future().whenComplete((answer, failure) -> model.leave());
        }
        translations.submit(request);
        return request.future();
    }

    /** Checks that the options ask nothing, as it is the scheduler's thread that would. */
    static void checkNoQuestion(BooleanSupplier cancelWhen) {
        if (cancelWhen != null) {
            throw new IllegalArgumentException("cancelWhen is not for a scheduler: cancel the future");
        }
    }

    private static <T> T await(CompletableFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            future.cancel(false);
            throw e;
        } catch (CancellationException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while the queue was full");
            }
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw (Error) e.getCause();
        }
    }

    /** What it has done so far. */
    public SchedulerStatistics statistics() {
        return new SchedulerStatistics(loop.submitted(), loop.ended(Outcome.COMPLETED), loop.ended(Outcome.FAILED),
                loop.ended(Outcome.CANCELLED), loop.ended(Outcome.EXPIRED), loop.ended(Outcome.REJECTED),
                loop.runningNow(), loop.tokens(), loop.sharedTokens(), loop.evictedPages(), loop.cacheBytes());
    }

    long cacheBytes() {
        return loop.cacheBytes();
    }

    /** Closes it: what is there may end for 10 seconds, then it is cancelled. See {@link #close(Duration)}. */
    @Override
    public void close() {
        close(PATIENCE);
    }

    /**
     * Takes no new requests, lets those that are there end for at most so long, and then ends the rest with
     * {@link RequestRejectedException}, within the time of one layer. When it returns, the scheduler's threads have ended and the
     * model can be closed. To be called by no listener. Closing it again does nothing.
     *
     * @param patience zero to end everything at once
     */
    public synchronized void close(Duration patience) {
        Objects.requireNonNull(patience, "patience");
        if (!closed) {
            closed = true;
            loop.close(patience);
            crew.close();
            model.schedulers().remove(this);
            model.leave();
        }
    }
}
