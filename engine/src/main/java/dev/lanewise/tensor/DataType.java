package dev.lanewise.tensor;

import static dev.lanewise.tensor.Code.Meaning.CENTRED;
import static dev.lanewise.tensor.Code.Meaning.EXPONENT;
import static dev.lanewise.tensor.Code.Meaning.FLOAT4;
import static dev.lanewise.tensor.Code.Meaning.NON_LINEAR;
import static dev.lanewise.tensor.Code.Meaning.SIGNED;
import static dev.lanewise.tensor.Code.Meaning.UNSIGNED;

/**
 * How the elements of a tensor are stored. The ids are part of the file format and never change their meaning.
 *
 * <p>A quantised type stores a row of elements in blocks; the names and the values are those of the GGUF format, so that its
 * tensors come over without loss. A block is one or several groups of elements, each with a scale and perhaps a minimum:
 * an element is {@code scale * code}, or {@code scale * code + minimum}. The scales of a type are 16-bit floats, or codes in
 * turn, which a 16-bit float of the block scales. All products are exact in single precision, so the order of the
 * operations does not matter; the sum with the minimum is rounded once.
 *
 * <p>{@link #INT8} has no such blocks: a whole row has one scale and one zero point, 32-bit floats both, and an element is
 * {@code (code - zero point) * scale}, rounded once.
 *
 * <p>A panel of a type with blocks (see {@link Layout#PANELS}) is one block of its 32 outputs behind the other: its 16-bit floats,
 * then the codes of its scales, then its codes. So memory is read from one end to the other.
 */
public enum DataType {
    /** IEEE 754 single precision. */
    F32(0, 4),
    /** The upper half of a single: 8 bits of exponent, 7 of fraction. */
    BF16(1, 2),
    /** IEEE 754 half precision. */
    F16(2, 2),
    /** Codes of 8 bits with a sign. */
    Q8_0(3, 32, 32, new Code(8, 0, SIGNED), null, 1),
    /** Codes of 4 bits with a sign. */
    Q4_0(4, 32, 32, new Code(4, 0, SIGNED), null, 1),
    /** Codes of 4 bits, and a minimum. */
    Q4_1(5, 32, 32, new Code(4, 0, UNSIGNED), null, 2),
    /** Codes of 5 bits with a sign. */
    Q5_0(6, 32, 32, new Code(4, 1, CENTRED), null, 1),
    /** Codes of 5 bits, and a minimum. */
    Q5_1(7, 32, 32, new Code(4, 1, UNSIGNED), null, 2),
    /** Codes of 2 bits, and minimums; scales of 4 bits. */
    Q2_K(8, 256, 16, new Code(2, 0, UNSIGNED), new Code(4, 0, UNSIGNED), 2),
    /** Codes of 3 bits with a sign, scales of 6 bits with a sign. */
    Q3_K(9, 256, 16, new Code(2, 1, CENTRED), new Code(4, 2, CENTRED), 1),
    /** Codes of 4 bits, and minimums; scales of 6 bits. */
    Q4_K(10, 256, 32, new Code(4, 0, UNSIGNED), new Code(4, 2, UNSIGNED), 2),
    /** Codes of 5 bits, and minimums; scales of 6 bits. */
    Q5_K(11, 256, 32, new Code(4, 1, UNSIGNED), new Code(4, 2, UNSIGNED), 2),
    /** Codes of 6 bits with a sign, scales of 8 bits with a sign. */
    Q6_K(12, 256, 16, new Code(4, 2, CENTRED), new Code(4, 4, CENTRED), 1),
    /** Codes of 4 bits that choose from a table. */
    IQ4_NL(13, 32, 32, new Code(4, 0, NON_LINEAR), null, 1),
    /** Codes of 4 bits that choose from a table, scales of 6 bits with a sign, kept in 8. */
    IQ4_XS(14, 256, 32, new Code(4, 0, NON_LINEAR), new Code(4, 4, CENTRED), 1),
    /** Floats of 4 bits, scales that are powers of two; no 16-bit floats. */
    MXFP4(15, 32, 32, new Code(4, 0, FLOAT4), new Code(8, 0, EXPONENT), 1),
    /**
     * Codes of 8 bits with a sign, and for each row of the matrix a scale and a zero point: affine quantisation by channel, as
     * ONNX, PyTorch and CTranslate2 have it. Its panels need whole words of codes, its tables do not.
     */
    INT8(16, 4, 4, new Code(8, 0, SIGNED), null, 0);

