package dev.lanewise.tokenizer;

import java.util.Arrays;

/**
 * The symbols of a word that is being merged, as a list linked both ways, and the queue of merges that wait. Reused; grows and
 * never shrinks. Not thread-safe.
 */
final class Symbols {
    private static final int NONE = -1;

    char[] chars;
    int[] values = new int[64]; // what the model knows the symbol by
    int[] starts = new int[64]; // where it begins in chars
    int[] ends = new int[64]; // where it ends; a symbol that is merged away ends where it begins
    private int[] previous = new int[64];
    private int[] next = new int[64];
    int size;
    private long[] queue = new long[64];
    private int queued;

    /** Begins a word. */
    void begin(char[] text) {
        chars = text;
        size = 0;
        queued = 0;
    }

    void add(int value, int start, int end) {
        if (size == values.length) {
            int capacity = size * 2;
            values = Arrays.copyOf(values, capacity);
            starts = Arrays.copyOf(starts, capacity);
            ends = Arrays.copyOf(ends, capacity);
            previous = Arrays.copyOf(previous, capacity);
            next = Arrays.copyOf(next, capacity);
        }
        values[size] = value;
        starts[size] = start;
        ends[size] = end;
        previous[size] = size - 1;
        next[size] = NONE;
        if (size > 0) {
            next[size - 1] = size;
        }
        size++;
    }

    /** The symbol behind one, or -1. */
    int next(int symbol) {
        return next[symbol];
    }

    /**
     * Merges neighbours until none can be: always the pair that the rule puts first, of several such the leftmost. Every merge
     * takes a step in a queue, so the time is n log n whatever the word.
     */
    void merge(MergeRule rule) {
        for (int i = 0; i + 1 < size; i++) {
            offer(rule, i, i + 1);
        }
        while (queued > 0) {
            long first = poll();
            int left = (int) first;
            int right = starts[left] == NONE ? NONE : next[left];
            if (right == NONE) {
                continue;
            }
            long merge = rule.find(this, left, right);
            // The pair that stood here may have changed since.
            if (merge == MergeRule.NONE || merge >> 32 != first >> 32) {
                continue;
            }
            values[left] = (int) merge;
            ends[left] = ends[right];
            starts[right] = NONE;
            next[left] = next[right];
            if (next[left] != NONE) {
                previous[next[left]] = left;
                offer(rule, left, next[left]);
            }
            if (previous[left] != NONE) {
                offer(rule, previous[left], left);
            }
        }
    }

    private void offer(MergeRule rule, int left, int right) {
        long merge = rule.find(this, left, right);
        if (merge == MergeRule.NONE) {
            return;
        }
        if (queued == queue.length) {
            queue = Arrays.copyOf(queue, queued * 2);
        }
        long key = merge & 0xFFFFFFFF00000000L | left;
        int at = queued++;
        while (at > 0 && queue[at - 1 >>> 1] > key) {
            queue[at] = queue[at - 1 >>> 1];
            at = at - 1 >>> 1;
        }
        queue[at] = key;
    }

    private long poll() {
        long first = queue[0];
        long last = queue[--queued];
        int at = 0;
        for (int child = 1; child < queued; child = 2 * at + 1) {
            if (child + 1 < queued && queue[child + 1] < queue[child]) {
                child++;
            }
            if (queue[child] >= last) {
                break;
            }
            queue[at] = queue[child];
            at = child;
        }
        queue[at] = last;
        return first;
    }
}
