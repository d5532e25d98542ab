package dev.lanewise.tools.convert.gguf;

import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The rows of a tensor whose blocks our files have too: codes and scales come over as they are. Not thread-safe. */
final class StoredBlocks implements QuantizedRows {
    private static final int BLOCK = 32;
    private static final int HALF = BLOCK / 2;

    private final GgufTensor tensor;
    private final DataType type;
    private final byte[] bytes; // of one row

    /** @param type Q8_0, Q4_0 or Q4_1, as of the tensor */
    StoredBlocks(GgufTensor tensor, DataType type) {
        this.tensor = tensor;
        this.type = type;
        bytes = new byte[Math.toIntExact(tensor.rowBytes())];
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
        MemorySegment.copy(tensor.data(), ValueLayout.JAVA_BYTE, row * tensor.rowBytes(), bytes, 0, bytes.length);
        int blockBytes = tensor.type().blockBytes();
        int codesAt = 2 * type.scales();
        for (int at = 0, first = 0, scale = 0; at < bytes.length; at += blockBytes, first += BLOCK) {
            for (int i = 0; i < codesAt; i += 2) {
                scales[scale++] = (short) (bytes[at + i] & 0xFF | bytes[at + i + 1] << 8);
            }
            if (type == DataType.Q8_0) {
                System.arraycopy(bytes, at + codesAt, codes, first, BLOCK);
            } else {
                nibbles(at + codesAt, codes, first, type == DataType.Q4_0 ? 8 : 0);
            }
        }
    }

    /** The low halves of 16 bytes are the first 16 elements, the high halves the others. */
    private void nibbles(int at, byte[] codes, int first, int zero) {
        for (int j = 0; j < HALF; j++) {
            codes[first + j] = (byte) ((bytes[at + j] & 0xF) - zero);
            codes[first + j + HALF] = (byte) ((bytes[at + j] >> 4 & 0xF) - zero);
        }
    }
}
