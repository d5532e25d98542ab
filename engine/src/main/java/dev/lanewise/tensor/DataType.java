package dev.lanewise.tensor;

/**
 * How the elements of a tensor are stored. The ids are part of the file format and never change their meaning.
 *
 * <p>A quantised type stores a row of elements in blocks, each with a scale of its own; the names and the values are those of
 * the GGUF format, so that its tensors come over without loss. A panel of such a type (see {@link Layout#PANELS}) holds
 * first the codes of all blocks, then the scales of all blocks, as 16-bit floats.
 */
public enum DataType {
    /** IEEE 754 single precision. */
    F32(0, 1, 4, 0),
    /** The upper half of a single: 8 bits of exponent, 7 of fraction. */
    BF16(1, 1, 2, 0),
    /** IEEE 754 half precision. */
    F16(2, 1, 2, 0),
    /** Blocks of 32: scale * code, codes of 8 bits with a sign. */
    Q8_0(3, 32, 32, 1),
    /** Blocks of 32: scale * (code - 8), codes of 4 bits. */
    Q4_0(4, 32, 16, 1),
    /** Blocks of 32: scale * code + minimum, codes of 4 bits; the minimum is a 16-bit float too. */
    Q4_1(5, 32, 16, 2);

    private final int id;
    private final int block;
    private final int codeBytes;
    private final int scales;

    DataType(int id, int block, int codeBytes, int scales) {
        this.id = id;
        this.block = block;
        this.codeBytes = codeBytes;
        this.scales = scales;
    }

    /** The id in the file. */
    public int id() {
        return id;
    }

    /** Elements of a block; 1 where there are no blocks. A row has a whole number of blocks. */
    public int block() {
        return block;
    }

    /** Whether elements are stored in blocks with scales. */
    public boolean quantized() {
        return block > 1;
    }

    /** The 16-bit floats of a block: its scale, and its minimum if it has one. */
    public int scales() {
        return scales;
    }

    /** Bytes of the codes of some elements, a whole number of blocks; of the elements themselves where there are no blocks. */
    public long codeBytes(long elements) {
        return Math.multiplyExact(elements / block, codeBytes);
    }

    /** Bytes of some elements with their scales, a whole number of blocks. */
    public long bytes(long elements) {
        return Math.multiplyExact(elements / block, codeBytes + 2 * scales);
    }

    /** The type with this id, or null where no such type is known. */
    public static DataType ofId(int id) {
        for (DataType type : values()) {
            if (type.id == id) {
                return type;
            }
        }
        return null;
    }
}
