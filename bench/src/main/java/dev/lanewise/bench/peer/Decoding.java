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

    @Override
    void close();
}
