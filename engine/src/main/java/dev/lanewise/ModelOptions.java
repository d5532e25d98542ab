package dev.lanewise;

/**
 * How a model is opened.
 *
 * @param threads how many threads compute a call at most, the caller's included: 1 to 1024
 */
public record ModelOptions(int threads) {

    /** Checks the values. */
    public ModelOptions {
        OptionRange.checked(threads >= 1 && threads <= 1024, "threads", "1 to 1024", threads);
    }

    /** As many threads as the JVM has processors. */
    public static ModelOptions defaults() {
        return new ModelOptions(Math.min(1024, java.lang.Runtime.getRuntime().availableProcessors()));
    }

    /** The same with another number of threads. */
    public ModelOptions withThreads(int count) {
        return new ModelOptions(count);
    }
}
