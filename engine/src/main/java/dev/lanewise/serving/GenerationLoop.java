package dev.lanewise.serving;

import dev.lanewise.error.RequestRejectedException;
import dev.lanewise.error.RequestRejectedException.Reason;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.transformer.Batch;
import dev.lanewise.transformer.Decoder;
import dev.lanewise.transformer.KeyValueCache;
import dev.lanewise.transformer.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Continuous batching (Orca, Yu et al., 2022): every step computes the next token of every text that runs, and with them a
 * bounded part of the prompts that have come (Sarathi-Serve, Agrawal et al., 2024), in one ragged pass that reads the weights
 * once. So a text that runs is never held up by more than the time of one pass of so many tokens.
 *
 * <p>Texts are admitted in the order in which they came, as soon as there is memory for all of their tokens.
 */
public final class GenerationLoop extends RequestLoop<GenerationRequest<?>> {
    private final Decoder decoder;
    private final Session session;
    private final PagePool pool;
    private final long pageBytes;
    private final int batchTokens;
    private final int prefillTokens;
    private final List<GenerationRequest<?>> batched = new ArrayList<>(); // in the order of the batch
    private int[] lastTokens = new int[8]; // of the batch, of texts that are to choose
    private volatile long tokens;

    /**
     * @param session for this loop alone
     * @param cache how keys and values are kept
     * @param cacheBytes how much memory they may take, at least that of a page
     * @param batchTokens how many tokens are computed at once, at most
     * @param prefillTokens how many of them are of prompts, at most, while other texts wait for their next token
     */
    public GenerationLoop(Decoder decoder, Session session, StackSpec stack, DataType cache, long cacheBytes,
            int batchTokens, int prefillTokens, RequestQueue<GenerationRequest<?>> queue) {
        super(queue);
        this.decoder = decoder;
        this.session = session;
        this.batchTokens = batchTokens;
        this.prefillTokens = prefillTokens;
        pageBytes = KeyValueCache.pageBytes(stack, cache);
        pool = new PagePool(stack, cache, (int) Math.min(Integer.MAX_VALUE, cacheBytes / pageBytes));
        if (pool.budget() == 0) {
            throw new IllegalArgumentException("cacheBytes must be at least " + pageBytes + ", which "
                    + KeyValueCache.PAGE + " tokens take, not " + cacheBytes);
        }
        start();
    }

    /** Hands over a request; one that can never have the memory that it needs is rejected. */
    @Override
    public void submit(GenerationRequest<?> request) {
        submit(request, PagePool.pages(request.capacity) <= pool.budget());
    }

    @Override
    protected void step() {
        letGo();
        admit();
        PassEvent event = PassEvent.start();
        Batch batch = session.batch();
        batch.clear();
        batched.clear();
        int decoding = addDecoding(batch);
        int prefill = addPrompts(batch, decoding);
        if (batch.texts() > 0) {
            compute(batch);
            if (event != null) {
                event.finish(batch.texts(), prefill, decoding, waiting(), pool.unused());
            }
        }
        batch.clear(); // keys and values are kept no longer than their requests
        batched.clear();
    }

    private void admit() {
        int admitted = 0;
        while (admitted < waiting() && running().size() < batchTokens) {
            GenerationRequest<?> request = waiting(admitted);
            try {
                PagePool.Text text = pool.admit(request.ids, request.count, request.capacity);
                if (text == null) {
                    break;
                }
                request.text = text;
                request.start();
                running().add(request);
                request.begin();
            } catch (RuntimeException | Error e) {
                fail(request, e);
            }
            admitted++;
        }
        admitted(admitted);
    }

    /** One token of each text that has but one to compute. */
    private int addDecoding(Batch batch) {
        int decoding = 0;
        for (int i = running().size() - 1; i >= 0; i--) {
            GenerationRequest<?> request = running().get(i);
            if (request.pending() == 1) {
                decoding += add(batch, request, 1);
            }
        }
        return decoding;
    }

    /** As much of the prompts as may be, the oldest first. */
    private int addPrompts(Batch batch, int decoding) {
        int most = decoding == 0 ? batchTokens : Math.min(prefillTokens, batchTokens - decoding);
        int room = most;
        for (int i = 0; i < running().size() && room > 0; i++) {
            GenerationRequest<?> request = running().get(i);
            if (request.pending() > 1) {
                request.text.shareMore(request.ids, request.count);
                room -= isBeingComputed(request) ? 0 : add(batch, request, Math.min(request.pending(), room));
            }
        }
        return most - room;
    }

    /** Whether a text of the batch computes the page that comes next, so that it can be shared after this pass. */
    private boolean isBeingComputed(GenerationRequest<?> request) {
        int from = request.text.cache().length();
        int to = from + KeyValueCache.PAGE;
        boolean shares = request.text.shares() && from % KeyValueCache.PAGE == 0 && to < request.count;
        for (int i = 0; i < batched.size() && shares; i++) {
            GenerationRequest<?> other = batched.get(i);
            if (other.text.shares() && other.count >= to && other.text.cache().length() < to
                    && Arrays.equals(request.ids, 0, to, other.ids, 0, to)) {
                return true;
            }
        }
        return false;
    }

    /** Adds so many tokens of a text; returns 0 if the text ends as there is no memory for them: in the JVM, not in the budget. */
    private int add(Batch batch, GenerationRequest<?> request, int count) {
        int from = request.text.cache().length();
        try {
            request.text.extend(from + count);
            batched.add(request);
            batch.add(request.ids, from, from + count, request.text.cache());
        } catch (RuntimeException | Error e) {
            batched.remove(request);
            fail(request, e);
            pool.trim(); // so that the JVM has some for all else
            return 0;
        }
        request.compute(count);
        return count;
    }

    private void compute(Batch batch) {
        try {
            if (!decoder.forward(session, cancelling())) {
                throw new RequestRejectedException(Reason.CLOSED);
            }
            if (lastTokens.length < batch.texts()) {
                lastTokens = new int[2 * batch.texts()];
            }
            int choosing = 0;
            for (int i = 0; i < batched.size(); i++) {
                if (batched.get(i).pending() == 0) {
                    lastTokens[choosing++] = batch.start(i + 1) - 1;
                }
            }
            if (choosing > 0) {
                decoder.logits(session, lastTokens, choosing);
            }
        } catch (RuntimeException | Error e) {
            failAll(batched, e);
            return;
        }
        tokens += batch.tokens();
        int row = 0;
        for (int i = 0; i < batched.size(); i++) {
            GenerationRequest<?> request = batched.get(i);
            request.text.publish(request.ids);
            if (request.pending() == 0) {
                choose(request, session.logitsStride() * row++);
            }
        }
    }

    private void choose(GenerationRequest<?> request, int at) {
        try {
            request.ids[request.count] = request.choose(session.logits(), at);
        } catch (RuntimeException | Error e) {
            fail(request, e); // the others go on
            return;
        }
        request.count++;
        if (request.isComplete(request.count > request.capacity)) {
            end(request, Outcome.COMPLETED, null);
        } else {
            request.text.announce(request.count);
            tell(request);
        }
    }

    @Override
    protected void release(GenerationRequest<?> request) {
        request.text.release();
        request.text = null;
    }

    @Override
    public long tokens() {
        return tokens;
    }

    @Override
    public long sharedTokens() {
        return pool.shared();
    }

    @Override
    public long evictedPages() {
        return pool.evicted();
    }

    @Override
    public long cacheBytes() {
        return pool.allocated() * pageBytes;
    }
}
