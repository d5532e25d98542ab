package dev.lanewise.tools.convert.gguf;

import static dev.lanewise.tools.convert.gguf.Bytes.eight;
import static dev.lanewise.tools.convert.gguf.Bytes.half;
import static dev.lanewise.tools.convert.gguf.Bytes.signed;
import static dev.lanewise.tools.convert.gguf.Bytes.unsigned;

import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 elements whose groups of 16 or 32 have scales of their own, in turn scaled by one float (ggml-quants.c,
 * {@code dequantize_row_q2_K} and its neighbours). The order of multiplications is that of ggml: bits depend on it.
 */
final class SuperBlocks {
    private static final int SIZE = 256;

    private SuperBlocks() {}

    /** 16 scales and minima of 4 bits; 2 bits an element; scale and minimum of all: d * scale * q - m * minimum. */
    static void q2k(MemorySegment bytes, long at, float[] into, int first) {
        float d = half(bytes, at + 80);
        float m = half(bytes, at + 82);
        for (int group = 0; group < 16; group++) {
            int both = unsigned(bytes, at + group);
            float scale = d * (both & 0xF);
            float minimum = m * (both >> 4);
            for (int e = 16 * group; e < 16 * group + 16; e += 8) {
                Bytes.scale(twoBits(bytes, at + 16, e), 0, scale, -minimum, into, first + e);
            }
        }
    }

    /** A third bit an element; 2 bits an element; 16 scales of 6 bits; scale of all: d * (scale - 32) * (q - 4). */
    static void q3k(MemorySegment bytes, long at, float[] into, int first) {
        float d = half(bytes, at + 108);
        for (int group = 0; group < 16; group++) {
            float scale = d * (q3kScale(bytes, at, group) - 32);
            for (int e = 16 * group; e < 16 * group + 16; e += 8) {
                Bytes.scale(q3kCodes(bytes, at, e), 4, scale, -0f, into, first + e);
            }
        }
    }

    /** Scale and minimum of all; 8 scales and minima of 6 bits; 4 bits an element: d * scale * q - m * minimum. */
    static void q4k(MemorySegment bytes, long at, float[] into, int first) {
        float d = half(bytes, at);
        float m = half(bytes, at + 2);
        for (int group = 0; group < 8; group++) {
            float scale = d * scale(bytes, at + 4, group);
            float minimum = m * minimum(bytes, at + 4, group);
            for (int e = 32 * group; e < 32 * group + 32; e += 8) {
                Bytes.scale(fourBits(bytes, at + 16, e), 0, scale, -minimum, into, first + e);
            }
        }
    }

    /** As Q4_K, with a fifth bit an element between the scales and the four bits. */
    static void q5k(MemorySegment bytes, long at, float[] into, int first) {
        float d = half(bytes, at);
        float m = half(bytes, at + 2);
        for (int group = 0; group < 8; group++) {
            float scale = d * scale(bytes, at + 4, group);
            float minimum = m * minimum(bytes, at + 4, group);
            for (int e = 32 * group; e < 32 * group + 32; e += 8) {
                Bytes.scale(q5kCodes(bytes, at, e), 0, scale, -minimum, into, first + e);
            }
        }
    }

    /** 4 low bits and 2 high bits an element; 16 signed scales of 8 bits; scale of all: d * scale * (q - 32). */
    static void q6k(MemorySegment bytes, long at, float[] into, int first) {
        float d = half(bytes, at + 208);
        for (int group = 0; group < 16; group++) {
            float scale = d * signed(bytes, at + 192 + group);
            for (int e = 16 * group; e < 16 * group + 16; e += 8) {
                Bytes.scale(q6kCodes(bytes, at, e), 32, scale, -0f, into, first + e);
            }
        }
    }

    /** A scale that is a float of 32 bits; 256 signed bytes; sums that only products use: d * q. */
    static void q8k(MemorySegment bytes, long at, float[] into, int first) {
        float d = bytes.get(Bytes.FLOAT, at);
        for (int e = 0; e < SIZE; e++) {
            into[first + e] = d * signed(bytes, at + 4 + e);
        }
    }

    /** Scale of all; 8 scales of 6 bits, high bits first; 4 bits an element that choose from a table. */
    static void iq4xs(MemorySegment bytes, long at, float[] into, int first) {
        float d = half(bytes, at);
        for (int group = 0; group < 8; group++) {
            float scale = d * (iq4xsScale(bytes, at, group) - 32);
            for (int e = 32 * group; e < 32 * group + 32; e += 8) {
                Bytes.choose(iq4xsCodes(bytes, at, e), SmallBlocks.NON_LINEAR, scale, into, first + e);
            }
        }
    }

    static int q3kScale(MemorySegment bytes, long at, int group) {
        int low = unsigned(bytes, at + 96 + group % 8) >> (group < 8 ? 0 : 4) & 0xF;
        return low | (unsigned(bytes, at + 104 + group % 4) >> 2 * (group / 4) & 3) << 4;
    }

    static long q3kCodes(MemorySegment bytes, long at, int e) {
        return twoBits(bytes, at + 32, e) | eight(bytes, at + e % 32, e / 32, 1) << 2;
    }

    static long q5kCodes(MemorySegment bytes, long at, int e) {
        return fourBits(bytes, at + 48, e) | eight(bytes, at + 16 + e % 32, e / 32, 1) << 4;
    }

    /** Of 128 elements the first 64 are low halves of 64 bytes, the others their high halves. */
    static long q6kCodes(MemorySegment bytes, long at, int e) {
        return eight(bytes, at + e / 128 * 64 + e % 64, e % 128 / 64 * 4, 4) | twoBits(bytes, at + 128, e) << 4;
    }

    static int iq4xsScale(MemorySegment bytes, long at, int group) {
        int low = unsigned(bytes, at + 4 + group / 2) >> 4 * (group % 2) & 0xF;
        return low | (bytes.get(Bytes.SHORT, at + 2) >> 2 * group & 3) << 4;
    }

    static long iq4xsCodes(MemorySegment bytes, long at, int e) {
        return SmallBlocks.nibbles(bytes, at + 8 + e / 32 * 16, e % 32);
    }

    /** Of 128 elements in 32 bytes, four share a byte: e, e + 32, e + 64, e + 96, from the low bits up. */
    static long twoBits(MemorySegment bytes, long at, int e) {
        return eight(bytes, at + e / 128 * 32 + e % 32, e % 128 / 32 * 2, 2);
    }

    /** Of 64 elements in 32 bytes, two share a byte: e and e + 32. */
    static long fourBits(MemorySegment bytes, long at, int e) {
        return eight(bytes, at + e / 64 * 32 + e % 32, e % 64 / 32 * 4, 4);
    }

    /** Of 12 bytes: the first four scales in 0 to 3; the low bits of the others in 8 to 11, their high bits above the first. */
    static int scale(MemorySegment bytes, long at, int group) {
        return group < 4
                ? unsigned(bytes, at + group) & 0x3F
                : unsigned(bytes, at + 4 + group) & 0xF | unsigned(bytes, at + group - 4) >> 6 << 4;
    }

    /** Of 12 bytes: the first four minima in 4 to 7; the low bits of the others in 8 to 11, their high bits above the first. */
    static int minimum(MemorySegment bytes, long at, int group) {
        return group < 4
                ? unsigned(bytes, at + 4 + group) & 0x3F
                : unsigned(bytes, at + 4 + group) >> 4 | unsigned(bytes, at + group) >> 6 << 4;
    }
}
