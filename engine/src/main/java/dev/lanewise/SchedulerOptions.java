package dev.lanewise;

import java.util.Objects;

/**
 * How a {@link Scheduler} works.
 *
 * @param threads how many threads compute: 1 to 1024
 * @param maxBatchTokens how many tokens go through the layers at once, at most: 1 to 65,536. More serve more callers a second, and
 *            each waits longer. A single text to embed may have more
 * @param prefillTokens how many of them are of prompts, at most, while other texts wait for their next token: 1 or more. This
 *            is how long a prompt can hold up the others: by one pass of so many tokens
 * @param queueBound how many requests wait, at most, those that run not counted: 1 to 1,000,000
 * @param cacheBytes how much memory keys and values of generated texts may take; taken when first needed
 * @param cache how keys and values are kept
 * @param whenFull what happens to a request when the queue is full
 * @param embedding how texts are embedded
 */
public record SchedulerOptions(int threads, int maxBatchTokens, int prefillTokens, int queueBound, long cacheBytes,
        CacheType cache, WhenFull whenFull, EmbedderOptions embedding) {

    /** What happens to a request when the queue is full. */
    public enum WhenFull {
        /** It is rejected, at once. */
        REJECT,
        /** The caller waits until there is room, or the request's time is over. */
        BLOCK,
        /** The request that waits longest is rejected in its place, within a step. */
        DROP_OLDEST
    }

    /** Checks the values. */
    public SchedulerOptions {
        check(threads, 1024, "threads");
        check(maxBatchTokens, 65_536, "maxBatchTokens");
        check(prefillTokens, maxBatchTokens, "prefillTokens");
        check(queueBound, 1_000_000, "queueBound");
        OptionRange.checked(cacheBytes >= 0, "cacheBytes", "at least 0", cacheBytes);
        Objects.requireNonNull(cache, "cache");
        Objects.requireNonNull(whenFull, "whenFull");
        Objects.requireNonNull(embedding, "embedding");
    }

    private static void check(int value, int most, String name) {
        OptionRange.checked(value >= 1 && value <= most, name, "1 to " + most, value);
    }

    /**
     * As many threads as the JVM has processors, 512 tokens at once, 32 of them of prompts while others wait, 1024 requests that
     * wait and then rejection, and a quarter of the JVM's heap for keys and values.
     */
    public static SchedulerOptions defaults() {
        return new SchedulerOptions(ModelOptions.defaults().threads(), 512, 32, 1024,
                java.lang.Runtime.getRuntime().maxMemory() / 4, CacheType.F32, WhenFull.REJECT,
                EmbedderOptions.defaults());
    }

    /** The same with another number of threads. */
    public SchedulerOptions withThreads(int count) {
        return new SchedulerOptions(count, maxBatchTokens, prefillTokens, queueBound, cacheBytes, cache, whenFull,
                embedding);
    }

    /** The same with other numbers of tokens that are computed at once. */
    public SchedulerOptions withBatch(int tokens, int ofPrompts) {
        return new SchedulerOptions(threads, tokens, ofPrompts, queueBound, cacheBytes, cache, whenFull, embedding);
    }

    /** The same with another queue. */
    public SchedulerOptions withQueue(int bound, WhenFull policy) {
        return new SchedulerOptions(threads, maxBatchTokens, prefillTokens, bound, cacheBytes, cache, policy,
                embedding);
    }

    /** The same with other memory for keys and values. */
    public SchedulerOptions withCache(long bytes, CacheType type) {
        return new SchedulerOptions(threads, maxBatchTokens, prefillTokens, queueBound, bytes, type, whenFull,
                embedding);
    }

    /** The same with texts embedded in another way. */
    public SchedulerOptions withEmbedding(EmbedderOptions options) {
        return new SchedulerOptions(threads, maxBatchTokens, prefillTokens, queueBound, cacheBytes, cache, whenFull,
                options);
    }
}
