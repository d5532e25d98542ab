package dev.lanewise.tools.cache;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The files of a tar archive, one after the other; each reads as a stream of its own. Meant for archives whose checksum is known:
 * extensions of the format, such as for names longer than 255 bytes, are passed over. Not thread-safe.
 */
final class TarInputStream extends InputStream {
    private static final int BLOCK = 512;
    private static final int NAME_BYTES = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE_DIGITS = 11;
    private static final int TYPE_AT = 156;
    private static final int PREFIX_AT = 345;
    private static final int PREFIX_BYTES = 155;

    private final InputStream in;
    private long left; // of the file
    private long padding; // behind it

    TarInputStream(InputStream in) {
        this.in = in;
    }

    /**
     * Goes to the next file.
     *
     * @return its name, or null after the last one
     * @throws IOException if this is no archive, or one that was cut short
     */
    String next() throws IOException {
        while (true) {
            in.skipNBytes(left + padding);
            left = 0;
            padding = 0;
            byte[] header = in.readNBytes(BLOCK);
            if (header.length < BLOCK) {
                throw new EOFException("the archive was cut short");
            }
            if (header[0] == 0) {
                return null;
            }
            left = size(header);
            padding = -left & BLOCK - 1;
            if (header[TYPE_AT] == '0' || header[TYPE_AT] == 0) {
                String prefix = text(header, PREFIX_AT, PREFIX_BYTES);
                String name = text(header, 0, NAME_BYTES);
                return prefix.isEmpty() ? name : prefix + "/" + name;
            }
        }
    }

    private static long size(byte[] header) throws IOException {
        String digits = text(header, SIZE_AT, SIZE_DIGITS).strip();
        try {
            return Long.parseUnsignedLong(digits, 8); // of 11 digits, so it is not negative
        } catch (NumberFormatException e) {
            throw new IOException("this is no tar archive: a file has the size '" + digits + "'", e);
        }
    }

    private static String text(byte[] header, int from, int most) {
        int length = 0;
        while (length < most && header[from + length] != 0) {
            length++;
        }
        return new String(header, from, length, StandardCharsets.UTF_8);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, into.length);
        if (length == 0) {
            return 0;
        }
        if (left == 0) {
            return -1;
        }
        int read = in.read(into, from, (int) Math.min(length, left));
        if (read < 0) {
            throw new EOFException("the archive was cut short");
        }
        left -= read;
        return read;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
