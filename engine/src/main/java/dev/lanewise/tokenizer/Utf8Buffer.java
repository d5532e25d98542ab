package dev.lanewise.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes of UTF-8 that arrive in any portions, and leave as whole characters. What can be no character becomes U+FFFD, as
 * wherever UTF-8 is read leniently. Not thread-safe.
 */
final class Utf8Buffer {
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
        String text = new String(bytes, 0, count, StandardCharsets.UTF_8);
        System.arraycopy(bytes, count, bytes, 0, size - count);
        size -= count;
        return text;
    }

    /** How many bytes there are without the beginning of a character at the end that may still become one. */
    private int complete() {
        for (int back = 1; back <= 3 && back <= size; back++) {
            int b = bytes[size - back] & 0xFF;
            if ((b & 0xC0) != 0x80) {
                return needs(b, back) ? size - back : size;
            }
        }
        return size;
    }

    /** Whether the first byte of a character, with those behind it, is the beginning of one and not all of it. */
    private boolean needs(int first, int have) {
        int length = first >= 0xC2 && first <= 0xDF
                ? 2
                : first >= 0xE0 && first <= 0xEF
                        ? 3
                        : first >= 0xF0 && first <= 0xF4 ? 4 : 1;
        if (have >= length) {
            return false;
        }
        if (have == 1) {
            return true;
        }
        int second = bytes[size - have + 1] & 0xFF;
        return switch (first) {
            case 0xE0 -> second >= 0xA0;
            case 0xED -> second <= 0x9F;
            case 0xF0 -> second >= 0x90;
            case 0xF4 -> second <= 0x8F;
            default -> true;
        };
    }
}
