package dev.lanewise.tools.convert;

import dev.lanewise.tensor.DataType;
import dev.lanewise.writer.QuantizedRows;
import java.io.IOException;

/** Rows of codes of 8 bits, each with a scale and a zero point: what {@link DataType#INT8} holds as it is. */
public abstract class Int8Rows implements QuantizedRows {
    private static final byte[] NONE = {};

    private final byte[] codes; // of a row
    private final float[] floats = new float[DataType.INT8.rowFloats()];

    /** @param columns the elements of a row */
    protected Int8Rows(int columns) {
        codes = new byte[columns];
    }

    @Override
    public final DataType type() {
        return DataType.INT8;
    }

    @Override
    public final void read(int row, float[] into) throws IOException {
        readBlocks(row, codes, NONE, floats);
        for (int i = 0; i < codes.length; i++) {
            into[i] = (codes[i] - floats[1]) * floats[0];
        }
    }
}
