package dev.lanewise.error;

/** What Lanewise throws when the work itself fails; wrong arguments are {@link IllegalArgumentException}s instead. */
public abstract sealed class LanewiseException extends RuntimeException
        permits ChatTemplateException, DeadlineExceededException, ModelFormatException, ModelClosedException,
        RequestRejectedException, TextTooLongException, UnsupportedModelException {
    private static final long serialVersionUID = 1L;

    /** @param message what is wrong, where, and what to do */
    LanewiseException(String message) {
        super(message);
    }
}
