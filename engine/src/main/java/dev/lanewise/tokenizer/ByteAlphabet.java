package dev.lanewise.tokenizer;

import java.util.Arrays;

/**
 * GPT-2's alphabet: a character that can be seen for each byte. Printable ones of Latin-1 stand for themselves, the others
 * follow from U+0100 on.
 */
final class ByteAlphabet {
    /** One more than the last character. */
    static final int END = 0x144;
    private static final int REPLACEMENT = 0xFFFD;
    private static final char[] CHARACTERS = new char[256];
    private static final short[] BYTES = new short[END]; // -1 where none

    static {
        int next = 0x100;
        Arrays.fill(BYTES, (short) -1);
        for (int b = 0; b < 256; b++) {
            boolean itself = b > ' ' && b < 0x7F || b > 0xA0 && b != 0xAD;
            CHARACTERS[b] = (char) (itself ? b : next++);
            BYTES[CHARACTERS[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    static char character(int b) {
        return CHARACTERS[b];
    }

    /** The byte that a character stands for, or -1. */
    static int byteOf(char c) {
        return c < END ? BYTES[c] : -1;
    }

    /** Appends the bytes of a code point; half a surrogate pair counts as U+FFFD. */
    static void append(int codePoint, int origin, NormalizedText out) {
        int c = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE ? REPLACEMENT : codePoint;
        if (c < 0x80) {
            out.append(CHARACTERS[c], origin);
            return;
        }
        if (c < 0x800) {
            out.append(CHARACTERS[0xC0 | c >> 6], origin);
        } else {
            if (c < 0x10000) {
                out.append(CHARACTERS[0xE0 | c >> 12], origin);
            } else {
                out.append(CHARACTERS[0xF0 | c >> 18], origin);
                out.append(CHARACTERS[0x80 | c >> 12 & 0x3F], origin);
            }
            out.append(CHARACTERS[0x80 | c >> 6 & 0x3F], origin);
        }
        out.append(CHARACTERS[0x80 | c & 0x3F], origin);
    }
}
