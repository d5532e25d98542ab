package dev.lanewise;

/**
 * How a model is opened.
 *
 * @param threads how many threads compute a call at most, the caller's included: 1 to 1024
 * @param roundedActivations whether activations are rounded to 8 bits where they meet weights of 4 bits (Q4_0 and Q4_1), in blocks of 32 with
 *     a scale each, as llama.cpp does for all quantised weights: faster, less exact; for all other weights nothing changes
 */
public record ModelOptions(int threads, boolean roundedActivations) {

    /** Checks the values. */
    public ModelOptions {
        OptionRange.checked(threads >= 1 && threads <= 1024, "threads", "1 to 1024", threads);
    }

    /** So many threads; nothing is rounded. */
    public ModelOptions(int threads) {
        this(threads, false);
    }

    /** As many threads as the JVM has processors; nothing is rounded. */
    public static ModelOptions defaults() {
        return new ModelOptions(Math.min(1024, java.lang.Runtime.getRuntime().availableProcessors()));
    }

    /** The same, but activations are rounded or not. */
    public ModelOptions withRoundedActivations(boolean rounded) {
        return new ModelOptions(threads, rounded);
    }

    /** The same with another number of threads. */
    public ModelOptions withThreads(int count) {
        return new ModelOptions(count, roundedActivations);
    }
}
