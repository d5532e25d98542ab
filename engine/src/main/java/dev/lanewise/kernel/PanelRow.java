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
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private PanelRow() {}

    static void read(float[] out, int outAt, int inputs, DataType type, MemorySegment weights, int output) {
        long panel = output / PANEL * type.panelBytes(inputs);
        int column = output % PANEL;
        if (type == DataType.INT8) {
            for (int k = 0; k < inputs; k++) {
                out[outAt + k] = Codes.int8(weights, panel, k, column);
            }
            return;
        }
        if (type.quantized()) {
            for (int k = 0; k < inputs; k += type.group()) {
                group(out, outAt + k, type, weights, panel + k / type.block() * Codes.blockBytes(type),
                        k % type.block(), column);
            }
            return;
        }
        long half = (column % (PANEL / 2) * 2L + column / (PANEL / 2)) * 2; // see Layout.PANELS
        for (int k = 0; k < inputs; k++) {
            if (type == DataType.F32) {
                out[outAt + k] = weights.get(FLOAT, panel + ((long) k * PANEL + column) * 4);
            } else {
                short bits = weights.get(SHORT, panel + k * 2L * PANEL + half);
                out[outAt + k] = type == DataType.BF16 ? Float.intBitsToFloat(bits << 16) : Float.float16ToFloat(bits);
            }
        }
    }

    /** A row of a table of codes of 8 bits. */
    static void ofTable(float[] out, int outAt, int columns, DataType type, MemorySegment weights, int row) {
        long at = row * type.rowBytes(columns);
        if (type == DataType.INT8) {
            bytes(out, outAt, columns, weights, at + 8, weights.get(FLOAT, at), weights.get(FLOAT, at + 4));
            return;
        }
        int block = type.block();
        for (int k = 0; k < columns; k += block) {
            bytes(out, outAt + k, block, weights, at + 2, Float.float16ToFloat(weights.get(SHORT, at)), 0);
            at += block + 2;
        }
    }

    private static void bytes(float[] out, int outAt, int count, MemorySegment weights, long at, float scale,
            float zero) {
        for (int i = 0; i < count; i++) {
            out[outAt + i] = (weights.get(ValueLayout.JAVA_BYTE, at + i) - zero) * scale;
        }
    }

    /** The elements that have a scale in common. */
    private static void group(float[] out, int outAt, DataType type, MemorySegment weights, long block, int first,
            int column) {
        int index = first / type.group();
        float scale = Codes.scale(type, weights, block, index, column);
        float minimum = type.scales() == 1
                ? ScalarMath.NO_MINIMUM
                : Codes.scale(type, weights, block, index + type.block() / type.group(), column);
        long codes = block + Codes.elementCodes(type);
        for (int i = 0; i < type.group(); i++) {
            out[outAt + i] = ScalarMath.fma(
                    Codes.value(type.code(), weights, codes, type.block(), first + i, column), scale, minimum);
        }
    }
}
