package dev.lanewise.tools.convert.ctranslate2;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.ElementType;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Json;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a {@code model.bin} says: its version, what kind of model it is, and the variables by name. Nothing is copied but names;
 * every count and length is checked against the bytes that are there.
 */
final class Variables {
    /** The latest version of the file. */
    static final int LATEST = 6;
    private static final int FIRST_WITH_NAME = 2;
    private static final int FIRST_WITH_ALIASES = 3;
    private static final int FIRST_WITH_TYPES = 4;
    private static final int MOST = 200_000;
    private static final int HIGHEST_RANK = 8;
    private static final int LONGEST_NAME = 256;
    /** A name with its zero, a rank, a type, a size. */
    private static final int SMALLEST = 2 + 1 + 1 + 1 + 4;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** By their numbers in the file. */
    private static final List<ElementType> TYPES = List.of(ElementType.F32, ElementType.I8, ElementType.I16,
            ElementType.I32, ElementType.F16, ElementType.BF16);

    private final String file;
    private final MemorySegment bytes;
    private long at;
    private final int version;
    private String kind = "";
    private long revision = 1;
    private final Map<String, ForeignTensor> all = new LinkedHashMap<>();
    private final Map<String, String> aliases = new LinkedHashMap<>();

    private Variables(String file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
        long first = u32("binary version");
        if (first < 1 || first > LATEST) {
            throw new UnsupportedModelException(file + ": a CTranslate2 file of binary version " + first
                    + "; supported are 1 to " + LATEST);
        }
        version = (int) first;
        if (version >= FIRST_WITH_NAME) {
            kind = text("name of the specification");
            revision = u32("revision of the specification");
        }
        int count = count("number of variables", SMALLEST);
        for (int i = 0; i < count; i++) {
            variable("variable " + i);
        }
        if (version >= FIRST_WITH_ALIASES) {
            int others = count("number of aliases", 2 * (2 + 1));
            for (int i = 0; i < others; i++) {
                alias("alias " + i);
            }
        }
        check(at == bytes.byteSize(), at, "end of the last entry", "the end of the file",
                bytes.byteSize() - at + " more bytes");
    }

    /**
     * Reads a file.
     *
     * @param file the name that failures give
     * @param bytes the whole file
     * @throws ModelFormatException if it is damaged
     * @throws UnsupportedModelException if it is of a later version
     */
    static Variables parse(String file, MemorySegment bytes) {
        return new Variables(file, bytes);
    }

    /** Whether a file begins as one of CTranslate2 does: a version, and the name of a specification or of a variable. */
    static boolean recognises(byte[] head) {
        MemorySegment start = MemorySegment.ofArray(head);
        if (head.length < 16 || start.get(INT, 0) < 1 || start.get(INT, 0) > LATEST) {
            return false;
        }
        int name = start.get(INT, 0) == 1 ? 8 : 4;
        int length = Short.toUnsignedInt(start.get(SHORT, name));
        boolean sound = length > 1 && length < 256;
        for (int i = 0; sound && i < Math.min(length - 1, head.length - name - 2); i++) {
            byte c = head[name + 2 + i];
            sound = c > ' ' && c < 0x7F;
        }
        return sound;
    }

    int version() {
        return version;
    }

    /** The name of the specification, empty in the first version. */
    String kind() {
        return kind;
    }

    long revision() {
        return revision;
    }

    /** The variables and, under their own names too, what has several. */
    Map<String, ForeignTensor> all() {
        return Collections.unmodifiableMap(all);
    }

    /** What a name is another name of, or itself. */
    String original(String name) {
        return aliases.getOrDefault(name, name);
    }

    private void variable(String field) {
        long start = at;
        String name = text(field + ", name");
        int rank = u8(field + ", rank");
        check(rank <= HIGHEST_RANK, at - 1, field + ", rank", "0 to " + HIGHEST_RANK, rank + "");
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            shape.add(u32(field + ", shape"));
        }
        int type = u8(field + ", type");
        long size = u32(field + ", size");
        ElementType elements;
        if (version >= FIRST_WITH_TYPES) {
            check(type < TYPES.size(), at - 5, field + ", type", "0 to " + (TYPES.size() - 1), type + "");
            elements = TYPES.get(type);
        } else {
            check(type == 1 || type == 2 || type == 4, at - 5, field + ", bytes an element", "1, 2 or 4", type + "");
            elements = type == 4 ? ElementType.F32 : type == 2 ? ElementType.I16 : ElementType.I8;
            size *= type;
        }
        long expected;
        try {
            expected = Math.multiplyExact(ForeignTensor.elements(shape), elements.bits() / 8);
        } catch (ArithmeticException e) {
            throw failure(start, field + ", shape", "fewer than 2^60 elements", shape.toString());
        }
        check(size == expected, at - 4, field + ", size", expected + " bytes for the shape " + shape, size + "");
        check(size <= bytes.byteSize() - at, at, field + ", elements", size + " bytes",
                bytes.byteSize() - at + ", then the end of the file");
        put(start, name, new ForeignTensor(file, name, elements, shape, at, bytes.asSlice(at, size)));
        at += size;
    }

    private void alias(String field) {
        long start = at;
        String alias = text(field);
        String name = text(field + ", variable");
        ForeignTensor tensor = all.get(name);
        check(tensor != null, start, field, "the name of a variable", Json.quoted(name));
        aliases.put(alias, original(name));
        put(start, alias, tensor);
        // Its scales are the other's as well.
        ForeignTensor scale = all.get(name + "_scale");
        if (scale != null && all.putIfAbsent(alias + "_scale", scale) == null) {
            aliases.put(alias + "_scale", original(name + "_scale"));
        }
    }

    private void put(long start, String name, ForeignTensor tensor) {
        check(all.size() < MOST && all.putIfAbsent(name, tensor) == null, start, "name", "a new name, at most " + MOST,
                Json.quoted(name) + " again");
    }

    private int count(String field, int least) {
        long count = u32(field);
        long most = Math.min(MOST, (bytes.byteSize() - at) / least);
        check(count <= most, at - 4, field, "at most " + most, count + "");
        return (int) count;
    }

    /** A text behind its length, a zero at its end. */
    private String text(String field) {
        long start = at;
        int length = Short.toUnsignedInt(bytes.get(SHORT, take(2, field)));
        check(length > 0 && length <= LONGEST_NAME, start, field + ", length",
                "1 to " + LONGEST_NAME + " bytes, the zero at the end among them", length + "");
        long from = take(length, field);
        byte[] text = bytes.asSlice(from, length).toArray(ValueLayout.JAVA_BYTE);
        check(text[length - 1] == 0, from, field, "a zero at the end", "another byte");
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text, 0, length - 1)).toString();
        } catch (CharacterCodingException e) {
            throw failure(from, field, "UTF-8", "other bytes");
        }
    }

    private int u8(String field) {
        return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, take(1, field)));
    }

    private long u32(String field) {
        return Integer.toUnsignedLong(bytes.get(INT, take(4, field)));
    }

    private long take(int count, String field) {
        check(count <= bytes.byteSize() - at, at, field, count + " bytes",
                bytes.byteSize() - at + ", then the end of the file");
        long start = at;
        at += count;
        return start;
    }

    private void check(boolean sound, long offset, String field, String expected, String found) {
        if (!sound) {
            throw failure(offset, field, expected, found);
        }
    }

    private ModelFormatException failure(long offset, String field, String expected, String found) {
        return new ModelFormatException(file, offset, field, expected, found);
    }
}
