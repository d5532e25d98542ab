package dev.lanewise.tools.convert.gguf;

import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.QuantizedRows;
import java.lang.foreign.MemorySegment;

/** The rows of a tensor whose blocks our files have too: codes and scales come over as they are. */
final class StoredBlocks implements QuantizedRows {
    private static final int BLOCK = 32;
    private static final int HALF = BLOCK / 2;

    private final GgufTensor tensor;
    private final DataType type;

    /** @param type Q8_0, Q4_0 or Q4_1, as of the tensor */
    StoredBlocks(GgufTensor tensor, DataType type) {
        this.tensor = tensor;
        this.type = type;
    }

    @Override
    public DataType type() {
        return type;
    }

    @Override
    public void read(int row, float[] into) {
        tensor.read(row, into);
    }

    @Override
    public void readBlocks(int row, byte[] codes, short[] scales) {
        MemorySegment bytes = tensor.row(row);
        int codesAt = 2 * type.scales();
        for (int block = 0; block < tensor.columns() / BLOCK; block++) {
            long at = (long) block * tensor.type().blockBytes();
            for (int i = 0; i < type.scales(); i++) {
                scales[block * type.scales() + i] = bytes.get(Bytes.SHORT, at + 2 * i);
            }
            for (int j = 0; j < BLOCK; j++) {
                codes[block * BLOCK + j] = (byte) switch (type) {
                    case Q8_0 -> Bytes.signed(bytes, at + codesAt + j);
                    case Q4_0 -> nibble(bytes, at + codesAt, j) - 8;
                    default -> nibble(bytes, at + codesAt, j);
                };
            }
        }
    }

    /** The low halves of 16 bytes are the first 16 elements, the high halves the others. */
    private static int nibble(MemorySegment bytes, long at, int j) {
        return Bytes.unsigned(bytes, at + j % HALF) >> (j < HALF ? 0 : 4) & 0xF;
    }
}
