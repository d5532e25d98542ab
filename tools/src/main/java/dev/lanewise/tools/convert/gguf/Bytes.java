package dev.lanewise.tools.convert.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian numbers at any place of a segment, and eight small ones in a long, the first lowest. */
final class Bytes {
    /** The lowest bit of each of eight bytes. */
    static final long ONES = 0x0101010101010101L;
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    /** A byte from 0 to 255. */
    static int unsigned(MemorySegment bytes, long at) {
        return bytes.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    }

    /** A byte from -128 to 127. */
    static int signed(MemorySegment bytes, long at) {
        return bytes.get(ValueLayout.JAVA_BYTE, at);
    }

    /** A float of 16 bits, IEEE 754 half precision. */
    static float half(MemorySegment bytes, long at) {
        return Float.float16ToFloat(bytes.get(SHORT, at));
    }

    /** Bits of eight bytes in turn: so many, from {@code shift} on. */
    static long eight(MemorySegment bytes, long at, int shift, int bits) {
        return bytes.get(LONG, at) >>> shift & ONES * ((1 << bits) - 1);
    }

    /** The bits of one byte, each in a byte of its own. */
    static long spread(int bits) {
        return Long.expand(bits, ONES);
    }

    /**
     * Numbers from eight codes: {@code (code - zero) * scale + minimum}.
     *
     * @param minimum -0 where there is none, so that zeros keep their sign
     */
    static void scale(long eight, int zero, float scale, float minimum, float[] into, int first) {
        for (int i = 0; i < Long.BYTES; i++) {
            into[first + i] = ((int) (eight >>> 8 * i & 0xFF) - zero) * scale + minimum;
        }
    }

    /** Numbers from eight codes that choose from a table: {@code table[code] * scale}. */
    static void choose(long eight, byte[] table, float scale, float[] into, int first) {
        for (int i = 0; i < Long.BYTES; i++) {
            into[first + i] = table[(int) (eight >>> 8 * i & 0xFF)] * scale;
        }
    }
}
