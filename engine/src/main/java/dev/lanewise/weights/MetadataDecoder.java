package dev.lanewise.weights;

import dev.lanewise.error.ModelFormatException;

/** Reads metadata from the bytes of a file, see {@link LaneFormat}. */
final class MetadataDecoder {
    private MetadataDecoder() {}

    /** Reads them; nothing is allocated beyond a small multiple of the bytes that are there. */
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
            case LaneFormat.BOOL -> {
                int b = in.u8(field);
                if (b > 1) {
                    throw new ModelFormatException(in.file(), at, field, "0 or 1", Integer.toString(b));
                }
                yield b == 1;
            }
            case LaneFormat.INTEGER -> in.i64(field);
            case LaneFormat.NUMBER -> Double.longBitsToDouble(in.i64(field));
            case LaneFormat.STRING -> in.string(in.count(field, 1), field);
            case LaneFormat.INTEGERS -> {
                int[] a = new int[in.count(field, 4)];
                in.bytes(a.length * 4L, field).asIntBuffer().get(a);
                yield a;
            }
            case LaneFormat.NUMBERS -> {
                float[] a = new float[in.count(field, 4)];
                in.bytes(a.length * 4L, field).asFloatBuffer().get(a);
                yield a;
            }
            case LaneFormat.STRINGS -> {
                String[] a = new String[in.count(field, 4, LaneFormat.MOST_TEXTS)];
                for (int i = 0; i < a.length; i++) {
                    a[i] = in.string(in.count(field, 1), field);
                }
                yield a;
            }
            default -> throw new ModelFormatException(in.file(), at, field + ", type",
                    "a known type, 0 to " + LaneFormat.STRINGS,
                    Integer.toString(type));
        };
    }
}
