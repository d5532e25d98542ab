package dev.lanewise.tokenizer;

import java.util.Arrays;

/**
 * Normalised text, with the place in the original text that every character came from. Reused; grows and never shrinks. Not
 * thread-safe.
 */
final class NormalizedText {
    char[] chars = new char[256];
    /** Where in the original text the character began that this one came from. */
    int[] origins = new int[256];
    int length;
    private PatternAutomaton.Scratch search;

    void clear() {
        length = 0;
    }

    void append(char c, int origin) {
        if (length == chars.length) {
            grow();
        }
        chars[length] = c;
        origins[length++] = origin;
    }

    void append(int codePoint, int origin) {
        if (Character.isBmpCodePoint(codePoint)) {
            append((char) codePoint, origin);
        } else {
            append(Character.highSurrogate(codePoint), origin);
            append(Character.lowSurrogate(codePoint), origin);
        }
    }

    /** Appends a text that came from one character. */
    void append(String text, int origin) {
        for (int i = 0; i < text.length(); i++) {
            append(text.charAt(i), origin);
        }
    }

    /** Appends part of a text as it is, but half a surrogate pair as U+FFFD, which is what it is once it has been UTF-8. */
    void append(char[] text, int from, int to) {
        while (chars.length - length < to - from) {
            grow();
        }
        for (int i = from; i < to; i++) {
            char c = text[i];
            if (!Character.isSurrogate(c)) {
                append(c, i);
            } else if (Character.isHighSurrogate(c) && i + 1 < to && Character.isLowSurrogate(text[i + 1])) {
                append(c, i);
                append(text[i + 1], i++);
            } else {
                append('\uFFFD', i);
            }
        }
    }

    /** Leads every origin, an index in another normalised text, on to where that one came from. */
    void follow(NormalizedText before) {
        for (int i = 0; i < length; i++) {
            origins[i] = before.origins[origins[i]];
        }
    }

    /** What those who search a text for a pattern, to write it anew here, may work in. */
    PatternAutomaton.Scratch search() {
        if (search == null) {
            search = new PatternAutomaton.Scratch();
        }
        return search;
    }

    /** The character at an index; half a surrogate pair stands for itself. */
    int codePointAt(int index, int end) {
        return Character.codePointAt(chars, index, end);
    }

    private void grow() {
        int capacity = chars.length * 2;
        chars = Arrays.copyOf(chars, capacity);
        origins = Arrays.copyOf(origins, capacity);
    }
}
