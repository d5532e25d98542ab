package dev.lanewise;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Whether a run has to end before its time: because its caller wants it, or by the clock. Asked before every layer, on the thread
 * that computes; once yes, it stays yes. One thread asks, any may see why; asking allocates nothing.
 */
final class StopSignal implements BooleanSupplier {
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

    private final BooleanSupplier cancelWhen; // or null
    private final long start = System.nanoTime();
    private final long timeLimit; // in ns
    private volatile FinishReason reason;

    /**
     * The time begins to run.
     *
     * @param cancelWhen asked whether the caller wants no more, or null
     * @param timeLimit how long it may take, or null
     */
    StopSignal(BooleanSupplier cancelWhen, Duration timeLimit) {
        this.cancelWhen = cancelWhen;
        this.timeLimit = nanos(timeLimit);
    }

    /** A limit in ns, {@link Long#MAX_VALUE} if it is null or longer than that, 0 if it is negative. */
    static long nanos(Duration limit) {
        if (limit == null || limit.compareTo(LONGEST) > 0) {
            return Long.MAX_VALUE;
        }
        return limit.isNegative() ? 0 : limit.toNanos();
    }

    @Override
    public boolean getAsBoolean() {
        if (reason == null) {
            if (cancelWhen != null && cancelWhen.getAsBoolean()) {
                reason = FinishReason.CANCELLED;
            } else if (System.nanoTime() - start >= timeLimit) {
                reason = FinishReason.DEADLINE;
            }
        }
        return reason != null;
    }

    /** Why, or null if it has not to end. */
    FinishReason reason() {
        return reason;
    }

    /** When the time began to run. */
    long start() {
        return start;
    }
}
