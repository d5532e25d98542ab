package dev.lanewise;

/**
 * What a {@link Scheduler} has done so far. When nothing runs and nothing waits, {@code submitted} is the sum of the five that
 * follow it; until then, what is missing is on its way.
 *
 * @param submitted requests that were handed over
 * @param completed those that were answered
 * @param failed those that ended with an exception of their own, or of their listener
 * @param cancelled those that their callers cancelled
 * @param expired those whose time was over
 * @param rejected those that were not taken, dropped, or there when the scheduler was closed
 * @param running texts that are being generated
 * @param tokens that went through the layers, of prompts and of answers
 * @param sharedTokens of prompts that did not need to, as they begin like other texts
 * @param evictedPages pages of such beginnings that were dropped to make room
 * @param cacheBytes memory of keys and values
 */
public record SchedulerStatistics(long submitted, long completed, long failed, long cancelled, long expired,
        long rejected, int running, long tokens, long sharedTokens, long evictedPages, long cacheBytes) {}
