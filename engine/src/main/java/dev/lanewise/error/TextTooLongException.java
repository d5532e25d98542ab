package dev.lanewise.error;

/** A text has more tokens than the model takes, and truncation was not asked for. */
public final class TextTooLongException extends LanewiseException {
    private static final long serialVersionUID = 1L;

    private final int tokens;
    private final int limit;

    /**
     * @param tokens how many tokens the text has, the special ones included
     * @param limit how many the model takes
     */
    public TextTooLongException(int tokens, int limit) {
        super("the text has " + tokens + " tokens, the model takes at most " + limit
                + "; shorten or split it, or ask for truncation");
        this.tokens = tokens;
        this.limit = limit;
    }

    /** How many tokens the text has, the special ones included. */
    public int tokens() {
        return tokens;
    }

    /** How many tokens the model takes. */
    public int limit() {
        return limit;
    }
}
