package dev.lanewise.error;

/**
 * A chat template cannot be used: it is not written in what this release understands of the language, it does not end, or it
 * refuses the conversation itself.
 */
public final class ChatTemplateException extends LanewiseException {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final int column;

    /**
     * @param line where in the template, from 1 on
     * @param column where in the line, in characters, from 1 on
     * @param problem what is wrong there
     */
    public ChatTemplateException(int line, int column, String problem) {
        super("chat template, line " + line + ", column " + column + ": " + problem);
        this.line = line;
        this.column = column;
    }

    /** The line of the template, from 1 on. */
    public int line() {
        return line;
    }

    /** Where in the line, in characters, from 1 on. */
    public int column() {
        return column;
    }
}
