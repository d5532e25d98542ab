package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.INTS;
import static dev.lanewise.kernel.Simd.LANES;
import static dev.lanewise.kernel.Simd.ORDER;

import dev.lanewise.tensor.Code;
import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Some inputs of a panel as floats, for {@link VectorProduct}: worth it where several rows use each weight. */
final class VectorWiden {
    private static final int WORDS = Kernels.PANEL;
    private static final int HALF = Kernels.PANEL / 2;
    private static final int WORD_BITS = Integer.SIZE;
    /** Inputs of a block with one scale, and the bytes of its scales. */
    private static final int BLOCK = 32;
    private static final long SCALE_BYTES = HALF * 4L;
    /** Codes at a time: as many as there are nibbles in a word. */
    private static final int STEP = 8;
    private static final int LOW_NIBBLES = 0x0F0F0F0F;
    private static final float[] NO_MINIMUMS = new float[Kernels.PANEL];
    private static final int[][] TABLES = tables(); // [meaning][16] bits of floats

    static {
        Arrays.fill(NO_MINIMUMS, ScalarMath.NO_MINIMUM);
    }

    private VectorWiden() {}

    /**
     * Widens the inputs {@code from} to {@code from + count} of a panel, whole steps of 32.
     *
     * @param wide receives {@code [count][32]} floats
     * @param scales of the panel, see {@link Scales}; that of input 0 would be at {@code scalesAt}
     */
    static void panel(MemorySegment wide, long wideAt, MemorySegment weights, long panelAt, int from, int count,
            DataType type, float[] scales, int scalesAt) {
        if (type == DataType.BF16) {
            bfloats(wide, wideAt, weights, panelAt + from * HALF * 4L, count);
        } else if (type == DataType.F16) {
            halves(wide, wideAt, weights, panelAt + from * HALF * 4L, count);
        } else if (type == DataType.Q8_0) {
            bytes(wide, weights, panelAt + from / BLOCK * Codes.blockBytes(type), count, scales, scalesAt + from);
        } else if (type == DataType.Q4_0) {
            nibbles(wide, weights, panelAt + from / BLOCK * Codes.blockBytes(type), count, scales, scalesAt + from);
        } else if (type == DataType.Q4_1) {
            nibblesAndMinimums(wide, weights, panelAt + from / BLOCK * Codes.blockBytes(type), count, scales,
                    scalesAt + 2 * from);
        } else if (type == DataType.INT8) {
            bytesOfRows(wide, wideAt, weights, panelAt + Codes.INT8_CODES + (long) from * WORDS, count, scales);
        } else {
            groups(wide, wideAt, weights, panelAt, from, count, type, scales, scalesAt);
        }
    }

    /** {@link Scales#widen}, with vectors; scales and zero points of {@link DataType#INT8} as they are. */
    static void scales(float[] scales, int scalesAt, MemorySegment weights, long panelAt, DataType type, int from,
            int blocks) {
        if (type == DataType.INT8) {
            VectorRows.copy(scales, scalesAt, weights, panelAt, 2 * Kernels.PANEL);
            return;
        }
        long blockBytes = Codes.blockBytes(type);
        long codes = Codes.scaleCodes(type);
        for (int i = 0; i < blocks; i++) {
            long block = panelAt + (from + i) * blockBytes;
            int to = scalesAt + i * type.blockScales() * Kernels.PANEL;
            if (type.scaleCode() == null) {
                halfScales(scales, to, weights, block, type.halves() * HALF);
            } else if (type.halves() == 0) {
                exponents(scales, to, weights, block + codes);
            } else {
                codedScales(scales, to, weights, block + codes, block, type);
            }
        }
    }

