package dev.lanewise.bench.peer;

/**
 * A decoder with one text, of which the keys and values are kept. Used by one thread; whatever it holds ends with it.
 */
public interface Decoding extends AutoCloseable {

    /** Begins a new text, and computes all its tokens at once, up to the logits of the last. */
    void prefill(int[] ids) throws Exception;

    /** Goes on with tokens, one after the other, each up to its logits, which must not be less than one. */
    void decode(int tokens) throws Exception;

    /** Forgets all tokens behind the first ones. */
    void rewind(int tokens) throws Exception;

    /** The logits behind a text of these ids, all at once; nothing else is kept. Not timed. */
    float[] logits(int[] ids) throws Exception;

    /**
     * Goes on with several texts at once, each by a token a step, as many steps; what is kept of others is forgotten.
     *
     * @param streams how many texts
     * @param steps how many steps there are at most
     * @param prompt how many tokens of a prompt are computed between them, again and again, or 0 for none
     * @param seconds after which time there is no further step
     * @return how long each step took, in seconds
     */
    default double[] streams(int streams, int steps, int prompt, double seconds) throws Exception {
        throw new UnsupportedOperationException("one text at a time");
    }

    @Override
    void close();
}
