package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Rows of vectors, looked up one at a time.
 *
 * @param info what is known of the weights
 * @param weights in rows, or in panels where a head reads the table too
 */
record Table(TensorInfo info, MemorySegment weights) {

    /** {@code out = row}, {@code [padded width]}; the padding is zero. */
    void row(Kernels kernels, float[] out, int outAt, int row) {
        int width = info.columns();
        int padded = TensorInfo.padded(width);
        DataType type = info.type();
        if (info.layout() == Layout.PANELS) {
            Kernels.panelRow(out, outAt, width, type, weights, row);
            Arrays.fill(out, outAt + width, outAt + padded, 0);
            return;
        }
        Arrays.fill(out, outAt, outAt + padded, 0);
        long at = row * type.rowBytes(width);
        if (type.quantized()) {
            Kernels.tableRow(out, outAt, width, type, weights, row);
        } else if (type == DataType.F32) {
            kernels.addRow(out, outAt, weights, at, padded);
        } else {
            kernels.addRow16(out, outAt, weights, at, padded, type == DataType.BF16);
        }
    }
}
