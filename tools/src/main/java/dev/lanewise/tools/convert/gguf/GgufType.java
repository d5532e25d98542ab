package dev.lanewise.tools.convert.gguf;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/** The types of tensors in GGUF files, by their names and numbers in ggml ({@code enum ggml_type}). */
public enum GgufType {
    F32(0, 1, 4, (bytes, at, into, i) -> into[i] = bytes.get(Bytes.FLOAT, at)), //
    F16(1, 1, 2, (bytes, at, into, i) -> into[i] = Bytes.half(bytes, at)), //
    BF16(30, 1, 2, (bytes, at, into, i) -> into[i] = Float.intBitsToFloat(bytes.get(Bytes.SHORT, at) << 16)), //
    F64(28, 1, 8, (bytes, at, into, i) -> into[i] = (float) bytes.get(Bytes.DOUBLE, at)), //
    I8(24, 1, 1, (bytes, at, into, i) -> into[i] = Bytes.signed(bytes, at)), //
    I16(25, 1, 2, (bytes, at, into, i) -> into[i] = bytes.get(Bytes.SHORT, at)), //
    I32(26, 1, 4, (bytes, at, into, i) -> into[i] = bytes.get(Bytes.INT, at)), //
    I64(27, 1, 8, (bytes, at, into, i) -> into[i] = bytes.get(Bytes.LONG, at)), //
    Q4_0(2, 32, 18, SmallBlocks::q4v0), Q4_1(3, 32, 20, SmallBlocks::q4v1), //
    Q5_0(6, 32, 22, SmallBlocks::q5v0), Q5_1(7, 32, 24, SmallBlocks::q5v1), //
    Q8_0(8, 32, 34, SmallBlocks::q8v0), //
    IQ4_NL(20, 32, 18, SmallBlocks::iq4nl), MXFP4(39, 32, 17, SmallBlocks::mxfp4), //
    Q2_K(10, 256, 84, SuperBlocks::q2k), Q3_K(11, 256, 110, SuperBlocks::q3k), //
    Q4_K(12, 256, 144, SuperBlocks::q4k), Q5_K(13, 256, 176, SuperBlocks::q5k), //
    Q6_K(14, 256, 210, SuperBlocks::q6k), Q8_K(15, 256, 292, SuperBlocks::q8k), //
    IQ4_XS(23, 256, 136, SuperBlocks::iq4xs), //
    /** Only between ggml's own operations; no file is known to hold it. */
    Q8_1(9, 32, 36), //
    IQ2_XXS(16, 256, 66), IQ2_XS(17, 256, 74), IQ2_S(22, 256, 82), //
    IQ3_XXS(18, 256, 98), IQ3_S(21, 256, 110), //
    IQ1_S(19, 256, 50), IQ1_M(29, 256, 56), //
    TQ1_0(34, 256, 54), TQ2_0(35, 256, 66), //
    NVFP4(40, 64, 36), Q1_0(41, 128, 18);

    private final int number;
    private final int blockSize;
    private final int blockBytes;
    private final BlockDecoder decoder; // null: what it holds cannot be read

    GgufType(int number, int blockSize, int blockBytes) {
        this(number, blockSize, blockBytes, null);
    }

    GgufType(int number, int blockSize, int blockBytes, BlockDecoder decoder) {
        this.number = number;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
        this.decoder = decoder;
    }

    /** The type of a number; empty for one that ggml never gave, or has removed. */
    public static Optional<GgufType> of(int number) {
        return Arrays.stream(values()).filter(type -> type.number == number).findFirst();
    }

    /** What files that are older than ggml's removal of a type call its number, for failures; empty for others. */
    static String removed(int number) {
        String name = switch (number) {
            case 4 -> "Q4_2";
            case 5 -> "Q4_3";
            case 31 -> "Q4_0_4_4";
            case 32 -> "Q4_0_4_8";
            case 33 -> "Q4_0_8_8";
            case 36 -> "IQ4_NL_4_4";
            case 37 -> "IQ4_NL_4_8";
            case 38 -> "IQ4_NL_8_8";
            default -> "";
        };
        return name.isEmpty() ? "" : ", " + name + ", which ggml has removed; take a file of another type";
    }

    /** How it is numbered in files. */
    public int number() {
        return number;
    }

    /** Elements a block; 1 where elements stand alone. Rows are whole blocks. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes a block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether blocks share a scale, so that elements are known only roughly. */
    public boolean isQuantised() {
        return blockSize > 1;
    }

    /** Whether {@link #decode} knows it. */
    public boolean isReadable() {
        return decoder != null;
    }

    /**
     * Turns blocks into the floats they stand for, to the bit as ggml does; 64-bit numbers and I32 are rounded to the nearest
     * float. Only for a type that {@link #isReadable}.
     *
     * @param blocks whole blocks
     * @param into where floats go, from index 0; at least as many as the blocks have
     */
    public void decode(MemorySegment blocks, float[] into) {
        int count = Math.toIntExact(blocks.byteSize() / blockBytes);
        for (int i = 0; i < count; i++) {
            decoder.decode(blocks, (long) i * blockBytes, into, i * blockSize);
        }
    }
}
