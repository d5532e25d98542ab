package dev.lanewise.error;

import java.time.Duration;

/** The time that a request was given is over, and there is no answer. */
public final class DeadlineExceededException extends LanewiseException {
    private static final long serialVersionUID = 1L;

    /** @param limit the time that it was given */
    public DeadlineExceededException(Duration limit) {
        super("there was no answer within " + limit.toMillis() + " ms; give more time, or send fewer requests at once");
    }
}
