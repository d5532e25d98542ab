package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * What one GGUF file says: header, metadata, list of tensors, elements.
 *
 * @param metadata in the order of the file
 * @param tensors by name, in the order of the file
 */
record GgufShard(Map<String, Object> metadata, Map<String, GgufTensor> tensors) {
    /** What the first four bytes of a file are as a number: "GGUF". */
    static final int MAGIC = 0x46554747;
    private static final int LATEST = 3;
    /** The largest vocabularies with their merges take some 20 MB. */
    private static final long LONGEST_HEADER = 256L << 20;
    private static final String ALIGNMENT = "general.alignment";
    private static final int DEFAULT_ALIGNMENT = 32;
    private static final int LARGEST_ALIGNMENT = 1 << 20;

    /**
     * Reads and checks a file; of the elements, only where they are.
     *
     * @param file the name that failures give
     * @param bytes the whole file
     * @throws ModelFormatException if it is not a sound GGUF file of version 2 or 3, little-endian
     */
    static GgufShard parse(String file, MemorySegment bytes) {
        GgufReader in = new GgufReader(file, bytes.asSlice(0, Math.min(bytes.byteSize(), LONGEST_HEADER)));
        int magic = in.i32("magic");
        in.check(magic == MAGIC, 4, "magic", "'GGUF'", String.format("0x%08x", magic));
        checkVersion(in);
        TensorDirectory directory = new TensorDirectory(in, file, bytes);
        MetadataReader reader = new MetadataReader(in);
        int tensors = directory.count();
        Map<String, Object> metadata = reader.read(reader.count());
        int alignment = alignment(in, metadata.getOrDefault(ALIGNMENT, (long) DEFAULT_ALIGNMENT));
        directory.read(tensors);
        return new GgufShard(metadata, directory.place(alignment));
    }

    private static void checkVersion(GgufReader in) {
        int version = in.i32("version");
        int swapped = Integer.reverseBytes(version);
        in.check(swapped < 1 || swapped > LATEST, 4, "version", "a little-endian file", "a big-endian one, version "
                + swapped + "; convert it with gguf_convert_endian.py of llama.cpp");
        in.check(version != 1, 4, "version", "2 or 3",
                "1, which only files of August 2023 have; convert the model again");
        in.check(version >= 2 && version <= LATEST, 4, "version", "2 or 3", Integer.toUnsignedString(version));
    }

    private static int alignment(GgufReader in, Object value) {
        // A power of two: one bit.
        if (value instanceof Long n && n >= 8 && n <= LARGEST_ALIGNMENT && Long.bitCount(n) == 1) {
            return n.intValue();
        }
        throw in.failure(-1, "key '" + ALIGNMENT + "'", "a power of two from 8 to " + LARGEST_ALIGNMENT,
                value instanceof Long || value instanceof Double || value instanceof Boolean
                        ? value.toString()
                        : "a text or an array");
    }
}
