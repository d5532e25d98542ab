package dev.lanewise.weights;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Elements of a stored tensor by the words of docs/lane-format.md: a second opinion on the writer. */
final class PackedElements {
    private PackedElements() {}

    /** The number at a row and column, where the column may lie in the padding of ROWS and the row in that of PANELS. */
    static float at(TensorInfo tensor, MemorySegment data, int row, int column) {
        int columns = tensor.columns();
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
}
