package dev.lanewise.tokenizer;

import java.util.SplittableRandom;

/**
 * What becomes of two neighbours: for a pair of ids, the rank of its merge and the id of the whole. Open addressing with a
 * random hash, so that a stranger's merges cannot be made to collide. Thread-safe once it is filled.
 */
final class PairTable {
    /** No such pair. */
    static final long NONE = -1;

    private final long multiplier = new SplittableRandom().nextLong() | 1;
    private final long[] keys; // left << 32 | right, and one, so that 0 is free
    private final long[] values; // rank << 32 | whole
    private final int shift;

    /** @param size how many pairs there will be at most */
    PairTable(int size) {
        int capacity = Integer.highestOneBit(Math.max(4, size)) * 4;
        keys = new long[capacity];
        values = new long[capacity];
        shift = Long.SIZE - Integer.numberOfTrailingZeros(capacity);
    }

    /** Adds a pair, unless it is there. */
    void add(int left, int right, int rank, int whole) {
        long key = key(left, right);
        int at = slot(key);
        while (keys[at] != 0) {
            if (keys[at] == key) {
                return;
            }
            at = at + 1 & keys.length - 1;
        }
        keys[at] = key;
        values[at] = (long) rank << 32 | whole;
    }

    /** {@code rank << 32 | whole}, or {@link #NONE}. */
    long find(int left, int right) {
        long key = key(left, right);
        for (int at = slot(key);; at = at + 1 & keys.length - 1) {
            if (keys[at] == key) {
                return values[at];
            }
            if (keys[at] == 0) {
                return NONE;
            }
        }
    }

    private static long key(int left, int right) {
        return ((long) left << 32 | right) + 1;
    }

    private int slot(long key) {
        return (int) (key * multiplier >>> shift);
    }
}
