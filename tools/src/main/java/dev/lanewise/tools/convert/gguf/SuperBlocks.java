package dev.lanewise.tools.convert.gguf;

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
            for (int e = 16 * group; e < 16 * group + 16; e++) {
                into[first + e] = scale * twoBits(bytes, at + 16, e) - minimum;
            }
        }
    }

    /** A third bit an element; 2 bits an element; 16 scales of 6 bits; scale of all: d * (scale - 32) * (q - 4). */
    static void q3k(MemorySegment bytes, long at, float[] into, int first) {
        float d = half(bytes, at + 108);
        for (int group = 0; group < 16; group++) {
            int low = unsigned(bytes, at + 96 + group % 8) >> (group < 8 ? 0 : 4) & 0xF;
            int high = unsigned(bytes, at + 104 + group % 4) >> 2 * (group / 4) & 3;
            float scale = d * ((low | high << 4) - 32);
            for (int e = 16 * group; e < 16 * group + 16; e++) {
                int third = unsigned(bytes, at + e % 32) >> e / 32 & 1;
                into[first + e] = scale * ((twoBits(bytes, at + 32, e) | third << 2) - 4);
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
            for (int e = 32 * group; e < 32 * group + 32; e++) {
                into[first + e] = scale * fourBits(bytes, at + 16, e) - minimum;
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
            for (int e = 32 * group; e < 32 * group + 32; e++) {
                int fifth = unsigned(bytes, at + 16 + e % 32) >> group & 1;
                into[first + e] = scale * (fourBits(bytes, at + 48, e) | fifth << 4) - minimum;
            }
        }
    }

    /** 4 low bits and 2 high bits an element; 16 signed scales of 8 bits; scale of all: d * scale * (q - 32). */
    static void q6k(MemorySegment bytes, long at, float[] into, int first) {
        float d = half(bytes, at + 208);
        for (int group = 0; group < 16; group++) {
            float scale = d * signed(bytes, at + 192 + group);
            for (int e = 16 * group; e < 16 * group + 16; e++) {
                // Of 128 elements the first 64 are low halves of 64 bytes, the others their high halves.
                int low = unsigned(bytes, at + e / 128 * 64 + e % 64) >> e % 128 / 64 * 4 & 0xF;
                into[first + e] = scale * ((low | twoBits(bytes, at + 128, e) << 4) - 32);
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
        int highs = bytes.get(Bytes.SHORT, at + 2);
        for (int group = 0; group < 8; group++) {
            int low = unsigned(bytes, at + 4 + group / 2) >> 4 * (group % 2) & 0xF;
            float scale = d * ((low | (highs >> 2 * group & 3) << 4) - 32);
            for (int j = 0; j < 32; j++) {
                int q = unsigned(bytes, at + 8 + 16 * group + j % 16) >> (j < 16 ? 0 : 4) & 0xF;
                into[first + 32 * group + j] = scale * SmallBlocks.NON_LINEAR[q];
            }
        }
    }

    /** Of 128 elements in 32 bytes, four share a byte: e, e + 32, e + 64, e + 96, from the low bits up. */
    private static int twoBits(MemorySegment bytes, long at, int e) {
        return unsigned(bytes, at + e / 128 * 32 + e % 32) >> e % 128 / 32 * 2 & 3;
    }

    /** Of 64 elements in 32 bytes, two share a byte: e and e + 32. */
    private static int fourBits(MemorySegment bytes, long at, int e) {
        return unsigned(bytes, at + e / 64 * 32 + e % 32) >> e % 64 / 32 * 4 & 0xF;
    }

    /** Of 12 bytes: the first four scales in 0 to 3; the low bits of the others in 8 to 11, their high bits above the first. */
    private static int scale(MemorySegment bytes, long at, int group) {
        return group < 4
                ? unsigned(bytes, at + group) & 0x3F
                : unsigned(bytes, at + 4 + group) & 0xF | unsigned(bytes, at + group - 4) >> 6 << 4;
    }

    /** Of 12 bytes: the first four minima in 4 to 7; the low bits of the others in 8 to 11, their high bits above the first. */
    private static int minimum(MemorySegment bytes, long at, int group) {
        return group < 4
                ? unsigned(bytes, at + 4 + group) & 0x3F
                : unsigned(bytes, at + 4 + group) >> 4 | unsigned(bytes, at + group) >> 6 << 4;
    }
}
