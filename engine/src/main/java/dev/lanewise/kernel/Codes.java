package dev.lanewise.kernel;

import dev.lanewise.tensor.Code;
import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Single codes out of the planes of a block, in plain Java; and where in a block of a panel its parts begin. */
final class Codes {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PANEL = Kernels.PANEL;
    private static final int HALF = PANEL / 2;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Bytes of a row of words, or of 32-bit floats. */
    static final int WORDS = PANEL * 4;
    /** Where the codes begin in a panel of {@link DataType#INT8}: behind the scales and zero points of its outputs. */
    static final int INT8_CODES = 2 * WORDS;

    private Codes() {}

    /** Bytes of the plane of low bits: where that of high bits begins. */
    static long lowPlane(Code code, long count) {
        return count * code.lowBits() * PANEL / 8;
    }

    /** From one block of a panel to the next. */
    static long blockBytes(DataType type) {
        return type.bytes((long) type.block() * PANEL);
    }

    /** Where the codes of scales begin in a block: behind its 16-bit floats. */
    static long scaleCodes(DataType type) {
        return 2L * type.halves() * PANEL;
    }

    /** Where the codes of elements begin in a block: behind those of its scales. */
    static long elementCodes(DataType type) {
        return scaleCodes(type) + type.scaleCodeBytes((long) type.block() * PANEL);
    }

    /**
     * What a code stands for.
     *
     * @param at where its planes begin
     * @param count the codes of an output in the planes
     * @param index which of them
     */
    static float value(Code code, MemorySegment weights, long at, long count, int index, int output) {
        if (code.meaning() == Code.Meaning.EXPONENT) {
            return code.value(weights.get(ValueLayout.JAVA_BYTE, at + (long) index * PANEL + output) & 0xFF);
        }
        int bits = bits(weights, at, code.lowBits(), index, output);
        if (code.highBits() > 0) {
            bits |= bits(weights, at + lowPlane(code, count), code.highBits(), index, output) << code.lowBits();
        }
        return code.value(bits);
    }

    private static int bits(MemorySegment weights, long plane, int bits, int index, int output) {
        int perWord = Integer.SIZE / bits;
        int word = weights.get(INT, plane + (long) (index / perWord) * WORDS + output * 4L);
        return word >>> Code.shift(bits, index) & (1 << bits) - 1;
    }

    /** A weight of a panel of {@link DataType#INT8}. */
    static float int8(MemorySegment weights, long panelAt, int input, int output) {
        long scale = panelAt + output * 4L;
        return (value(DataType.INT8.code(), weights, panelAt + INT8_CODES, 0, input, output)
                - weights.get(FLOAT, scale + WORDS)) * weights.get(FLOAT, scale);
    }

    /** A 16-bit float of a row of them, whose halves are interleaved: see {@link dev.lanewise.tensor.Layout#PANELS}. */
    static float half(MemorySegment weights, long at, int output) {
        return Float.float16ToFloat(weights.get(SHORT, at + output % HALF * 4L + output / HALF * 2L));
    }

    /**
     * A scale or a minimum of an output.
     *
     * @param blockAt where the block begins
     * @param index which, of all those of the block
     */
    static float scale(DataType type, MemorySegment weights, long blockAt, int index, int output) {
        int which = index / (type.block() / type.group()); // scale or minimum
        float half = type.halves() == 0 ? 1 : half(weights, blockAt + which * PANEL * 2L, output);
        return type.scaleCode() == null
                ? half
                : half * value(type.scaleCode(), weights, blockAt + scaleCodes(type), type.blockScales(), index,
                        output);
    }
}
