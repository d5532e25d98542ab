package dev.lanewise.serving;

import dev.lanewise.error.RequestRejectedException;
import dev.lanewise.error.RequestRejectedException.Reason;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.transformer.Batch;
import dev.lanewise.transformer.Encoder;
import dev.lanewise.transformer.Pooling;
import dev.lanewise.transformer.Session;

/**
 * Embeds what waits, ragged, as many tokens at once as it may. A text waits for the pass that runs when it comes, no longer:
 * what came meanwhile goes together. A caller who finds it idle computes without waking anybody.
 */
public final class EmbeddingLoop extends RequestLoop<EmbeddingRequest> {
    private final Encoder encoder;
    private final Session session;
    private final PoolingSpec.Kind pooling;
    private final boolean normalize;
    private final int stride;
    private final int batchTokens;
    private float[] vectors; // [texts][stride], of the last pass
    private volatile long tokens;

    /**
     * @param session for this loop alone
     * @param normalize whether vectors are divided by their length
     * @param stride the length of a vector, padded
     * @param batchTokens how many tokens are computed at once, at most, unless a single text has more
     */
    public EmbeddingLoop(Encoder encoder, Session session, PoolingSpec.Kind pooling, boolean normalize, int stride,
            int batchTokens, RequestQueue<EmbeddingRequest> queue) {
        super(queue);
        this.encoder = encoder;
        this.session = session;
        this.pooling = pooling;
        this.normalize = normalize;
        this.stride = stride;
        this.batchTokens = batchTokens;
        start();
    }

    /** Computes on the caller's thread, if nothing else is to do; the future then is complete. */
    public boolean compute(EmbeddingRequest request) {
        if (!tryOwn()) {
            return false;
        }
        try {
            session.batch().clear();
            Throwable failure = null;
            try {
                add(request);
                forward();
            } catch (RuntimeException | Error e) {
                failure = e;
            }
            answer(request, 0, failure);
        } finally {
            disown();
        }
        return true;
    }

    @Override
    protected void step() {
        int texts = 0;
        Throwable failure = null;
        Batch batch = session.batch();
        batch.clear();
        try {
            while (texts < waiting() && (texts == 0 || batch.tokens() + waiting(texts).ids.length <= batchTokens)) {
                add(waiting(texts++));
            }
            if (texts > 0) {
                forward();
            }
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        for (int text = 0; text < texts; text++) {
            answer(waiting(text), text, failure);
        }
        admitted(texts);
    }

    private void add(EmbeddingRequest request) {
        request.start();
        session.batch().add(request.ids, request.types, 0, request.ids.length);
    }

    private void forward() {
        PassEvent event = PassEvent.start();
        if (!encoder.forward(session, cancelling())) {
            throw new RequestRejectedException(Reason.CLOSED);
        }
        vectors = encoder.vectors(session, pooling);
        tokens += session.batch().tokens();
        if (event != null) {
            event.finish(session.batch().texts(), session.batch().tokens(), 0, waiting(), -1);
        }
    }

    private void answer(EmbeddingRequest request, int text, Throwable failure) {
        if (failure != null) {
            fail(request, failure);
            return;
        }
        System.arraycopy(vectors, text * stride, request.vector, 0, request.vector.length);
        if (normalize) {
            Pooling.normalize(request.vector, 0, request.vector.length);
        }
        end(request, Outcome.COMPLETED, null);
    }

    @Override
    public long tokens() {
        return tokens;
    }
}
