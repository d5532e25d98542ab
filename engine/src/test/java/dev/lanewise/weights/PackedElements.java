package dev.lanewise.weights;

import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Elements of a stored tensor by the words of docs/lane-format.md: a second opinion on the writer. */
public final class PackedElements {
    private PackedElements() {}

    /** The number at a row and column, where the column may lie in the padding of ROWS and the row in that of PANELS. */
    public static float at(TensorInfo tensor, MemorySegment data, int row, int column) {
        int columns = tensor.columns();
        if (tensor.type().quantized()) {
            return ofBlock(tensor, data, row, column);
        }
        long index;
        if (tensor.layout() == Layout.ROWS) {
            index = (long) row * ((columns + 31) / 32 * 32) + column;
        } else {
            long step = (long) (row / 32) * columns + column;
            int output = row % 32;
            int place = tensor.type() == DataType.F32 ? output : output % 16 * 2 + output / 16;
            index = step * 32 + place;
        }
        if (tensor.type() == DataType.F32) {
            return data.get(ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN), index * 4);
        }
        short bits = data.get(ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN), index * 2);
        return tensor.type() == DataType.F16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
    }

    private static float ofBlock(TensorInfo tensor, MemorySegment data, int row, int column) {
        boolean bytes = tensor.type() == DataType.Q8_0;
        int perWord = bytes ? 4 : 8;
        int bits = bytes ? 8 : 4;
        int halves = tensor.type() == DataType.Q4_1 ? 2 : 1;
        int columns = tensor.columns();
        long panel = row / 32 * (columns * (long) bits / 8 * 32 + columns / 32 * halves * 64L);
        long codes = panel + (column / perWord * 32L + row % 32) * 4;
        int word = data.get(ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN), codes);
        int code = word >>> 32 - bits * (column % perWord + 1) & (1 << bits) - 1;
        long scales = panel + columns * (long) bits / 8 * 32 + column / 32 * halves * 64L
                + (row % 16 * 2 + row % 32 / 16) * 2;
        double scale = Float
                .float16ToFloat(data.get(ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN), scales));
        return switch (tensor.type()) {
            case Q8_0 -> (float) (scale * (byte) code);
            case Q4_0 -> (float) (scale * (code < 8 ? code : code - 16));
            default -> (float) (scale * code + Float.float16ToFloat(
                    data.get(ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN), scales + 64)));
        };
    }
}
