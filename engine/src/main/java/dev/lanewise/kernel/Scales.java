package dev.lanewise.kernel;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The scales of quantised weights, as floats. */
final class Scales {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int HALF = Kernels.PANEL / 2;

    private Scales() {}

    /**
     * The scales of a panel.
     *
     * @param scales receives {@code [blocks][scales of a block][32]}
     * @param panelAt where the panel begins; its scales are behind its codes
     */
    static void widen(float[] scales, int scalesAt, MemorySegment weights, long panelAt, int inputs, DataType type) {
        long from = panelAt + type.codeBytes((long) inputs * Kernels.PANEL);
        int count = inputs / type.block() * type.scales() * Kernels.PANEL;
        for (int i = 0; i < count; i++) {
            int output = i % Kernels.PANEL;
            int place = output < HALF ? 2 * output : 2 * (output - HALF) + 1;
            scales[scalesAt + i] = Float.float16ToFloat(weights.get(SHORT, from + (i - output + place) * 2L));
        }
    }
}
