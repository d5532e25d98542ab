package dev.lanewise.kernel;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;

/** The scales of quantised weights, as floats. */
final class Scales {
    private Scales() {}

    /**
     * The scales of some blocks of a panel.
     *
     * @param scales receives {@code [blocks][scales of a block][32]}
     * @param panelAt where the panel begins; its scales are behind its codes
     * @param from the first block
     */
    static void widen(float[] scales, int scalesAt, MemorySegment weights, long panelAt, int inputs, DataType type,
            int from, int blocks) {
        int first = from * type.blockScales();
        for (int i = 0; i < blocks * type.blockScales(); i++) {
            for (int j = 0; j < Kernels.PANEL; j++) {
                scales[scalesAt + i * Kernels.PANEL + j] = Codes.scale(type, weights, panelAt, inputs, first + i, j);
            }
        }
    }
}
