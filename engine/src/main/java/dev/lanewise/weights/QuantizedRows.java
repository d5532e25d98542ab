package dev.lanewise.weights;

import dev.lanewise.tensor.DataType;
import java.io.IOException;

/** Rows that are stored in the blocks of a quantised type already, so that the writer takes them as they are. */
public interface QuantizedRows extends TensorRows {
    /** The type of their blocks. */
    DataType type();

    /**
     * Fills in one row, block by block.
     *
     * @param row which, from 0
     * @param codes at least as long as a row; the bits of each code
     * @param scales the bits of the codes of scales, {@link DataType#scaleCodes} for each block
     * @param halves 16-bit floats, {@link DataType#halves} for each block: the scale, and the minimum if there is one
     */
    void readBlocks(int row, byte[] codes, byte[] scales, short[] halves) throws IOException;
}
