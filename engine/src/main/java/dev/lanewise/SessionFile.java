package dev.lanewise;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.tensor.DataType;
import dev.lanewise.transformer.KeyValueCache;
import dev.lanewise.weights.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * The file of a saved session, little-endian: a header; the tokens; pages of keys and values. Behind each of these parts its
 * CRC-32C. The header has a magic number, a version, what tells the model apart, the type of keys and values, how many tokens
 * there are, and for how many of them there are keys and values.
 */
final class SessionFile {
    private static final long MAGIC = 0x4E4F495353454E4CL; // "LNESSION"
    private static final int VERSION = 2; // values in panels of 16
    private static final int HEADER_BYTES = 32;
    private static final int CHECKSUM_BYTES = Integer.BYTES;

    private SessionFile() {}

    static void write(Path target, Model model, int[] ids, KeyValueCache cache) throws IOException {
        try (AtomicFile file = new AtomicFile(target)) {
            ByteBuffer header = buffer(HEADER_BYTES);
            header.putLong(MAGIC).putInt(VERSION).putLong(model.fingerprint()).putInt(cache.type().id())
                    .putInt(ids.length).putInt(cache.length());
            append(file.channel(), header);
            ByteBuffer tokens = buffer(Math.multiplyExact(ids.length, Integer.BYTES));
            for (int id : ids) {
                tokens.putInt(id);
            }
            append(file.channel(), tokens);
            if (cache.length() > 0) {
                ByteBuffer page = buffer(cache.savedPageBytes());
                for (int i = 0; i * KeyValueCache.PAGE < cache.length(); i++) {
                    page.clear().limit(cache.savedPageBytes());
                    cache.savePage(i, page);
                    append(file.channel(), page);
                }
            }
            file.commit();
        }
    }

    /**
     * Reads a session into an empty cache.
     *
     * @param room how many tokens can be computed; one more may have been chosen
     * @return the tokens
     * @throws ModelFormatException if it is damaged, of another model, or its keys and values are of another type
     * @throws TextTooLongException if there are too many tokens
     */
    static int[] read(Path path, Model model, KeyValueCache cache, int room) throws IOException {
        String name = path.toString();
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = file.size();
            check(size >= HEADER_BYTES + CHECKSUM_BYTES, name, 0, "file size", "a saved session", size + " bytes");
            ByteBuffer header = part(file, name, HEADER_BYTES, "header");
            check(header.getLong() == MAGIC, name, 0, "magic number", "a saved session", "another kind of file");
            int version = header.getInt();
            check(version == VERSION, name, 8, "version", Integer.toString(VERSION),
                    Integer.toUnsignedString(version));
            check(header.getLong() == model.fingerprint(), name, 12, "model", "a session of " + model.file(),
                    "one of another model");
            int type = header.getInt();
            check(type == cache.type().id(), name, 20, "type of keys and values", cache.type().toString(), type(type));
            int count = header.getInt();
            int cached = header.getInt();
            long pages = Math.ceilDiv((long) cached, KeyValueCache.PAGE);
            check(count >= 0 && cached >= 0 && cached <= count, name, 24, "number of tokens",
                    "no more computed than there are", cached + " of " + count);
            long expected = HEADER_BYTES + CHECKSUM_BYTES + 4L * count + CHECKSUM_BYTES
                    + pages * (cache.savedPageBytes() + (long) CHECKSUM_BYTES);
            check(size == expected, name, 24, "file size", expected + " bytes for " + count + " tokens",
                    Long.toString(size));
            if (count > room + 1 || cached > cache.capacity()) {
                throw new TextTooLongException(count, room);
            }
            int[] ids = new int[count];
            part(file, name, 4 * count, "tokens").asIntBuffer().get(ids);
            for (int i = 0; i < count; i++) {
                check(ids[i] >= 0 && ids[i] < model.vocabulary(), name, HEADER_BYTES + CHECKSUM_BYTES + 4L * i,
                        "token " + i, "0 to " + (model.vocabulary() - 1), Integer.toString(ids[i]));
            }
            cache.extend(model.spec().stack(), count);
            for (int page = 0; page < pages; page++) {
                ByteBuffer in = part(file, name, cache.savedPageBytes(), "keys and values");
                cache.loadPage(in, Math.min(KeyValueCache.PAGE, cached - page * KeyValueCache.PAGE));
            }
            return ids;
        }
    }

    private static String type(int id) {
        for (DataType type : DataType.values()) {
            if (type.id() == id) {
                return type.toString();
            }
        }
        return "an unknown one";
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(Math.addExact(bytes, CHECKSUM_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Writes a part that is complete, with its checksum. */
    private static void append(FileChannel file, ByteBuffer part) throws IOException {
        int length = part.position();
        part.limit(part.capacity()).putInt(checksum(part, length)).flip();
        while (part.hasRemaining()) {
            file.write(part);
        }
    }

    private static ByteBuffer part(FileChannel file, String name, int bytes, String field) throws IOException {
        long at = file.position();
        ByteBuffer part = buffer(bytes);
        while (part.hasRemaining()) {
            if (file.read(part) < 0) {
                throw new ModelFormatException(name, at, field, bytes + " bytes", "the end of the file");
            }
        }
        int stored = part.getInt(bytes);
        int computed = checksum(part, bytes);
        check(stored == computed, name, at, "checksum of the " + field, Integer.toHexString(stored),
                Integer.toHexString(computed) + " (the file is damaged)");
        return part.position(0).limit(bytes);
    }

    private static int checksum(ByteBuffer part, int length) {
        CRC32C crc = new CRC32C();
        crc.update(part.array(), 0, length);
        return (int) crc.getValue();
    }

    private static void check(boolean good, String file, long offset, String field, String expected, String found) {
        if (!good) {
            throw new ModelFormatException(file, offset, field, expected, found);
        }
    }
}
