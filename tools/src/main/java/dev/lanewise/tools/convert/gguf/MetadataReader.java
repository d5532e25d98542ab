package dev.lanewise.tools.convert.gguf;

import dev.lanewise.tools.convert.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/** The keys and values of a GGUF header. */
final class MetadataReader {
    private static final int MOST_KEYS = 10_000;
    private static final int LONGEST_KEY = 65_535; // as the description of the format says
    /** Of all arrays together: the largest vocabularies have some 300,000 entries, and half a million merges. */
    private static final int MOST_ELEMENTS = 4 << 20;
    private static final int SMALLEST_ENTRY = 8 + 1 + 4 + 1; // a length, a key of one letter, a type, a byte

    // The types of values, enum gguf_metadata_value_type.
    private static final int U8 = 0;
    private static final int I8 = 1;
    private static final int U16 = 2;
    private static final int I16 = 3;
    private static final int U32 = 4;
    private static final int I32 = 5;
    private static final int F32 = 6;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int U64 = 10;
    private static final int I64 = 11;
    private static final int F64 = 12;

    private final GgufReader in;
    private int elements;

    MetadataReader(GgufReader in) {
        this.in = in;
    }

    /** How many keys follow; stands in the header before the keys. */
    int count() {
        return in.count("number of keys", SMALLEST_ENTRY, MOST_KEYS);
    }

    /** Reads that many keys with their values, in the order of the file; see {@link GgufModel#metadata} for their types. */
    Map<String, Object> read(int count) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            long start = in.position();
            String key = in.text("key " + i, LONGEST_KEY);
            if (key.isEmpty() || values.containsKey(key)) {
                throw in.failure(start, "key " + i, "a name of its own",
                        key.isEmpty() ? "an empty one" : Json.quoted(key) + " again");
            }
            String field = "key " + Json.quoted(key);
            int type = in.i32(field + ", type");
            values.put(key, type == ARRAY ? array(field) : value(type, field));
        }
        return values;
    }

    private Object value(int type, String field) {
        return switch (type) {
            case U8, I8, U16, I16, U32, I32, U64, I64 -> integer(type, field);
            case F32, F64 -> real(type, field);
            case BOOL -> bool(field);
            case STRING -> in.text(field);
            default -> {
                in.check(false, 4, field + ", type", "0 to 12", Integer.toUnsignedString(type));
                yield null;
            }
        };
    }

    private Object array(String field) {
        int type = in.i32(field + ", element type");
        in.check(type != ARRAY, 4, field, "elements that are no arrays", "an array of arrays");
        in.check(type >= U8 && type <= F64, 4, field + ", element type", "0 to 12", Integer.toUnsignedString(type));
        int count = in.count(field + ", number of elements", bytes(type), MOST_ELEMENTS - elements);
        elements += count;
        switch (type) {
            case F32, F64 -> {
                double[] values = new double[count];
                for (int i = 0; i < count; i++) {
                    values[i] = real(type, field);
                }
                return values;
            }
            case BOOL -> {
                boolean[] values = new boolean[count];
                for (int i = 0; i < count; i++) {
                    values[i] = bool(field);
                }
                return values;
            }
            case STRING -> {
                String[] values = new String[count];
                for (int i = 0; i < count; i++) {
                    values[i] = in.text(field);
                }
                return values;
            }
            default -> {
                long[] values = new long[count];
                for (int i = 0; i < count; i++) {
                    values[i] = integer(type, field);
                }
                return values;
            }
        }
    }

    private long integer(int type, String field) {
        return switch (type) {
            case U8 -> in.u8(field);
            case I8 -> (byte) in.u8(field);
            case U16 -> Short.toUnsignedLong(in.i16(field));
            case I16 -> in.i16(field);
            case U32 -> Integer.toUnsignedLong(in.i32(field));
            case I32 -> in.i32(field);
            case U64 -> in.u64(field);
            default -> in.i64(field);
        };
    }

    private double real(int type, String field) {
        return type == F32 ? Float.intBitsToFloat(in.i32(field)) : Double.longBitsToDouble(in.i64(field));
    }

    private boolean bool(String field) {
        int value = in.u8(field);
        if (value > 1) {
            throw in.failure(in.position() - 1, field, "0 or 1", Integer.toString(value));
        }
        return value == 1;
    }

    /** What an element takes at least. */
    private static int bytes(int type) {
        return switch (type) {
            case U8, I8, BOOL -> 1;
            case U16, I16 -> 2;
            case U32, I32, F32 -> 4;
            default -> 8;
        };
    }
}
