package dev.lanewise.serving;

import java.util.Arrays;

/**
 * A text that is to be gone on with. What is above this package chooses its tokens; see {@link #begin} and {@link #choose},
 * which are called by the scheduler's thread.
 *
 * @param <T> the answer
 */
public abstract class GenerationRequest<T> extends Request<T> {
    final int[] ids; // [capacity + 1]: the last one may have been chosen, and need not be computed
    final int capacity;
    int count;
    PagePool.Text text; // null if it does not run

    /**
     * @param prompt at least one token
     * @param capacity how many tokens it may have in all
     * @param limit how long it may take, in ns, or {@link Long#MAX_VALUE}
     */
    protected GenerationRequest(int[] prompt, int capacity, long limit) {
        super(limit, false);
        ids = Arrays.copyOf(prompt, capacity + 1);
        count = prompt.length;
        this.capacity = capacity;
    }

    /** How many tokens are to be computed before the next one can be chosen. */
    final int pending() {
        return count - text.cache().length();
    }

    @Override
    protected String kind() {
        return "generation";
    }

    @Override
    protected int tokens() {
        return count;
    }

    /** It runs from now on. */
    protected abstract void begin();

    /** So many tokens are about to be computed. */
    protected abstract void compute(int tokens);

    /**
     * Chooses the next token.
     *
     * @param logits from {@code at} on
     */
    protected abstract int choose(float[] logits, int at);

    /**
     * Whether the text ends with the tokens that it has.
     *
     * @param full whether there is no room for another one
     */
    protected abstract boolean isComplete(boolean full);
}
