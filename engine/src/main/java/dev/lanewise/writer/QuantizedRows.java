package dev.lanewise.writer;

import dev.lanewise.tensor.DataType;
import java.io.IOException;

/** Rows that are stored as codes of a quantised type already, so that the writer takes them as they are. */
public interface QuantizedRows extends TensorRows {
    /** The type of their codes. */
    DataType type();

    /**
     * Fills in one row, block by block.
     *
     * @param row which, from 0
     * @param codes at least as long as a row; the bits of each code
     * @param scales the bits of the codes of scales, {@link DataType#scaleCodes} for each block
     * @param floats 16-bit floats, {@link DataType#halves} for each block: the scale, and the minimum if there is one; of
     *            {@link DataType#INT8} the row's scale and zero point
     */
    void readBlocks(int row, byte[] codes, byte[] scales, float[] floats) throws IOException;
}