    private static void halfScales(float[] scales, int scalesAt, MemorySegment weights, long at, int words) {
        MemorySegment w = Simd.offHeap(weights);
        for (int word = 0; word < words; word += LANES) {
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + word * 4L, ORDER);
            int to = scalesAt + word / HALF * Kernels.PANEL + word % HALF;
            VectorMath.half(u.lanewise(VectorOperators.LSHL, 16)).intoArray(scales, to);
            VectorMath.half(u).intoArray(scales, to + HALF);
        }
    }

    /** {@link Code.Meaning#EXPONENT}, one of 32 weights: plain Java does. */
    private static void exponents(float[] scales, int scalesAt, MemorySegment weights, long at) {
        MemorySegment w = Simd.offHeap(weights);
        for (int i = 0; i < Kernels.PANEL; i++) {
            int exponent = w.get(ValueLayout.JAVA_BYTE, at + i) & 0xFF;
            scales[scalesAt + i] = Float.intBitsToFloat(exponent < 2 ? 0x00200000 << exponent : exponent - 1 << 23);
        }
    }

    private static void codedScales(float[] scales, int scalesAt, MemorySegment weights, long planes, long halves,
            DataType type) {
        Code code = type.scaleCode();
        int each = type.blockScales() / type.scales(); // scales that a 16-bit float scales
        long high = planes + (code.highBits() == 0 ? 0 : Codes.lowPlane(code, type.blockScales()));
        for (int half = 0; half < type.scales(); half++) {
            for (int i = 0; i < each; i += STEP) {
                scaled(scales, scalesAt + (half * each + i) * Kernels.PANEL, weights, planes, high, code,
                        half * each + i, halves + half * HALF * 4L);
            }
        }
    }

    /** Eight scales of each output; where there is no plane of high bits, none of what is read in its place counts. */
    private static void scaled(float[] scales, int to, MemorySegment weights, long low, long high, Code code, int first,
            long half) {
        MemorySegment w = Simd.offHeap(weights);
        int lowBits = code.lowBits();
        int highBits = code.highBits();
        int zero = code.zero();
        int lowShift = shift(lowBits, first);
        int lowMask = nibbles(lowBits);
        long lowAt = word(low, lowBits, first);
        int highShift = highBits == 0 ? 0 : shift(highBits, first);
        int highMask = nibbles(highBits);
        long highAt = word(high, highBits, first);
        for (int column = 0; column < Kernels.PANEL; column += LANES) {
            IntVector u = nibbles(w, lowAt + column * 4L, lowShift, lowMask);
            IntVector v = nibbles(w, highAt + column * 4L, highShift, highMask);
            FloatVector d = VectorMath.half(IntVector.fromMemorySegment(INTS, w, half + column % HALF * 4L, ORDER)
                    .lanewise(VectorOperators.LSHL, column < HALF ? 16 : 0));
            IntVector even = bytes(u.lanewise(VectorOperators.LSHR, 4), v.lanewise(VectorOperators.LSHR, 4), lowBits);
            IntVector odd = bytes(u, v, lowBits);
            for (int i = 0; i < STEP; i += 2) {
                int at = to + i * Kernels.PANEL + column;
                top(even, zero).mul(d).intoArray(scales, at);
                top(odd, zero).mul(d).intoArray(scales, at + Kernels.PANEL);
                even = even.lanewise(VectorOperators.LSHL, 8);
                odd = odd.lanewise(VectorOperators.LSHL, 8);
            }
        }
    }

    /** The word of a plane that holds eight codes from a first one on. */
    private static long word(long plane, int bits, int first) {
        return plane + (long) (first * bits / WORD_BITS) * Codes.WORDS;
    }

    /** How far up in their nibbles eight codes are: see {@link Code}. */
    private static int shift(int bits, int first) {
        return Code.shift(bits, first + STEP - 1);
    }

    /** The low bits of each nibble. */
    private static int nibbles(int bits) {
        return 0x11111111 * ((1 << bits) - 1);
    }

    private static IntVector nibbles(MemorySegment w, long at, int shift, int mask) {
        return IntVector.fromMemorySegment(INTS, w, at, ORDER).lanewise(VectorOperators.LSHR, shift).and(mask);
    }

    /** The low nibbles of bytes, and above them those that hold high bits. */
    private static IntVector bytes(IntVector low, IntVector high, int lowBits) {
        return low.and(LOW_NIBBLES).or(high.and(LOW_NIBBLES).lanewise(VectorOperators.LSHL, lowBits));
    }

    /** The highest byte of each lane. */
    private static FloatVector top(IntVector codes, int zero) {
        return (FloatVector) codes.lanewise(VectorOperators.LSHR, WORD_BITS - 8).sub(zero)
                .convert(VectorOperators.I2F, 0);
    }

    private static void bfloats(MemorySegment wide, long wideAt, MemorySegment weights, long at, int count) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        for (int word = 0; word < count * HALF; word += LANES) {
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + word * 4L, ORDER);
            long to = wideAt + (word / HALF * Kernels.PANEL + word % HALF) * 4;
            u.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoMemorySegment(out, to, ORDER);
            u.and(0xFFFF0000).reinterpretAsFloats().intoMemorySegment(out, to + HALF * 4, ORDER);
        }
    }

    private static void halves(MemorySegment wide, long wideAt, MemorySegment weights, long at, int count) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        for (int word = 0; word < count * HALF; word += LANES) {
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + word * 4L, ORDER);
            long to = wideAt + (word / HALF * Kernels.PANEL + word % HALF) * 4;
            VectorMath.half(u.lanewise(VectorOperators.LSHL, 16)).intoMemorySegment(out, to, ORDER);
            VectorMath.half(u).intoMemorySegment(out, to + HALF * 4, ORDER);
        }
    }

    private static void bytes(MemorySegment wide, MemorySegment weights, long at, int count, float[] scales,
            int scalesAt) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        for (int word = 0; word < count / 4 * WORDS; word += LANES) {
            int column = word % WORDS;
            int row = word / WORDS;
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + word * 4L + (row / 8 + 1) * SCALE_BYTES, ORDER);
            FloatVector d = FloatVector.fromArray(FLOATS, scales, scalesAt + row / 8 * Kernels.PANEL + column);
            long to = (row * 4L * Kernels.PANEL + column) * 4;
            for (int i = 0; i < 4; i++) {
                FloatVector code = (FloatVector) u.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
                code.mul(d).intoMemorySegment(out, to + i * Kernels.PANEL * 4L, ORDER);
                u = u.lanewise(VectorOperators.LSHL, 8);
            }
        }
    }

    /** {@link DataType#INT8}: as {@link #bytes}, with one scale and one zero point of each output. */
    private static void bytesOfRows(MemorySegment wide, long wideAt, MemorySegment weights, long at, int count,
            float[] scales) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        for (int word = 0; word < count / 4 * WORDS; word += LANES) {
            int column = word % WORDS;
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + word * 4L, ORDER);
            FloatVector d = FloatVector.fromArray(FLOATS, scales, column);
            FloatVector z = FloatVector.fromArray(FLOATS, scales, Kernels.PANEL + column);
            long to = wideAt + (word / WORDS * 4L * Kernels.PANEL + column) * 4;
            for (int i = 0; i < 4; i++) {
                FloatVector code = (FloatVector) u.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
                code.sub(z).mul(d).intoMemorySegment(out, to + i * Kernels.PANEL * 4L, ORDER);
                u = u.lanewise(VectorOperators.LSHL, 8);
            }
        }
    }

    private static void nibbles(MemorySegment wide, MemorySegment weights, long at, int count, float[] scales,
            int scalesAt) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        for (int word = 0; word < count / 8 * WORDS; word += LANES) {
            int column = word % WORDS;
            int row = word / WORDS;
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + word * 4L + (row / 4 + 1) * SCALE_BYTES, ORDER);
            FloatVector d = FloatVector.fromArray(FLOATS, scales, scalesAt + row / 4 * Kernels.PANEL + column);
            long to = (row * 8L * Kernels.PANEL + column) * 4;
            for (int i = 0; i < 8; i++) {
                FloatVector code = (FloatVector) u.lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                code.mul(d).intoMemorySegment(out, to + i * Kernels.PANEL * 4L, ORDER);
                u = u.lanewise(VectorOperators.LSHL, 4);
            }
        }
    }

    /** {@link DataType#Q4_1}: as {@link #nibbles}, with two scales, the minimum second. {@link #plane} would go round short loops. */
    private static void nibblesAndMinimums(MemorySegment wide, MemorySegment weights, long at, int count,
            float[] scales, int scalesAt) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        for (int word = 0; word < count / 8 * WORDS; word += LANES) {
            int column = word % WORDS;
            int row = word / WORDS;
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + word * 4L + (row / 4 + 1) * 2 * SCALE_BYTES, ORDER);
            int scale = scalesAt + row / 4 * 2 * Kernels.PANEL + column;
            FloatVector d = FloatVector.fromArray(FLOATS, scales, scale);
            FloatVector m = FloatVector.fromArray(FLOATS, scales, scale + Kernels.PANEL);
            long to = (row * 8L * Kernels.PANEL + column) * 4;
            for (int i = 0; i < 8; i++) {
                FloatVector code = (FloatVector) u.lanewise(VectorOperators.LSHR, 28).convert(VectorOperators.I2F, 0);
                code.fma(d, m).intoMemorySegment(out, to + i * Kernels.PANEL * 4L, ORDER);
                u = u.lanewise(VectorOperators.LSHL, 4);
            }
        }
    }

    /** What has groups of 16 or 32 inputs, each with a scale and perhaps a minimum. */
    private static void groups(MemorySegment wide, long wideAt, MemorySegment weights, long panelAt, int from,
            int count, DataType type, float[] scales, int scalesAt) {
        Code code = type.code();
        long blockBytes = Codes.blockBytes(type);
        long codes = Codes.elementCodes(type);
        long highPlane = Codes.lowPlane(code, type.block());
        boolean hasMinimum = type.scales() == 2;
        float[] minimums = hasMinimum ? scales : NO_MINIMUMS;
        for (int k = from; k < from + count; k += type.group()) {
            int scale = scalesAt + type.scaleOf(k) * Kernels.PANEL;
            int minimum = hasMinimum ? scale + type.block() / type.group() * Kernels.PANEL : 0;
            long low = panelAt + k / type.block() * blockBytes + codes;
            long high = low + highPlane;
            int inBlock = k % type.block();
            for (int first = inBlock; first < inBlock + type.group(); first += STEP) {
                long to = wideAt + (long) (k - from + first - inBlock) * Codes.WORDS;
                if (code.meaning().isTable()) {
                    table(wide, to, weights, low, first, TABLES[code.meaning().ordinal()], scales, scale);
                } else if (code.highBits() == 0) {
                    plane(wide, to, weights, low, first, code.lowBits(), scales, scale, minimums, minimum);
                } else {
                    planes(wide, to, weights, low, high, first, code, scales, scale, minimums, minimum);
                }
            }
        }
    }

    /** Eight inputs with codes in one plane. */
    private static void plane(MemorySegment wide, long to, MemorySegment weights, long low, int first, int bits,
            float[] scales, int scale, float[] minimums, int minimum) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        int shift = shift(bits, first);
        int mask = nibbles(bits);
        long at = word(low, bits, first);
        for (int column = 0; column < Kernels.PANEL; column += LANES) {
            IntVector u = nibbles(w, at + column * 4L, shift, mask);
            FloatVector d = FloatVector.fromArray(FLOATS, scales, scale + column);
            FloatVector m = FloatVector.fromArray(FLOATS, minimums, minimum + column);
            for (int i = 0; i < STEP; i++) {
                FloatVector code = (FloatVector) u.lanewise(VectorOperators.LSHR, WORD_BITS - 4)
                        .convert(VectorOperators.I2F, 0);
                code.fma(d, m).intoMemorySegment(out, to + i * (long) Codes.WORDS + column * 4L, ORDER);
                u = u.lanewise(VectorOperators.LSHL, 4);
            }
        }
    }

    /** Eight inputs with codes in two planes. */
    private static void planes(MemorySegment wide, long to, MemorySegment weights, long low, long high, int first,
            Code code, float[] scales, int scale, float[] minimums, int minimum) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        int lowBits = code.lowBits();
        int highBits = code.highBits();
        int zero = code.zero();
        int lowShift = shift(lowBits, first);
        int lowMask = nibbles(lowBits);
        long lowAt = word(low, lowBits, first);
        int highShift = shift(highBits, first);
        int highMask = nibbles(highBits);
        long highAt = word(high, highBits, first);
        for (int column = 0; column < Kernels.PANEL; column += LANES) {
            IntVector u = nibbles(w, lowAt + column * 4L, lowShift, lowMask);
            IntVector v = nibbles(w, highAt + column * 4L, highShift, highMask);
            FloatVector d = FloatVector.fromArray(FLOATS, scales, scale + column);
            FloatVector m = FloatVector.fromArray(FLOATS, minimums, minimum + column);
            IntVector even = bytes(u.lanewise(VectorOperators.LSHR, 4), v.lanewise(VectorOperators.LSHR, 4), lowBits);
            IntVector odd = bytes(u, v, lowBits);
            for (int i = 0; i < STEP; i += 2) {
                long at = to + i * (long) Codes.WORDS + column * 4L;
                top(even, zero).fma(d, m).intoMemorySegment(out, at, ORDER);
                top(odd, zero).fma(d, m).intoMemorySegment(out, at + Codes.WORDS, ORDER);
                even = even.lanewise(VectorOperators.LSHL, 8);
                odd = odd.lanewise(VectorOperators.LSHL, 8);
            }
        }
    }

    /** Eight inputs with codes of 4 bits that choose from a table. */
    private static void table(MemorySegment wide, long to, MemorySegment weights, long low, int first, int[] table,
            float[] scales, int scale) {
        MemorySegment w = Simd.offHeap(weights);
        MemorySegment out = Simd.offHeap(wide);
        long at = low + (long) (first / STEP) * Codes.WORDS;
        for (int column = 0; column < Kernels.PANEL; column += LANES) {
            IntVector u = IntVector.fromMemorySegment(INTS, w, at + column * 4L, ORDER);
            FloatVector d = FloatVector.fromArray(FLOATS, scales, scale + column);
            for (int i = 0; i < STEP; i++) {
                lookUp(table, u).mul(d).intoMemorySegment(out, to + i * (long) Codes.WORDS + column * 4L, ORDER);
                u = u.lanewise(VectorOperators.LSHL, 4);
            }
        }
    }

    /** The floats of a table that the highest 4 bits of each lane choose. A vector holds all of it, a half or a quarter. */
    private static FloatVector lookUp(int[] table, IntVector u) {
        IntVector code = u.lanewise(VectorOperators.LSHR, WORD_BITS - 4);
        if (LANES == 16) {
            return part(table, 0, code).reinterpretAsFloats();
        }
        if (LANES == 8) {
            return either(part(table, 0, code), part(table, 8, code), u).reinterpretAsFloats();
        }
        IntVector second = u.lanewise(VectorOperators.LSHL, 1);
        return either(either(part(table, 0, code), part(table, 4, code), second),
                either(part(table, 8, code), part(table, 12, code), second), u).reinterpretAsFloats();
    }

    private static IntVector part(int[] table, int from, IntVector code) {
        return code.and(LANES - 1).selectFrom(IntVector.fromArray(INTS, table, from));
    }

    /** The second where the highest bit of a lane is set. */
    private static IntVector either(IntVector first, IntVector second, IntVector sign) {
        return first.lanewise(VectorOperators.BITWISE_BLEND, second,
                sign.lanewise(VectorOperators.ASHR, WORD_BITS - 1));
    }

    private static int[][] tables() {
        int[][] tables = new int[Code.Meaning.values().length][];
        for (Code.Meaning meaning : Code.Meaning.values()) {
            Code code = new Code(4, 0, meaning);
            int[] table = new int[meaning.isTable() ? 16 : 0];
            for (int bits = 0; bits < table.length; bits++) {
                table[bits] = Float.floatToRawIntBits(code.value(bits));
            }
            tables[meaning.ordinal()] = table;
        }
        return tables;
    }
}
