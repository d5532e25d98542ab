package dev.lanewise.kernel;

/**
 * How an attention makes scores of products, and which keys a query sees: those from {@code before} places before its own
 * to {@code after} places behind it. A causal attention has {@code after} 0, a sliding window of n has {@code before} n - 1.
 *
 * @param scale of the products, usually 1 / sqrt(head size)
 * @param softCap 0, or a score s becomes softCap * tanh(s / softCap)
 * @param before at most {@link #ALL}
 * @param after at most {@link #ALL}
 */
public record ScoreRule(float scale, float softCap, int before, int after) {
    /** As many keys as there are. */
    public static final int ALL = 1 << 30;

    /** Every query sees every key. */
    public static ScoreRule full(float scale) {
        return new ScoreRule(scale, 0, ALL, ALL);
    }

    /** Every query sees the keys up to its own place. */
    public static ScoreRule causal(float scale) {
        return new ScoreRule(scale, 0, ALL, 0);
    }

    /** The first key that a query at some place sees. */
    public int first(int place) {
        return Math.max(0, place - before);
    }

    /** One more than the last of the keys that a query at some place sees. */
    public int end(int place, int keys) {
        return (int) Math.min(keys, (long) place + after + 1);
    }
}
