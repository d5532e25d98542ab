package dev.lanewise.kernel;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * One row out of a panel. Its elements lie a step apart, so that memory, not arithmetic, takes the time: a row is looked up
 * once a token, plain Java does.
 */
final class PanelRow {
    private static final int PANEL = Kernels.PANEL;
    private static final int BLOCK = 32;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private PanelRow() {}

    static void read(float[] out, int outAt, int inputs, DataType type, MemorySegment weights, int output) {
        long panel = output / PANEL * type.bytes((long) inputs * PANEL);
        int column = output % PANEL;
        long half = (column % (PANEL / 2) * 2L + column / (PANEL / 2)) * 2; // see Layout.PANELS
        for (int k = 0; k < inputs; k++) {
            out[outAt + k] = switch (type) {
                case F32 -> weights.get(FLOAT, panel + ((long) k * PANEL + column) * 4);
                case BF16 -> Float.intBitsToFloat(weights.get(SHORT, panel + k * 2L * PANEL + half) << 16);
                case F16 -> Float.float16ToFloat(weights.get(SHORT, panel + k * 2L * PANEL + half));
                case Q8_0 -> (code(weights, panel, k / 4, column) << 8 * (k % 4) >> 24)
                        * scale(type, weights, panel, inputs, k, 0, half);
                case Q4_0 -> (code(weights, panel, k / 8, column) << 4 * (k % 8) >> 28)
                        * scale(type, weights, panel, inputs, k, 0, half);
                case Q4_1 -> ScalarMath.fma(code(weights, panel, k / 8, column) << 4 * (k % 8) >>> 28,
                        scale(type, weights, panel, inputs, k, 0, half),
                        scale(type, weights, panel, inputs, k, 1, half));
            };
        }
    }

    private static int code(MemorySegment weights, long panel, int step, int column) {
        return weights.get(INT, panel + ((long) step * PANEL + column) * 4);
    }

    private static float scale(DataType type, MemorySegment weights, long panel, int inputs, int k, int which,
            long half) {
        long codes = type.codeBytes((long) inputs * PANEL);
        return Float.float16ToFloat(
                weights.get(SHORT, panel + codes + ((long) k / BLOCK * type.scales() + which) * 2 * PANEL + half));
    }
}
