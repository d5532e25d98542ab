package dev.lanewise.error;

/** A scheduler does not take a request, or gives it up before it is answered. Nothing of it was or will be delivered. */
public final class RequestRejectedException extends LanewiseException {
    private static final long serialVersionUID = 1L;

    /** Why a request is rejected. */
    public enum Reason {
        /** As many requests wait as may. */
        QUEUE_FULL("the queue is full; ask again later, or open the scheduler with a larger queue"),
        /** It waited longest when the queue was full, and the scheduler drops the oldest. */
        DROPPED("it waited longest when the queue was full; ask again later"),
        /** It needs more memory for keys and values than the scheduler has in all. */
        TOO_LARGE("it needs more memory for keys and values than there is in all; ask for fewer tokens, or open the"
                + " scheduler with more cache memory"),
        /** There is no memory left in the JVM for what it needs, though the scheduler's own is not used up. */
        NO_MEMORY(
                "there is no memory left in the JVM; give it a larger heap (-Xmx), or the scheduler less cache memory"),
        /** The scheduler is closed, or was closed before the request was answered. */
        CLOSED("the scheduler is closed");

        private final String explanation;

        Reason(String explanation) {
            this.explanation = explanation;
        }
    }

    private final Reason reason;

    /** @param reason why */
    public RequestRejectedException(Reason reason) {
        super("the request was rejected: " + reason.explanation);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
