package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.weights.DataType;
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
     * @param wide room for one panel of floats, used where the weights are 16-bit: they are widened panel by panel
     */
    void multiply(Kernels kernels, float[] y, int yAt, int stride, float[] packed, int packedAt, int rows,
            int firstPanel,
            int panels, MemorySegment wide) {
        long panelBytes = (long) inputs * Kernels.PANEL * type.bytes();
        if (type == DataType.F32) {
            kernels.multiply(y, yAt + firstPanel * Kernels.PANEL, stride, packed, packedAt, rows, inputs, weights,
                    firstPanel * panelBytes, panels, bias, firstPanel * Kernels.PANEL * 4L);
            return;
        }
        for (int panel = firstPanel; panel < firstPanel + panels; panel++) {
            kernels.widenPanels(wide, weights, panel * panelBytes, inputs, type == DataType.BF16);
            kernels.multiply(y, yAt + panel * Kernels.PANEL, stride, packed, packedAt, rows, inputs, wide, 0, 1, bias,
                    panel * Kernels.PANEL * 4L);
        }
    }
}
