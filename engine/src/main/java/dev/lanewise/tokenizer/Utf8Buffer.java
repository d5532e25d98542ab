package dev.lanewise.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes of UTF-8 that arrive in any portions, and leave as whole characters. What can be no character becomes U+FFFD, one
 * for every longest beginning of a character (Unicode, section 3.9), so that it does not depend on the portions. Not thread-safe.
 */
final class Utf8Buffer {
    private static final int REPLACEMENT = 0xFFFD;

    private byte[] bytes = new byte[64];
    private int size;
    private boolean begun;

    void append(int b) {
        if (size == bytes.length) {
            bytes = Arrays.copyOf(bytes, size * 2);
        }
        bytes[size++] = (byte) b;
    }

    void append(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                for (byte b : text.substring(i).getBytes(StandardCharsets.UTF_8)) {
                    append(b);
                }
                return;
            }
            append(c);
        }
    }

    /** Keeps that the text has begun, even if nothing of it is here. */
    void began() {
        begun = true;
    }

    boolean hasBegun() {
        return begun;
    }

    /** Takes all characters that are complete. */
    String takeComplete() {
        return take(complete());
    }

    /** Takes everything; a character that is not complete becomes U+FFFD. */
    String takeAll() {
        return take(size);
    }

    void clear() {
        size = 0;
        begun = false;
    }

    private String take(int count) {
        if (count == 0) {
            return "";
        }
        StringBuilder text = new StringBuilder(count);
        for (int at = 0; at < count;) {
            int length = length(bytes[at] & 0xFF);
            int have = 1;
            while (have < length && at + have < count && continues(at, have)) {
                have++;
            }
            text.appendCodePoint(have < length || length == 0 ? REPLACEMENT : codePoint(at, length));
            at += have;
        }
        System.arraycopy(bytes, count, bytes, 0, size - count);
        size -= count;
        return text.toString();
    }

    /** How many bytes there are without the beginning of a character at the end that may still become one. */
    private int complete() {
        for (int back = 1; back <= 3 && back <= size; back++) {
            int first = size - back;
            if ((bytes[first] & 0xC0) != 0x80) {
                boolean sound = back < length(bytes[first] & 0xFF);
                for (int i = 1; sound && i < back; i++) {
                    sound = continues(first, i);
                }
                return sound ? first : size;
            }
        }
        return size;
    }

    /** How many bytes a character has that begins with one; 0 if none does. */
    private static int length(int first) {
        if (first < 0x80) {
            return 1;
        }
        if (first < 0xC2 || first > 0xF4) {
            return 0;
        }
        return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    }

    /** Whether a byte can be the n-th behind the first of a character: no detours, no surrogates, nothing above U+10FFFF. */
    private boolean continues(int first, int n) {
        int b = bytes[first + n] & 0xFF;
        if (n > 1) {
            return (b & 0xC0) == 0x80;
        }
        return switch (bytes[first] & 0xFF) {
            case 0xE0 -> b >= 0xA0 && b <= 0xBF;
            case 0xED -> b >= 0x80 && b <= 0x9F;
            case 0xF0 -> b >= 0x90 && b <= 0xBF;
            case 0xF4 -> b >= 0x80 && b <= 0x8F;
            default -> (b & 0xC0) == 0x80;
        };
    }

    private int codePoint(int at, int length) {
        int c = length == 1 ? bytes[at] : bytes[at] & 0xFF >> length + 1;
        for (int i = 1; i < length; i++) {
            c = c << 6 | bytes[at + i] & 0x3F;
        }
        return c;
    }
}
