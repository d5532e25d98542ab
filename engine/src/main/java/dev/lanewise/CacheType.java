package dev.lanewise;

import dev.lanewise.tensor.DataType;

/** How keys and values of the tokens so far are kept. */
public enum CacheType {
    /** Singles, 4 bytes: exact. */
    F32(DataType.F32),
    /** The upper half of a single, 2 bytes. */
    BF16(DataType.BF16),
    /** Blocks of bytes with a scale each, a little more than 1 byte. */
    Q8(DataType.Q8_0);

    private final DataType type;

    CacheType(DataType type) {
        this.type = type;
    }

    DataType type() {
        return type;
    }
}
