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
