package dev.lanewise.tokenizer;

import java.text.Normalizer.Form;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A normalisation form of Unicode (annex 15), by the tables that the reference has: those of Unicode 9. Immutable and
 * thread-safe.
 *
 * @param form which
 */
public record UnicodeForm(Form form) implements Normalizer {
    private static final int HANGUL_FIRST = 0xAC00;
    private static final int LEADS = 0x1100;
    private static final int VOWELS = 0x1161;
    /** One before the first tail: no tail is one of 28. */
    private static final int TAILS = 0x11A7;
    private static final int VOWEL_COUNT = 21;
    private static final int TAIL_COUNT = 28;
    private static final int SYLLABLES = 19 * VOWEL_COUNT * TAIL_COUNT;

    /** Pairs that are composed: {@code first << 21 | second}, and what of. */
    private static final class Compositions {
        static final Map<Long, Integer> BY_PAIR = new HashMap<>();

        static {
            for (int[] block : Decomposition.blocks()) {
                for (int whole = block[0]; whole <= block[1]; whole++) {
                    add(whole, Decomposition.of(whole));
                }
            }
        }

        private static void add(int whole, int[] parts) {
            if (parts != null && parts.length > 1
                    && java.text.Normalizer.isNormalized(Character.toString(whole), Form.NFC)) {
                String before = java.text.Normalizer.normalize(new String(parts, 0, parts.length - 1), Form.NFC);
                if (before.codePointCount(0, before.length()) == 1) {
                    BY_PAIR.put(pair(before.codePointAt(0), parts[parts.length - 1]), whole);
                }
            }
        }

        static long pair(int first, int second) {
            return (long) first << 21 | second;
        }
    }

    /** Checks that it is there. */
    public UnicodeForm {
        Objects.requireNonNull(form);
    }

    @Override
    public void normalize(char[] text, int from, int to, NormalizedText out, CombiningMarks marks) {
        // Below this, characters neither decompose nor compose nor change places.
        int plain = form == Form.NFC ? 0x300 : form == Form.NFD ? 0xC0 : 0xA0;
        int at = from;
        while (at < to && text[at] < plain) {
            at++;
        }
        if (at == to) {
            out.append(text, from, to);
            return;
        }
        // The last plain one may compose with what follows.
        at = Math.max(from, at - 1);
        out.append(text, from, at);
        Decomposed parts = new Decomposed(to - at);
        int[] starts = new int[to - at];
        int characters = 0;
        boolean compatible = form == Form.NFKC || form == Form.NFKD;
        for (int i = at; i < to;) {
            int c = Character.codePointAt(text, i, to);
            starts[characters++] = i;
            if (c >= HANGUL_FIRST && c < HANGUL_FIRST + SYLLABLES) {
                int syllable = c - HANGUL_FIRST;
                parts.add(LEADS + syllable / (VOWEL_COUNT * TAIL_COUNT), 0);
                parts.add(VOWELS + syllable / TAIL_COUNT % VOWEL_COUNT, 1);
                if (syllable % TAIL_COUNT > 0) {
                    parts.add(TAILS + syllable % TAIL_COUNT, 1);
                }
            } else {
                int[] decomposed = compatible ? Decomposition.compatible(c) : Decomposition.of(c);
                if (decomposed == null) {
                    parts.add(c, 0);
                } else {
                    for (int part = 0; part < decomposed.length; part++) {
                        parts.add(decomposed[part], part == 0 ? 0 : 1);
                    }
                }
            }
            i += Character.charCount(c);
        }
        parts.order();
        if (form == Form.NFC || form == Form.NFKC) {
            parts.compose();
        }
        // The reference hands out the origins by position: what is new shares that of the character before.
        int next = 0;
        for (int i = 0; i < parts.size; i++) {
            boolean isNew = parts.gains[i] > 0;
            out.append(parts.codePoints[i], starts[Math.clamp(isNew ? next - 1 : next, 0, characters - 1)]);
            next += isNew ? 0 : 1 - parts.gains[i];
        }
    }

    /** Decomposed characters, on their way to the form. */
    private static final class Decomposed {
        private int[] codePoints;
        /** 0 where the character stands for one of the text, 1 if it is one more, -n if n were lost to it. */
        private int[] gains;
        private short[] classes;
        private int size;

        Decomposed(int capacity) {
            codePoints = new int[capacity];
            gains = new int[capacity];
            classes = new short[capacity];
        }

        void add(int codePoint, int gain) {
            if (size == codePoints.length) {
                codePoints = Arrays.copyOf(codePoints, size * 2);
                gains = Arrays.copyOf(gains, size * 2);
                classes = Arrays.copyOf(classes, size * 2);
            }
            codePoints[size] = codePoint;
            gains[size] = gain;
            classes[size++] = (short) FrozenUnicode.combiningClass(FrozenUnicode.properties(codePoint));
        }

        /** Puts each run of marks into the order of their classes; marks of one class keep theirs. */
        void order() {
            for (int from = 0; from < size; from++) {
                if (classes[from] == 0) {
                    continue;
                }
                int to = from;
                boolean sorted = true;
                while (to < size && classes[to] != 0) {
                    sorted &= to == from || classes[to - 1] <= classes[to];
                    to++;
                }
                if (!sorted) {
                    order(from, to);
                }
                from = to;
            }
        }

        private void order(int from, int to) {
            long[] keys = new long[to - from];
            for (int i = from; i < to; i++) {
                keys[i - from] = (long) classes[i] << 32 | i - from;
            }
            Arrays.sort(keys);
            int[] marks = Arrays.copyOfRange(codePoints, from, to);
            int[] gained = Arrays.copyOfRange(gains, from, to);
            for (int i = from; i < to; i++) {
                codePoints[i] = marks[(int) keys[i - from]];
                gains[i] = gained[(int) keys[i - from]];
                classes[i] = (short) (keys[i - from] >>> 32);
            }
        }

        void compose() {
            int starter = -1;
            int last = -1; // the class of the last mark behind the starter, -1 for none
            int kept = 0;
            for (int i = 0; i < size; i++) {
                int c = codePoints[i];
                int mark = classes[i];
                if (starter >= 0 && last < mark) {
                    int composed = composed(codePoints[starter], c);
                    if (composed >= 0) {
                        codePoints[starter] = composed;
                        gains[starter] += gains[i] - 1;
                        continue;
                    }
                }
                if (mark == 0) {
                    starter = kept;
                    last = -1;
                } else {
                    last = mark;
                }
                codePoints[kept] = c;
                gains[kept++] = gains[i];
            }
            size = kept;
        }

        private static int composed(int first, int second) {
            if (first >= LEADS && first < LEADS + 19 && second >= VOWELS && second < VOWELS + VOWEL_COUNT) {
                return HANGUL_FIRST + ((first - LEADS) * VOWEL_COUNT + second - VOWELS) * TAIL_COUNT;
            }
            if (first >= HANGUL_FIRST && first < HANGUL_FIRST + SYLLABLES && (first - HANGUL_FIRST) % TAIL_COUNT == 0
                    && second > TAILS && second < TAILS + TAIL_COUNT) {
                return first + second - TAILS;
            }
            return Compositions.BY_PAIR.getOrDefault(Compositions.pair(first, second), -1);
        }
    }
}