    private final int id;
    private final int elementBytes;
    private final int block;
    private final int group;
    private final Code code;
    private final Code scaleCode;
    private final int scales;

    DataType(int id, int elementBytes) {
        this(id, elementBytes, 1, 1, null, null, 0);
    }

    DataType(int id, int block, int group, Code code, Code scaleCode, int scales) {
        this(id, 0, block, group, code, scaleCode, scales);
    }

    DataType(int id, int elementBytes, int block, int group, Code code, Code scaleCode, int scales) {
        this.id = id;
        this.elementBytes = elementBytes;
        this.block = block;
        this.group = group;
        this.code = code;
        this.scaleCode = scaleCode;
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

    /** Whether elements are codes with scales. */
    public boolean quantized() {
        return block > 1;
    }

    /** Whether floats can be rounded to it; the others only come over from files that have them. */
    public boolean roundsFloats() {
        return largest() > 0;
    }

    /** The largest magnitude of a float that is rounded to a finite value; 0 where floats are not rounded to it. */
    public float largest() {
        return switch (this) {
            case F32, INT8 -> Float.MAX_VALUE;
            case BF16 -> 0x1.FEp127f;
            case F16 -> 65504f;
            case Q8_0 -> 127 * 65504f; // the scale is a 16-bit float
            case Q4_0 -> 8 * 65504f;
            case Q4_1 -> 65504f / 2; // the distance from the minimum to the maximum, and the minimum
            default -> 0;
        };
    }

    /** Elements of a group, which have a scale in common; 16 or 32. */
    public int group() {
        return group;
    }

    /** How the elements of a quantised type are stored. */
    public Code code() {
        return code;
    }

    /** How the scales of groups are stored, or null where they are 16-bit floats. */
    public Code scaleCode() {
        return scaleCode;
    }

    /** The scales of a group: its scale, and its minimum if it has one; 1 or 2, and 0 of {@link #INT8}. */
    public int scales() {
        return scales;
    }

    /** The scales of a block: those of its groups, then their minimums. */
    public int blockScales() {
        return block / group * scales;
    }

    /** The codes of scales of a block; 0 where they are 16-bit floats. */
    public int scaleCodes() {
        return scaleCode == null ? 0 : blockScales();
    }

    /** The 16-bit floats of a block. */
    public int halves() {
        return scaleCode != null && scaleCode.meaning() == EXPONENT ? 0 : scales;
    }

    /** The 32-bit floats of a row: its scale and its zero point; 0 of all types but {@link #INT8}. */
    public int rowFloats() {
        return this == INT8 ? 2 : 0;
    }

    /** Whether it can hold rows of so many elements in a layout. */
    public boolean fits(Layout layout, int columns) {
        return layout == Layout.ROWS && this == INT8
                || columns % block == 0 && (layout == Layout.PANELS || !quantized() || this == Q8_0);
    }

    /** Which of all scales of a row is that of an element; its minimum is as many behind as a block has groups. */
    public int scaleOf(int element) {
        return element / block * blockScales() + element % block / group;
    }

    /** Bytes of the codes of some elements, a whole number of blocks; of the elements themselves where there are no blocks. */
    public long codeBytes(long elements) {
        return code == null ? Math.multiplyExact(elements, elementBytes) : code.bytes(elements);
    }

    /** Bytes of the codes of scales of some elements, a whole number of blocks. */
    public long scaleCodeBytes(long elements) {
        return scaleCode == null ? 0 : scaleCode.bytes(Math.multiplyExact(elements / block, blockScales()));
    }

    /** Bytes of some elements with their scales, a whole number of blocks. */
    public long bytes(long elements) {
        return Math.addExact(codeBytes(elements) + scaleCodeBytes(elements),
                Math.multiplyExact(elements / block, 2 * halves()));
    }

    /** Bytes of a panel: 32 rows of so many elements, a whole number of blocks. */
    public long panelBytes(int columns) {
        return Math.addExact(bytes(Math.multiplyExact((long) columns, TensorInfo.PAD)),
                TensorInfo.PAD * Float.BYTES * rowFloats());
    }

    /** Bytes of a row of a table, padding included. */
    public long rowBytes(int columns) {
        return bytes(TensorInfo.padded(columns)) + Float.BYTES * rowFloats();
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
