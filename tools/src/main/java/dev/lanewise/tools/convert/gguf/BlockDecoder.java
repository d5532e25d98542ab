package dev.lanewise.tools.convert.gguf;

import java.lang.foreign.MemorySegment;

/** Turns one block of a type into the floats that it stands for, to the bit as ggml's {@code dequantize_row_*} does. */
@FunctionalInterface
interface BlockDecoder {
    /**
     * Decodes a block.
     *
     * @param bytes little-endian
     * @param at where in them the block begins
     * @param into where its floats go
     * @param first index of the first of them
     */
    void decode(MemorySegment bytes, long at, float[] into, int first);
}
