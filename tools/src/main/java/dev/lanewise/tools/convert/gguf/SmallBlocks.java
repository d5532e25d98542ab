package dev.lanewise.tools.convert.gguf;

import static dev.lanewise.tools.convert.gguf.Bytes.half;
import static dev.lanewise.tools.convert.gguf.Bytes.signed;
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
        for (int j = 0; j < SIZE; j++) {
            into[first + j] = (nibble(bytes, at + 2, j) - 8) * scale;
        }
    }

    /** Scale, minimum, 16 bytes of nibbles: scale * q + minimum. */
    static void q4v1(MemorySegment bytes, long at, float[] into, int first) {
        float scale = half(bytes, at);
        float minimum = half(bytes, at + 2);
        for (int j = 0; j < SIZE; j++) {
            into[first + j] = nibble(bytes, at + 4, j) * scale + minimum;
        }
    }

    /** Scale, 32 fifth bits, 16 bytes of nibbles: scale * (q - 16). */
    static void q5v0(MemorySegment bytes, long at, float[] into, int first) {
        float scale = half(bytes, at);
        for (int j = 0; j < SIZE; j++) {
            into[first + j] = (fiveBits(bytes, at + 2, j) - 16) * scale;
        }
    }

    /** Scale, minimum, 32 fifth bits, 16 bytes of nibbles: scale * q + minimum. */
    static void q5v1(MemorySegment bytes, long at, float[] into, int first) {
        float scale = half(bytes, at);
        float minimum = half(bytes, at + 2);
        for (int j = 0; j < SIZE; j++) {
            into[first + j] = fiveBits(bytes, at + 4, j) * scale + minimum;
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
        for (int j = 0; j < SIZE; j++) {
            into[first + j] = scale * NON_LINEAR[nibble(bytes, at + 2, j)];
        }
    }

    /** An exponent of 8 bits, 16 bytes of nibbles that are floats of 4 bits: 2^(e-127) * value. */
    static void mxfp4(MemorySegment bytes, long at, float[] into, int first) {
        int exponent = unsigned(bytes, at);
        // Half of 2^(e-127), as the values are doubled; below 2^-126 only a subnormal holds it.
        float scale = Float.intBitsToFloat(exponent < 2 ? 0x00200000 << exponent : exponent - 1 << 23);
        for (int j = 0; j < SIZE; j++) {
            into[first + j] = E2M1_DOUBLED[nibble(bytes, at + 1, j)] * scale;
        }
    }

    /** 32 fifth bits, then 16 bytes of nibbles. */
    static int fiveBits(MemorySegment bytes, long at, int j) {
        return nibble(bytes, at + 4, j) | (bytes.get(Bytes.INT, at) >>> j & 1) << 4;
    }

    static int nibble(MemorySegment bytes, long at, int j) {
        return unsigned(bytes, at + j % HALF) >> (j < HALF ? 0 : 4) & 0xF;
    }
}
