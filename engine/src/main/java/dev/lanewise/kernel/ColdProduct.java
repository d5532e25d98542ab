package dev.lanewise.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The matrix product in plain Java, on what {@link VectorProduct#packRows} packed, for the first small inputs of a process: the
 * compiler needs some 10 ms for it, and some hundreds for the vectors. The sums are the same, in the same order.
 *
 * <p>Weights are copied to the heap panel by panel: element by element from a segment, they would be slow until compiled.
 */
final class ColdProduct {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private ColdProduct() {}

    /** As {@link Kernels#multiply}, but for the rows behind the last, which stay as they are. */
    static void multiply(float[] y, int yAt, int stride, float[] packed, int packedAt, int rows, int inputs,
            MemorySegment weights, long weightsAt, int panels, MemorySegment bias, long biasAt) {
        int large = VectorProduct.rowsInLargeTiles(rows);
        float[] panel = new float[inputs * Kernels.PANEL];
        for (int p = 0; p < panels; p++) {
            MemorySegment.copy(weights, FLOAT, weightsAt + 4L * p * panel.length, panel, 0, panel.length);
            for (int row = 0; row < rows; row++) {
                int group = row < large ? VectorProduct.ROWS : VectorProduct.FEW_ROWS;
                int inGroup = (row < large ? row : row - large) % group;
                int to = yAt + row * stride + p * Kernels.PANEL;
                MemorySegment.copy(bias, FLOAT, biasAt + 4L * p * Kernels.PANEL, y, to, Kernels.PANEL);
                row(y, to, panel, packed, packedAt + (row - inGroup) * inputs + inGroup, group, inputs);
            }
        }
    }

    /** Makes the compiler begin with the loops. */
    static void warmUp(float[] y, float[] x) {
        row(y, 0, x, x, 0, 1, 5);
    }

    private static void row(float[] y, int yAt, float[] panel, float[] x, int xAt, int step, int inputs) {
        int k = 0;
        for (; k <= inputs - 4; k += 4) {
            int at = xAt + k * step;
            add4(y, yAt, panel, k * Kernels.PANEL, x[at], x[at + step], x[at + 2 * step], x[at + 3 * step]);
        }
        for (; k < inputs; k++) {
            ScalarKernels.accumulate(y, yAt, panel, k * Kernels.PANEL, x[xAt + k * step], Kernels.PANEL);
        }
    }

    /** Four inputs at a time, as the sums then stay in registers for four steps. */
    private static void add4(float[] y, int yAt, float[] panel, int at, float x0, float x1, float x2, float x3) {
        for (int j = 0; j < Kernels.PANEL; j++) {
            float sum = Math.fma(x0, panel[at + j], y[yAt + j]);
            sum = Math.fma(x1, panel[at + Kernels.PANEL + j], sum);
            sum = Math.fma(x2, panel[at + 2 * Kernels.PANEL + j], sum);
            y[yAt + j] = Math.fma(x3, panel[at + 3 * Kernels.PANEL + j], sum);
        }
    }
}
