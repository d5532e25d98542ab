package dev.lanewise.weights;

import dev.lanewise.error.ModelFormatException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Metadata as bytes: a count, then entries in ascending order of their keys: length of the key (1 byte), key, type (1 byte),
 * value. The order makes every key unique and every encoding canonical.
 */
final class MetadataCodec {
    private static final int BOOL = 0;
    private static final int INTEGER = 1;
    private static final int NUMBER = 2;
    private static final int STRING = 3;
    private static final int INTEGERS = 4;
    private static final int NUMBERS = 5;
    private static final int STRINGS = 6;

    private MetadataCodec() {}

    static byte[] encode(Metadata metadata) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writeInt(out, metadata.values().size());
        for (Map.Entry<String, Object> entry : metadata.values().entrySet()) {
            byte[] key = entry.getKey().getBytes(StandardCharsets.US_ASCII);
            out.write(key.length);
            out.writeBytes(key);
            switch (entry.getValue()) {
                case Boolean b -> {
                    out.write(BOOL);
                    out.write(b ? 1 : 0);
                }
                case Long n -> {
                    out.write(INTEGER);
                    writeLong(out, n);
                }
                case Double x -> {
                    out.write(NUMBER);
                    writeLong(out, Double.doubleToRawLongBits(x));
                }
                case String s -> {
                    out.write(STRING);
                    writeString(out, s);
                }
                case int[] a -> {
                    out.write(INTEGERS);
                    writeInt(out, a.length);
                    for (int n : a) {
                        writeInt(out, n);
                    }
                }
                case float[] a -> {
                    out.write(NUMBERS);
                    writeInt(out, a.length);
                    for (float x : a) {
                        writeInt(out, Float.floatToRawIntBits(x));
                    }
                }
                case String[] a -> {
                    out.write(STRINGS);
                    writeInt(out, a.length);
                    for (String s : a) {
                        writeString(out, s);
                    }
                }
                default -> throw new IllegalStateException(entry.getKey() + ": " + entry.getValue().getClass());
            }
        }
        return out.toByteArray();
    }

    /** Reads what {@link #encode} wrote; nothing is allocated beyond a small multiple of the bytes that are there. */
    static Metadata decode(HeaderReader in) {
        long entries = in.count("metadata count", 3, LaneFormat.MOST_KEYS);
        Metadata.Builder builder = Metadata.builder();
        String previous = "";
        for (long i = 0; i < entries; i++) {
            long at = in.position();
            String key = in.string(in.u8("length of a metadata key"), "metadata key");
            if (!Metadata.isKey(key) || key.compareTo(previous) <= 0) {
                throw new ModelFormatException(in.file(), at, "metadata key",
                        "lower-case words joined by dots, in ascending order, after '" + previous + "'",
                        Metadata.quoted(key));
            }
            previous = key;
            builder.add(key, value(in, "metadata '" + key + "'"));
        }
        return builder.build();
    }

    private static Object value(HeaderReader in, String field) {
        long at = in.position();
        int type = in.u8(field);
        return switch (type) {
            case BOOL -> {
                int b = in.u8(field);
                if (b > 1) {
                    throw new ModelFormatException(in.file(), at, field, "0 or 1", Integer.toString(b));
                }
                yield b == 1;
            }
            case INTEGER -> in.i64(field);
            case NUMBER -> Double.longBitsToDouble(in.i64(field));
            case STRING -> in.string(in.count(field, 1), field);
            case INTEGERS -> {
                int[] a = new int[in.count(field, 4)];
                in.bytes(a.length * 4L, field).asIntBuffer().get(a);
                yield a;
            }
            case NUMBERS -> {
                float[] a = new float[in.count(field, 4)];
                in.bytes(a.length * 4L, field).asFloatBuffer().get(a);
                yield a;
            }
            case STRINGS -> {
                String[] a = new String[in.count(field, 4, LaneFormat.MOST_TEXTS)];
                for (int i = 0; i < a.length; i++) {
                    a[i] = in.string(in.count(field, 1), field);
                }
                yield a;
            }
            default -> throw new ModelFormatException(in.file(), at, field + ", type", "a known type, 0 to " + STRINGS,
                    Integer.toString(type));
        };
    }

    private static void writeString(ByteArrayOutputStream out, String s) {
        byte[] bytes = s.getBytes(StandardCharsets.UTF_8);
        writeInt(out, bytes.length);
        out.writeBytes(bytes);
    }

    private static void writeInt(ByteArrayOutputStream out, int n) {
        out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(n).array());
    }

    private static void writeLong(ByteArrayOutputStream out, long n) {
        out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(n).array());
    }
}
