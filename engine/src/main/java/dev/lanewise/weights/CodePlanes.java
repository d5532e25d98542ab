package dev.lanewise.weights;

import dev.lanewise.tensor.Code;
import dev.lanewise.tensor.TensorInfo;
import java.nio.ByteBuffer;

/** The codes of 32 rows in planes of words, see {@link Code}. */
final class CodePlanes {
    private static final int PAD = TensorInfo.PAD;

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
     * Puts a code where no other was put.
     *
     * @param bits of which those of the code count
     */
    void put(int output, int index, int bits) {
        put(low, code.lowBits(), output, index, bits);
        if (code.highBits() > 0) {
            put(high, code.highBits(), output, index, bits >> code.lowBits());
        }
    }

    private static void put(int[] plane, int width, int output, int index, int bits) {
        int perWord = Integer.SIZE / width;
        plane[index / perWord * PAD + output] |= (bits & (1 << width) - 1) << Code.shift(width, index);
    }

    /** Appends the planes of one block of some. */
    void write(ByteBuffer to, int block, int blocks) {
        write(to, low, block, blocks);
        write(to, high, block, blocks);
    }

    private static void write(ByteBuffer to, int[] plane, int block, int blocks) {
        int words = plane.length / blocks;
        for (int i = block * words; i < (block + 1) * words; i++) {
            to.putInt(plane[i]);
        }
    }
}
