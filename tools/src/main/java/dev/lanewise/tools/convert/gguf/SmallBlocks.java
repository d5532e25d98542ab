package dev.lanewise.tools.convert.gguf;

import static dev.lanewise.tools.convert.gguf.Bytes.choose;
import static dev.lanewise.tools.convert.gguf.Bytes.eight;
import static dev.lanewise.tools.convert.gguf.Bytes.half;
import static dev.lanewise.tools.convert.gguf.Bytes.scale;
import static dev.lanewise.tools.convert.gguf.Bytes.signed;
import static dev.lanewise.tools.convert.gguf.Bytes.spread;
import static dev.lanewise.tools.convert.gguf.Bytes.unsigned;

import java.lang.foreign.MemorySegment;

/**
 * Blocks of 32 elements with one scale (ggml-quants.c, {@code dequantize_row_q4_0} and its neighbours). Where two elements
 * share a byte, its low half is element j and its high half element j + 16.
 */
final class SmallBlocks {
    /** The values of IQ4_NL and IQ4_XS ({@code kvalues_iq4nl}). */
    static final byte[] NON_LINEAR = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
    /** The values of MXFP4, doubled so that they are whole ({@code kvalues_mxfp4}). */
    private static final byte[] E2M1_DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
    private static final int SIZE = 32;
    private static final int HALF = SIZE / 2;

    private SmallBlocks() {}

    /** Scale, 16 bytes of nibbles: scale * (q - 8). */
    static void q4v0(MemorySegment bytes, long at, float[] into, int first) {
        float scale = half(bytes, at);
        for (int j = 0; j < SIZE; j += 8) {
            scale(nibbles(bytes, at + 2, j), 8, scale, -0f, into, first + j);
        }
    }

    /** Scale, minimum, 16 bytes of nibbles: scale * q + minimum. */
    static void q4v1(MemorySegment bytes, long at, float[] into, int first) {
        float scale = half(bytes, at);
        float minimum = half(bytes, at + 2);
        for (int j = 0; j < SIZE; j += 8) {
            scale(nibbles(bytes, at + 4, j), 0, scale, minimum, into, first + j);
        }
    }

    /** Scale, 32 fifth bits, 16 bytes of nibbles: scale * (q - 16). */
    static void q5v0(MemorySegment bytes, long at, float[] into, int first) {
        float scale = half(bytes, at);
        for (int j = 0; j < SIZE; j += 8) {
            scale(fiveBits(bytes, at + 2, j), 16, scale, -0f, into, first + j);
        }
    }

    /** Scale, minimum, 32 fifth bits, 16 bytes of nibbles: scale * q + minimum. */
    static void q5v1(MemorySegment bytes, long at, float[] into, int first) {
        float scale = half(bytes, at);
        float minimum = half(bytes, at + 2);
        for (int j = 0; j < SIZE; j += 8) {
            scale(fiveBits(bytes, at + 4, j), 0, scale, minimum, into, first + j);
        }
    }

    /** Scale, 32 signed bytes: scale * q. */
    static void q8v0(MemorySegment bytes, long at, float[] into, int first) {
        float scale = half(bytes, at);
        for (int j = 0; j < SIZE; j++) {
            into[first + j] = signed(bytes, at + 2 + j) * scale;
        }
    }

    /** Scale, 16 bytes of nibbles that choose from a table: scale * value. */
    static void iq4nl(MemorySegment bytes, long at, float[] into, int first) {
        float scale = half(bytes, at);
        for (int j = 0; j < SIZE; j += 8) {
            choose(nibbles(bytes, at + 2, j), NON_LINEAR, scale, into, first + j);
        }
    }

    /** An exponent of 8 bits, 16 bytes of nibbles that are floats of 4 bits: 2^(e-127) * value. */
    static void mxfp4(MemorySegment bytes, long at, float[] into, int first) {
        int exponent = unsigned(bytes, at);
        // Half of 2^(e-127), as the values are doubled; below 2^-126 only a subnormal holds it.
        float scale = Float.intBitsToFloat(exponent < 2 ? 0x00200000 << exponent : exponent - 1 << 23);
        for (int j = 0; j < SIZE; j += 8) {
            choose(nibbles(bytes, at + 1, j), E2M1_DOUBLED, scale, into, first + j);
        }
    }

    /** Eight codes of 32 fifth bits, then 16 bytes of nibbles; j is the first of them. */
    static long fiveBits(MemorySegment bytes, long at, int j) {
        return nibbles(bytes, at + 4, j) | spread(unsigned(bytes, at + j / 8)) << 4;
    }

    /** Eight codes of 16 bytes of nibbles. */
    static long nibbles(MemorySegment bytes, long at, int j) {
        return eight(bytes, at + j % HALF, j < HALF ? 0 : 4, 4);
    }
}
