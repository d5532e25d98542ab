package dev.lanewise.serving;

import dev.lanewise.error.DeadlineExceededException;
import java.time.Duration;

/** A text whose vector somebody wants. */
public final class EmbeddingRequest extends Request<float[]> {
    final int[] ids;
    final int[] types; // null for all 0
    final float[] vector; // [width], the answer
    private final long limit;

    /**
     * @param types of the tokens, or null for all 0
     * @param width the length of the vector
     * @param limit how long it may take, in ns, or {@link Long#MAX_VALUE}
     * @param direct as {@link Request}'s
     */
    public EmbeddingRequest(int[] ids, int[] types, int width, long limit, boolean direct) {
        super(limit, direct);
        this.ids = ids;
        this.types = types;
        this.limit = limit;
        vector = new float[width];
    }

    @Override
    protected String kind() {
        return "embedding";
    }

    @Override
    protected int tokens() {
        return ids.length;
    }

    @Override
    protected RuntimeException expired() {
        return new DeadlineExceededException(Duration.ofNanos(limit));
    }

    @Override
    protected boolean tell() {
        return true;
    }

    @Override
    protected float[] answer() {
        return vector;
    }
}
