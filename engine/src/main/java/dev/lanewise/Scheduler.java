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
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Serves many callers of one model: what they ask for at the same time is computed together, in threads of its own. Of an
 * encoder it embeds, of a decoder it generates, with the results, bit for bit, of {@link Embedder} and {@link Generator}.
 *
 * <p>Thread-safe, for platform threads and virtual ones, any number of them. Arguments are checked, and texts made tokens, on
 * the caller's thread, which meets what is wrong with them as an exception at once; everything later is told by the future.
 * <ul>
 * <li>A request that is not taken, or given up, ends with {@link RequestRejectedException}.
 * <li>One whose time is over ends with {@link DeadlineExceededException}; a generation ends with what it has and
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
    private final RequestLoop<?> loop; // that of the two which there is
    private boolean closed;

    Scheduler(Model model, SchedulerOptions options) {
        this.model = model;
        boolean generates = model.generates();
        embedder = generates ? null : model.embedder(options.embedding());
        model.enter();
        crew = new Crew(options.threads());
        try {
            RequestLoop.WhenFull whenFull = RequestLoop.WhenFull.valueOf(options.whenFull().name());
            embeddings = generates
                    ? null
                    : embedder.loop(model.newSession(crew), options.maxBatchTokens(), whenFull, options.queueBound());
            generations = generates
                    ? new GenerationLoop(model.decoder(), model.newSession(crew), model.spec().stack(),
                            options.cache().type(), options.cacheBytes(), options.maxBatchTokens(),
                            options.prefillTokens(), whenFull, options.queueBound())
                    : null;
            loop = generates ? generations : embeddings;
        } catch (RuntimeException | Error e) {
            crew.close();
            model.leave();
            throw e;
        }
        model.schedulers().add(this);
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
        return await(request);
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
        return await(generation(encode(prompt), options, Generator.NOBODY));
    }

    /** What follows ids, see {@link #generate(String, GenerationOptions)}. */
    public Generation generate(int[] ids, GenerationOptions options) throws InterruptedException {
        return await(generation(ids, options, Generator.NOBODY));
    }

    /** What follows a prompt, see {@link #generateAsync(int[], GenerationOptions, GenerationListener)}. */
    public CompletableFuture<Generation> generateAsync(String prompt, GenerationOptions options,
            GenerationListener listener) {
        return generation(encode(prompt), options, listener).future();
    }

    /**
     * What follows ids.
     *
     * @param options with no {@link GenerationOptions.Builder#cancelWhen}, which would run on the scheduler's thread: cancel the
     *            future
     * @param listener is told what is generated as it is, by one thread at a time, not always the same; it may take its time
     * @return is complete when the listener has been told everything
     * @throws TextTooLongException if there are more ids than the model takes
     * @throws IllegalArgumentException if an option does not suit the model or a scheduler
     */
    public CompletableFuture<Generation> generateAsync(int[] ids, GenerationOptions options,
            GenerationListener listener) {
        return generation(ids, options, listener).future();
    }

    private int[] encode(String prompt) {
        model.decoder(); // or the failure that says what it is
        return model.generator().encode(prompt, false);
    }

    private ScheduledGeneration generation(int[] ids, GenerationOptions options, GenerationListener listener) {
        model.decoder(); // or the failure that says what it is
        Objects.requireNonNull(listener, "listener");
        if (options.cancelWhen() != null) {
            throw new IllegalArgumentException("cancelWhen is not for a scheduler: cancel the future");
        }
        int[] prompt = ids.clone();
        model.checkIds(prompt, 0, prompt.length);
        GenerationRun.check(model, prompt, options);
        // Texts share pages, whose keys must not be turned anew when one of them grows.
        int most = Math.min(model.maxTokens(), model.spec().stack().plainTokens());
        if (prompt.length > most) {
            throw new TextTooLongException(prompt.length, most);
        }
        int capacity = (int) Math.min(most, (long) prompt.length + options.maxTokens());
        ScheduledGeneration request = new ScheduledGeneration(model, prompt, capacity, options, listener);
        generations.submit(request);
        return request;
    }

    private static <T> T await(Request<T> request) throws InterruptedException {
        try {
            return request.future().get();
        } catch (InterruptedException e) {
            request.future().cancel(false);
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
                generations == null ? 0 : generations.running(),
                generations == null ? embeddings.tokens() : generations.tokens(),
                generations == null ? 0 : generations.sharedTokens(),
                generations == null ? 0 : generations.evictedPages(), cacheBytes());
    }

    long cacheBytes() {
        return generations == null ? 0 : generations.cacheBytes();
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
        if (!closed) {
            closed = true;
            loop.close(patience);
            crew.close();
            model.schedulers().remove(this);
            model.leave();
        }
    }
}
