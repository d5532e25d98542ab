package dev.lanewise.error;

/**
 * A model file is not what it must be: damaged, cut short, hostile, or of another format. Thrown before anything is
 * computed from the file, and for a {@code .lane} file before anything is allocated in proportion to what it claims.
 */
public final class ModelFormatException extends LanewiseException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final long offset;
    private final String field;
    private final String expected;
    private final String found;

    /**
     * @param file the file's path or name
     * @param offset where in the file, in bytes, or -1 if no single place is at fault
     * @param field which field of the format, in the words of its description
     * @param expected what a sound file has there
     * @param found what this file has there
     */
    public ModelFormatException(String file, long offset, String field, String expected, String found) {
        super(file + (offset < 0 ? "" : ", byte " + offset) + ": " + field + ": expected " + expected + ", found "
                + found);
        this.file = file;
        this.offset = offset;
        this.field = field;
        this.expected = expected;
        this.found = found;
    }

    /** The file's path or name. */
    public String file() {
        return file;
    }

    /** Where in the file, in bytes, or -1 if no single place is at fault. */
    public long offset() {
        return offset;
    }

    /** The field of the format that is wrong. */
    public String field() {
        return field;
    }

    /** What a sound file has there. */
    public String expected() {
        return expected;
    }

    /** What this file has there. */
    public String found() {
        return found;
    }
}
