package dev.lanewise.weights;

import dev.lanewise.error.ModelFormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Reads the header, metadata and directory of a file from a stranger: every read is checked against the bytes that are
 * there, before anything is allocated for it.
 */
final class HeaderReader {
    private static final char REPLACEMENT = '\uFFFD';

    private final String file;
    private final long base;
    private final ByteBuffer buffer;

    /**
     * @param file the name that failures give
     * @param base where in the file the buffer begins
     * @param buffer the bytes, from position to limit
     */
    HeaderReader(String file, long base, ByteBuffer buffer) {
        this.file = file;
        this.base = base - buffer.position();
        this.buffer = buffer.order(ByteOrder.LITTLE_ENDIAN);
    }

    String file() {
        return file;
    }

    /** Where in the file the next read is. */
    long position() {
        return base + buffer.position();
    }

    int u8(String field) {
        need(1, field);
        return buffer.get() & 0xFF;
    }

    int i32(String field) {
        need(4, field);
        return buffer.getInt();
    }

    long i64(String field) {
        need(8, field);
        return buffer.getLong();
    }

    /** A 32-bit count of things that take at least {@code bytesEach} bytes each, all of which must fit into what remains. */
    int count(String field, int bytesEach) {
        long at = position();
        int n = i32(field);
        if (n < 0 || (long) n * bytesEach > buffer.remaining()) {
            throw new ModelFormatException(file, at, field + ", count",
                    "at most " + buffer.remaining() / bytesEach + " (that is where the part ends)",
                    Integer.toUnsignedString(n));
        }
        return n;
    }

    /** The same, of things that become objects and must not be more than {@code most}. */
    int count(String field, int bytesEach, int most) {
        long at = position();
        int n = count(field, bytesEach);
        if (n > most) {
            throw new ModelFormatException(file, at, field + ", count", "at most " + most, Integer.toString(n));
        }
        return n;
    }

    /** The next bytes, as a view. */
    ByteBuffer bytes(long length, String field) {
        need(length, field);
        ByteBuffer view = buffer.slice(buffer.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.position(buffer.position() + (int) length);
        return view;
    }

    /** Valid UTF-8 of a given length in bytes. */
    String string(int length, String field) {
        long at = position();
        need(length, field);
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf(REPLACEMENT) < 0) {
            return text; // nothing was malformed; a decoder for each word of a vocabulary takes longer than all the rest
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT).decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file, at, field, "valid UTF-8", "malformed bytes");
        }
    }

    /** Refuses the file unless something is sound. */
    void check(boolean sound, long at, String field, String expected, String found) {
        if (!sound) {
            throw new ModelFormatException(file, at, field, expected, found);
        }
    }

    /** The part must end here. */
    void end(String part) {
        if (buffer.hasRemaining()) {
            throw new ModelFormatException(file, position(), "end of the " + part, "no more bytes",
                    buffer.remaining() + " more");
        }
    }

    private void need(long bytes, String field) {
        if (bytes > buffer.remaining()) {
            throw new ModelFormatException(file, position(), field, bytes + " bytes",
                    buffer.remaining() + " before the part ends");
        }
    }
}
