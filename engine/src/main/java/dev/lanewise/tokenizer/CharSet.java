package dev.lanewise.tokenizer;

import java.util.Arrays;
import java.util.function.IntPredicate;

/** A set of characters, as ascending ranges of code points. Immutable and thread-safe. */
final class CharSet {
    /** One more than the last code point. */
    static final int END = Character.MAX_CODE_POINT + 1;
    static final CharSet NONE = new CharSet(new int[0]);
    static final CharSet ALL = new CharSet(new int[]{0, END});

    /** The first of each range, and the first that is in it no more. */
    private final int[] bounds;

    private CharSet(int[] bounds) {
        this.bounds = bounds;
    }

    /** The code points from one to another, both included. */
    static CharSet range(int first, int last) {
        return new CharSet(new int[]{first, last + 1});
    }

    /** A single code point. */
    static CharSet of(int codePoint) {
        return range(codePoint, codePoint);
    }

    /** All code points that something is said of. */
    static CharSet where(IntPredicate predicate) {
        int[] bounds = new int[64];
        int size = 0;
        boolean inside = false;
        for (int c = 0; c <= END; c++) {
            boolean now = c < END && predicate.test(c);
            if (now != inside) {
                if (size == bounds.length) {
                    bounds = Arrays.copyOf(bounds, size * 2);
                }
                bounds[size++] = c;
                inside = now;
            }
        }
        return new CharSet(Arrays.copyOf(bounds, size));
    }

    boolean contains(int codePoint) {
        int at = Arrays.binarySearch(bounds, codePoint);
        return at >= 0 ? (at & 1) == 0 : (-at - 1 & 1) == 1;
    }

    boolean isEmpty() {
        return bounds.length == 0;
    }

    CharSet or(CharSet other) {
        return combine(other, true);
    }

    CharSet and(CharSet other) {
        return combine(other, false);
    }

    CharSet not() {
        boolean fromZero = bounds.length > 0 && bounds[0] == 0;
        boolean toEnd = bounds.length > 0 && bounds[bounds.length - 1] == END;
        int from = fromZero ? 1 : 0;
        int to = bounds.length - (toEnd ? 1 : 0);
        int[] out = new int[to - from + (fromZero ? 0 : 1) + (toEnd ? 0 : 1)];
        System.arraycopy(bounds, from, out, fromZero ? 0 : 1, to - from);
        if (!toEnd) {
            out[out.length - 1] = END;
        }
        return new CharSet(out);
    }

    /** Where ranges begin and end, ascending; not to be changed. */
    int[] bounds() {
        return bounds;
    }

    private CharSet combine(CharSet other, boolean either) {
        int[] out = new int[bounds.length + other.bounds.length];
        int size = 0;
        int i = 0;
        int j = 0;
        while (i < bounds.length || j < other.bounds.length) {
            int mine = i < bounds.length ? bounds[i] : Integer.MAX_VALUE;
            int theirs = j < other.bounds.length ? other.bounds[j] : Integer.MAX_VALUE;
            int at = Math.min(mine, theirs);
            boolean before = inside(i, j, either);
            i += mine == at ? 1 : 0;
            j += theirs == at ? 1 : 0;
            if (inside(i, j, either) != before) {
                out[size++] = at;
            }
        }
        return new CharSet(Arrays.copyOf(out, size));
    }

    private static boolean inside(int i, int j, boolean either) {
        return either ? (i & 1) == 1 || (j & 1) == 1 : (i & 1) == 1 && (j & 1) == 1;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CharSet set && Arrays.equals(bounds, set.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }
}
