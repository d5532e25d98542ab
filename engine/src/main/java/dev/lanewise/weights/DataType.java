package dev.lanewise.weights;

/** How the elements of a tensor are stored. The ids are part of the file format and never change their meaning. */
public enum DataType {
    /** IEEE 754 single precision. */
    F32(0, 4),
    /** The upper half of a single: 8 bits of exponent, 7 of fraction. */
    BF16(1, 2),
    /** IEEE 754 half precision. */
    F16(2, 2);

    private final int id;
    private final int bytes;

    DataType(int id, int bytes) {
        this.id = id;
        this.bytes = bytes;
    }

    /** The id in the file. */
    public int id() {
        return id;
    }

    /** Bytes an element. */
    public int bytes() {
        return bytes;
    }

    /** The type with this id, or null where no such type is known. */
    static DataType ofId(int id) {
        for (DataType type : values()) {
            if (type.id == id) {
                return type;
            }
        }
        return null;
    }
}
