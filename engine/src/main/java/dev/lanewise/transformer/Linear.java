package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.RoundedRows;
import dev.lanewise.kernel.WeightScratch;
import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;

/**
 * A linear map: y = W x + b.
 *
 * @param outputs the length of y
 * @param inputs the length of x
 * @param type of the weights
 * @param weights W, packed in panels: {@code [outputs / 32][inputs][32]}
 * @param bias b: {@code [padded outputs]} floats
 */
record Linear(int outputs, int inputs, DataType type, MemorySegment weights, MemorySegment bias) {

    /** The panels of W. */
    int panels() {
        return (outputs + Kernels.PANEL - 1) / Kernels.PANEL;
    }

    /**
     * Some outputs of some rows.
     *
     * @param y {@code [rows][stride]}
     * @param packed the rows of x as {@link Kernels#packRows} packs them
     */
    void multiply(Kernels kernels, float[] y, int yAt, int stride, float[] packed, int packedAt, int rows,
            int firstPanel, int panels, WeightScratch scratch) {
        kernels.multiply(y, yAt + firstPanel * Kernels.PANEL, stride, packed, packedAt, rows, inputs, type, weights,
                firstPanel * panelBytes(), panels, bias, firstPanel * Kernels.PANEL * 4L, scratch);
    }

    /**
     * Some outputs of one row.
     *
     * @param y {@code [padded outputs]}
     * @param x {@code [inputs]}
     */
    void multiplyVector(Kernels kernels, float[] y, int yAt, float[] x, int xAt, int firstPanel, int panels,
            WeightScratch scratch) {
        kernels.multiplyVector(y, yAt + firstPanel * Kernels.PANEL, x, xAt, inputs, type, weights,
                firstPanel * panelBytes(), panels, bias, firstPanel * Kernels.PANEL * 4L, scratch);
    }

    /**
     * Some outputs of some rounded rows.
     *
     * @param x rows from the first of {@code tile} on
     */
    void multiplyRounded(Kernels kernels, float[] y, int yAt, int stride, RoundedRows x, int tile, int rows,
            int firstPanel, int panels, WeightScratch scratch) {
        kernels.multiplyRounded(y, yAt + firstPanel * Kernels.PANEL, stride, x, tile, rows, inputs, type, weights,
                firstPanel * panelBytes(), panels, bias, firstPanel * Kernels.PANEL * 4L, scratch);
    }

    /** Bytes of a panel of W. */
    long panelBytes() {
        return type.panelBytes(inputs);
    }
}
