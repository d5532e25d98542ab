package dev.lanewise.tokenizer;

import java.util.Arrays;

/**
 * A run of combining marks, put into canonical order (Unicode, section 3.11), without the nonspacing ones, which is what
 * stripping accents means. Not thread-safe.
 *
 * <p>The order matters only for marks that remain: spacing ones, and those younger than the reference's table of categories.
 * The origins are those of the reference, which hands them out by position after sorting: the n-th mark that was a character
 * of its own gets the origin of the n-th such character, wherever it came from.
 */
final class CombiningMarks {
    /** Set on the code point of a mark that was split off its character, so was none of its own. */
    private static final int SPLIT = 1 << 21;

    private long[] keys = new long[16]; // combining class << 32 | index
    private int[] marks = new int[16];
    private int[] origins = new int[16]; // of the marks that were characters of their own, in the order of the text
    private int size;
    private int own;
    private int before;
    private boolean anyRemains;

    /**
     * Adds a mark.
     *
     * @param properties its properties in {@link FrozenUnicode}
     * @param origin where the character began that it came from
     * @param split whether it was split off that character, and not the first part of it
     */
    void add(int codePoint, int properties, int origin, boolean split) {
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, size * 2);
            marks = Arrays.copyOf(marks, size * 2);
            origins = Arrays.copyOf(origins, size * 2);
        }
        if (size == 0) {
            before = origin;
        }
        keys[size] = (long) FrozenUnicode.combiningClass(properties) << 32 | size;
        marks[size++] = split ? codePoint | SPLIT : codePoint;
        if (!split) {
            origins[own++] = origin;
        }
        anyRemains |= FrozenUnicode.category(properties) != FrozenUnicode.NONSPACING_MARK;
    }

    /** Ends the run: appends what remains of it. */
    void flush(NormalizedText out) {
        if (anyRemains) {
            Arrays.sort(keys, 0, size);
            int origin = before;
            int next = 0;
            for (int i = 0; i < size; i++) {
                int mark = marks[(int) keys[i]];
                if ((mark & SPLIT) == 0) {
                    origin = origins[next++];
                }
                int codePoint = mark & SPLIT - 1;
                // Marks have no case, so there is nothing to lower.
                if (FrozenUnicode.category(FrozenUnicode.properties(codePoint)) != FrozenUnicode.NONSPACING_MARK) {
                    out.append(codePoint, origin);
                }
            }
            anyRemains = false;
        }
        size = 0;
        own = 0;
    }
}
