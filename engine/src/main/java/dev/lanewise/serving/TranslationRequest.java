package dev.lanewise.serving;

import dev.lanewise.generation.BeamDecoding;

/**
 * A source that is to be translated. What is above this package says how, see {@link #begin} and {@link #chosen}, which are called
 * by the scheduler's thread.
 *
 * @param <T> the answer
 */
public abstract class TranslationRequest<T> extends Request<T> {
    final int[] source;
    final int beams;
    final int longest;
    final boolean aligned;
    private BeamDecoding decoding; // null until it begins

    /**
     * @param source at least one token
     * @param beams how many hypotheses there are at most
     * @param longest how many tokens each may have
     * @param aligned whether the answer says what its tokens attend to
     * @param limit how long it may take, in ns, or {@link Long#MAX_VALUE}
     */
    protected TranslationRequest(int[] source, int beams, int longest, boolean aligned, long limit) {
        super(limit, false);
        this.source = source;
        this.beams = beams;
        this.longest = longest;
        this.aligned = aligned;
    }

    final void begin(BeamDecoding begun) {
        start();
        decoding = begun;
    }

    /** The source. */
    protected final int[] source() {
        return source;
    }

    /** Its search, or null if it has not begun. */
    protected final BeamDecoding decoding() {
        return decoding;
    }

    @Override
    protected String kind() {
        return "translation";
    }

    @Override
    protected int tokens() {
        return source.length;
    }

    /** Room for the search, which begins now. */
    protected abstract BeamDecoding begin();

    /** Every hypothesis has chosen a token. What this throws ends the request. */
    protected abstract void chosen();
}
