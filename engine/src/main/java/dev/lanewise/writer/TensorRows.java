package dev.lanewise.writer;

import java.io.IOException;

/** The elements of a tensor, row by row, as floats: what the writer packs. */
@FunctionalInterface
public interface TensorRows {
    /**
     * Fills in one row.
     *
     * @param row which, from 0
     * @param into at least as long as a row; the row goes to its beginning
     */
    void read(int row, float[] into) throws IOException;
}
