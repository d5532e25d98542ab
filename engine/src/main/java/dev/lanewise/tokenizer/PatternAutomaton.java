package dev.lanewise.tokenizer;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.weights.Metadata;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A pattern, made into a machine that reads a text once, character by character, and never goes back: what a backtracking
 * matcher would find, in time linear in the text whatever the text and the pattern. Immutable and thread-safe.
 *
 * <p>A state is the list of what the matcher would try next, in its order (Thompson 1968, with the priorities of Pike's
 * machine); a match is noticed one character late, when it is known what follows. A match can need a look far ahead that fails;
 * where the pattern allows that, {@link Scratch} keeps from which states no match can be reached (Reps 1998).
 */
final class PatternAutomaton {
    /** States that fit into the bits of what {@link Scratch} keeps for each place. */
    private static final int MOST_REMEMBERED = 64;
    /** Looking so far ahead in vain is not worth remembering. */
    private static final int SHORT = 64;
    private static final int BMP = 0x10000;

    private static final int DEAD = 0;
    private static final int START = 1;
    /** Beside the next state: what was read before the character is a match. */
    static final int MATCH = 1 << 30;

    /** What a search remembers of a text. Reused; not thread-safe. */
    static final class Scratch {
        private long[] hopeless = new long[0]; // [place], a bit for each state
        private int base;
        private int length;
        private int used;

        /** Begins a text. */
        private void begin(int from, int to) {
            Arrays.fill(hopeless, 0, used, 0);
            base = from;
            used = 0;
            length = to - from + 1;
        }

        private boolean isHopeless(int state, int place) {
            int index = place - base;
            return index < used && (hopeless[index] >>> state & 1) != 0;
        }

        private void giveUp(int state, int place) {
            int index = place - base;
            if (index >= hopeless.length) {
                hopeless = Arrays.copyOf(hopeless, Math.max(length, index + 1));
            }
            used = Math.max(used, index + 1);
            hopeless[index] |= 1L << state;
        }
    }

    private final byte[] classOfBmp = new byte[BMP];
    private final int[] supplementaryBounds;
    private final byte[] supplementaryClasses;
    private final int classes;
    /** [state * (classes + 1) + class], the class behind the last is the end of the text: the next state, and MATCH. */
    private final int[] table;
    private final boolean remembers;

    private PatternAutomaton(String pattern) {
        PatternCompiler compiler = new PatternCompiler(pattern);
        classes = compiler.classes();
        table = compiler.table();
        int[] bounds = compiler.bounds();
        byte[] kinds = compiler.classOfInterval();
        int first = bounds.length;
        for (int i = bounds.length - 1; i >= 0; i--) {
            int from = bounds[i];
            int to = i + 1 < bounds.length ? bounds[i + 1] : CharSet.END;
            if (from < BMP) {
                Arrays.fill(classOfBmp, from, Math.min(to, BMP), kinds[i]);
            }
            if (to > BMP) {
                first = i;
            }
        }
        supplementaryBounds = Arrays.copyOfRange(bounds, first, bounds.length);
        supplementaryClasses = Arrays.copyOfRange(kinds, first, kinds.length);
        int states = table.length / (classes + 1);
        remembers = canLookFarInVain(states);
        if (remembers && states > MOST_REMEMBERED) {
            throw new UnsupportedModelException("the tokenizer's pattern " + Metadata.quoted(pattern)
                    + " can look far ahead in more than " + MOST_REMEMBERED + " ways, which is not supported");
        }
    }

    /**
     * Makes the machine of a pattern; takes some milliseconds.
     *
     * @throws UnsupportedModelException if the pattern uses what is not supported, or needs too large a machine
     */
    static PatternAutomaton of(String pattern) {
        return new PatternAutomaton(pattern);
    }

    /** Begins to search part of a text. */
    void begin(int from, int to, Scratch scratch) {
        if (remembers) {
            scratch.begin(from, to);
        }
    }

    /** Where the match ends that begins at a place, or -1 if none does. */
    int end(char[] chars, int from, int to, Scratch scratch) {
        int end = -1;
        int state = START;
        int at = from;
        while (true) {
            int kind = classes;
            int width = 1;
            if (at < to) {
                char c = chars[at];
                kind = classOfBmp[c] & 0xFF;
                if (Character.isHighSurrogate(c) && at + 1 < to && Character.isLowSurrogate(chars[at + 1])) {
                    kind = supplementaryClass(Character.toCodePoint(c, chars[at + 1]));
                    width = 2;
                }
            }
            int step = table[state * (classes + 1) + kind];
            if ((step & MATCH) != 0) {
                end = at;
            }
            state = step & MATCH - 1;
            if (state == DEAD || at >= to) {
                break;
            }
            at += width;
            if (remembers && scratch.isHopeless(state, at)) {
                break;
            }
        }
        if (remembers && at - Math.max(from, end) > SHORT) {
            remember(chars, from, Math.max(from, end), at, to, scratch);
        }
        return end;
    }

    /** Walks again, and keeps that no match was reached from behind the last one on. */
    private void remember(char[] chars, int from, int end, int last, int to, Scratch scratch) {
        int state = START;
        for (int at = from; at < last;) {
            int c = Character.codePointAt(chars, at, to);
            state = table[state * (classes + 1) + kind(c)] & MATCH - 1;
            at += Character.charCount(c);
            if (at > end && state != DEAD) {
                scratch.giveUp(state, at);
            }
        }
    }

    private int kind(int c) {
        return c < BMP ? classOfBmp[c] & 0xFF : supplementaryClass(c);
    }

    private int supplementaryClass(int c) {
        int low = 0;
        int high = supplementaryBounds.length;
        while (high - low > 1) {
            int middle = low + high >>> 1;
            if (supplementaryBounds[middle] <= c) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return supplementaryClasses[low] & 0xFF;
    }

    /** Whether there is a way in a circle that meets no match: peel off the states that none can lead on from. */
    private boolean canLookFarInVain(int states) {
        int[] leadingOn = new int[states];
        List<List<Integer>> before = new ArrayList<>();
        for (int state = 0; state < states; state++) {
            before.add(new ArrayList<>());
        }
        for (int state = START; state < states; state++) {
            for (int kind = 0; kind < classes; kind++) {
                int step = table[state * (classes + 1) + kind];
                if (step < MATCH && step != DEAD) {
                    leadingOn[state]++;
                    before.get(step).add(state);
                }
            }
        }
        int[] peeled = new int[states];
        int size = 0;
        for (int state = 0; state < states; state++) {
            if (leadingOn[state] == 0) {
                peeled[size++] = state;
            }
        }
        for (int i = 0; i < size; i++) {
            for (int state : before.get(peeled[i])) {
                if (--leadingOn[state] == 0) {
                    peeled[size++] = state;
                }
            }
        }
        return size < states;
    }
}
