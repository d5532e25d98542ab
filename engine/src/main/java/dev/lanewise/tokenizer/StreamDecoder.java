package dev.lanewise.tokenizer;

/**
 * Turns ids into text as they arrive. A character whose bytes come with several ids appears when it is complete, never in
 * halves; all that was returned, one after the other, is what {@link Tokenizer#decode} makes of the same ids. Not thread-safe.
 */
public final class StreamDecoder {
    private final Tokenizer tokenizer;
    private final boolean skipSpecial;
    private final Utf8Buffer buffer = new Utf8Buffer();
    private boolean first = true;

    /**
     * A decoder at the beginning of a text.
     *
     * @param skipSpecial whether special tokens are left out
     */
    public StreamDecoder(Tokenizer tokenizer, boolean skipSpecial) {
        this.tokenizer = tokenizer;
        this.skipSpecial = skipSpecial;
    }

    /**
     * The text that is complete with this id, and was not before: often a word, sometimes nothing.
     *
     * @throws IllegalArgumentException if the id is not from 0 to {@link Tokenizer#size} - 1
     */
    public String push(int id) {
        append(id);
        return buffer.takeComplete();
    }

    /** Ends the text, and begins a new one: what was held back, U+FFFD for a character that never became complete. */
    public String finish() {
        String rest = buffer.takeAll();
        buffer.clear();
        first = true;
        return rest;
    }

    void append(int id) {
        String piece = tokenizer.piece(id);
        if (piece != null && !(skipSpecial && tokenizer.isSpecial(id))) {
            tokenizer.decoder().append(piece, tokenizer.isAdded(id), first, buffer);
            first = false;
        }
    }
}
