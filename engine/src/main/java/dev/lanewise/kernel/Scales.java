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
     * @param panelAt where the panel begins
     * @param from the first block
     */
    static void widen(float[] scales, int scalesAt, MemorySegment weights, long panelAt, DataType type, int from,
            int blocks) {
        for (int i = 0; i < blocks * type.blockScales(); i++) {
            long block = panelAt + (from + i / type.blockScales()) * Codes.blockBytes(type);
            for (int j = 0; j < Kernels.PANEL; j++) {
                scales[scalesAt + i * Kernels.PANEL + j] = Codes.scale(type, weights, block, i % type.blockScales(),
                        j);
            }
        }
    }
}
