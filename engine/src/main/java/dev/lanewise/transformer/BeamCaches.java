package dev.lanewise.transformer;

import dev.lanewise.spec.StackSpec;
import java.util.Arrays;

/**
 * The key-value caches of the hypotheses of one beam search, which are of the same length at all times. When hypotheses go on
 * from others, caches change places; something is copied only where two go on from the same one, and of that only what is in
 * use of the last page: the full ones are shared. Memory grows with the longest text so far, and is reused. One owner at a time.
 */
public final class BeamCaches {
    private final KeyValueCache[] caches; // [beams], of the rows first
    private final KeyValueCache[] before; // [beams]
    private final boolean[] taken; // [beams]

    /** Empty ones. */
    public BeamCaches(StackSpec stack, int beams) {
        caches = new KeyValueCache[beams];
        for (int row = 0; row < beams; row++) {
            caches[row] = KeyValueCache.small(stack);
        }
        before = new KeyValueCache[beams];
        taken = new boolean[beams];
    }

    /** How many hypotheses there can be. */
    public int beams() {
        return caches.length;
    }

    /** Forgets all tokens. */
    public void clear() {
        for (KeyValueCache cache : caches) {
            cache.clear();
        }
    }

    /** The cache of a row; it has room for so many tokens behind those that are in it. */
    public KeyValueCache row(int row, int tokens) {
        while (caches[row].capacity() - caches[row].length() < tokens) {
            for (int i = 0; i < caches.length; i++) {
                caches[i] = caches[i].grown();
            }
        }
        return caches[row];
    }

    /**
     * Hypotheses go on from others.
     *
     * @param parents of each row, which one it goes on from
     * @param rows how many there are from now on
     */
    public void reorder(int[] parents, int rows) {
        System.arraycopy(caches, 0, before, 0, caches.length);
        Arrays.fill(taken, false);
        for (int row = 0; row < rows; row++) {
            caches[row] = taken[parents[row]] ? null : before[parents[row]];
            taken[parents[row]] = true;
        }
        int free = 0;
        for (int row = 0; row < caches.length; row++) {
            if (row >= rows || caches[row] == null) {
                while (taken[free]) {
                    free++;
                }
                caches[row] = before[free++];
                if (row < rows) {
                    caches[row].follow(before[parents[row]]);
                }
            }
        }
    }
}
