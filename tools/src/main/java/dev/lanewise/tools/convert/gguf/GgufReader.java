package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;

/**
 * Reads the header of a GGUF file from front to back. Nothing is allocated for a length or a count before it is checked
 * against the bytes that remain.
 */
final class GgufReader {
    private static final int LONGEST_TEXT = 16 << 20; // bytes; the longest chat templates have some 20,000

    private final String file;
    private final MemorySegment bytes;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder(); // reports malformed input
    private long at;

    /**
     * @param file the name that failures give
     * @param bytes the whole file, or as much of it as its header may take
     */
    GgufReader(String file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    /** Where it is in the file. */
    long position() {
        return at;
    }

    /** How many bytes follow. */
    long remaining() {
        return bytes.byteSize() - at;
    }

    /** The next byte, unsigned. */
    int u8(String field) {
        return Bytes.unsigned(bytes, take(1, field));
    }

    /** The next two bytes, signed. */
    short i16(String field) {
        return bytes.get(Bytes.SHORT, take(2, field));
    }

    /** The next four bytes, signed. */
    int i32(String field) {
        return bytes.get(Bytes.INT, take(4, field));
    }

    /** The next eight bytes, signed. */
    long i64(String field) {
        return bytes.get(Bytes.LONG, take(8, field));
    }

    /** The next eight bytes, unsigned, and within what a {@code long} holds. */
    long u64(String field) {
        long value = i64(field);
        if (value < 0) {
            throw failure(at - 8, field, "at most 2^63 - 1", Long.toUnsignedString(value));
        }
        return value;
    }

    /**
     * The next eight bytes as a count of things that follow.
     *
     * @param least how many bytes each takes at least
     * @param most how many are plausible
     */
    int count(String field, int least, int most) {
        long value = i64(field);
        long limit = Math.min(most, remaining() / least);
        if (value < 0 || value > limit) {
            throw failure(at - 8, field, "at most " + limit + (limit < most ? ", for the bytes that remain" : ""),
                    Long.toUnsignedString(value));
        }
        return (int) value;
    }

    /** A text in UTF-8 behind its length. */
    String text(String field) {
        return text(field, LONGEST_TEXT);
    }

    /**
     * A text in UTF-8 behind its length.
     *
     * @param most how many bytes it may have
     */
    String text(String field, int most) {
        byte[] text = new byte[count(field, 1, most)];
        long start = take(text.length, field);
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, start, text, 0, text.length);
        try {
            return utf8.decode(ByteBuffer.wrap(text)).toString();
        } catch (CharacterCodingException e) {
            throw failure(start, field, "UTF-8", "other bytes");
        }
    }

    /** A failure that something is not as it must be. */
    ModelFormatException failure(long offset, String field, String expected, String found) {
        return new ModelFormatException(file, offset, field, expected, found);
    }

    /**
     * Fails unless what was just read is sound.
     *
     * @param back how many bytes before the position it began
     */
    void check(boolean sound, int back, String field, String expected, String found) {
        if (!sound) {
            throw failure(at - back, field, expected, found);
        }
    }

    private long take(int count, String field) {
        if (remaining() < count) {
            throw failure(at, field, count + " bytes", remaining() + ", then the end");
        }
        long start = at;
        at += count;
        return start;
    }
}
