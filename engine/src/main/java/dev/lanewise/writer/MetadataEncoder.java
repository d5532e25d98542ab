package dev.lanewise.writer;

import dev.lanewise.weights.LaneFormat;
import dev.lanewise.weights.Metadata;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Writes metadata as the bytes of a file, see {@link LaneFormat}. */
final class MetadataEncoder {
    private MetadataEncoder() {}

    static byte[] encode(Metadata metadata) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writeInt(out, metadata.values().size());
        for (Map.Entry<String, Object> entry : metadata.values().entrySet()) {
            byte[] key = entry.getKey().getBytes(StandardCharsets.US_ASCII);
            out.write(key.length);
            out.writeBytes(key);
            switch (entry.getValue()) {
                case Boolean b -> {
                    out.write(LaneFormat.BOOL);
                    out.write(b ? 1 : 0);
                }
                case Long n -> {
                    out.write(LaneFormat.INTEGER);
                    writeLong(out, n);
                }
                case Double x -> {
                    out.write(LaneFormat.NUMBER);
                    writeLong(out, Double.doubleToRawLongBits(x));
                }
                case String s -> {
                    out.write(LaneFormat.STRING);
                    writeString(out, s);
                }
                case int[] a -> {
                    out.write(LaneFormat.INTEGERS);
                    writeInt(out, a.length);
                    for (int n : a) {
                        writeInt(out, n);
                    }
                }
                case float[] a -> {
                    out.write(LaneFormat.NUMBERS);
                    writeInt(out, a.length);
                    for (float x : a) {
                        writeInt(out, Float.floatToRawIntBits(x));
                    }
                }
                case String[] a -> {
                    out.write(LaneFormat.STRINGS);
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
