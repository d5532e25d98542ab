package dev.lanewise.writer;

import dev.lanewise.tensor.Code;
import dev.lanewise.tensor.TensorInfo;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The codes of 32 rows in planes of words, see {@link Code}. */
final class CodePlanes {
    private static final int PAD = TensorInfo.PAD;
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    /** The low halves of eight bytes, and the lowest bits. */
    private static final long NIBBLES = 0x0F0F0F0F0F0F0F0FL;
    private static final long ONES = 0x0101010101010101L;

    private final Code code;
    private final int[] low; // [count * low bits / 32][32]
    private final int[] high; // [count * high bits / 32][32]

    /** @param count the codes of a row */
    CodePlanes(Code code, int count) {
        this.code = code;
        low = new int[count * code.lowBits() / Integer.SIZE * PAD];
        high = new int[count * code.highBits() / Integer.SIZE * PAD];
    }

    /**
     * Puts the codes of a row.
     *
     * @param codes as many as a row has, of each its bits; what is above them does not count
     */
    void put(int output, byte[] codes) {
        put(low, code.lowBits(), output, codes, 0);
        if (code.highBits() > 0) {
            put(high, code.highBits(), output, codes, code.lowBits());
        }
    }

    /** Eight codes, or four of 8 bits, become bits of a word at once: there are as many codes as a model has weights. */
    private static void put(int[] plane, int width, int output, byte[] codes, int above) {
        int k = 0;
        for (int at = output; at < plane.length; at += PAD) {
            int word = 0;
            if (width == 8) {
                word = (int) INT.get(codes, k);
                k += 4;
            } else {
                for (int shift = 4 - width; shift >= 0; shift -= width) {
                    long eight = (long) LONG.get(codes, k) >>> above & ONES * ((1 << width) - 1);
                    word |= (int) Long.compress(eight, NIBBLES) << shift;
                    k += 8;
                }
            }
            plane[at] = word;
        }
    }

    /** Appends the planes of one block of some. */
    void write(ByteBuffer to, int block, int blocks) {
        for (int[] plane : new int[][]{low, high}) {
            int words = plane.length / blocks;
            to.asIntBuffer().put(plane, block * words, words);
            to.position(to.position() + Integer.BYTES * words);
        }
    }
}
