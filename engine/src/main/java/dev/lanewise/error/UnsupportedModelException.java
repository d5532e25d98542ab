package dev.lanewise.error;

/** A sound model that cannot do what is asked of it: another shape, no tokenizer, or a word this release does not know. */
public final class UnsupportedModelException extends LanewiseException {
    private static final long serialVersionUID = 1L;

    /** @param message what was asked, what the model is, and what to do */
    public UnsupportedModelException(String message) {
        super(message);
    }
}
