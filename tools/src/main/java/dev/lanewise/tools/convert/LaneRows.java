package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.LaneFile;
import dev.lanewise.writer.TensorRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/** The rows of a tensor of a {@code .lane} file, unpacked: the inverse of what the writer did. Slow, for checks. */
public final class LaneRows implements TensorRows {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private final TensorInfo tensor;
    private final MemorySegment data;

    /** @throws ModelFormatException if there is no tensor of this name, layout and shape */
    public LaneRows(LaneFile file, String name, Layout layout, List<Integer> shape) {
        data = file.tensor(name, layout, shape);
        tensor = file.directory().get(name).info();
    }

    /** What they are stored in. */
    public DataType type() {
        return tensor.type();
    }

    @Override
    public void read(int row, float[] into) {
        if (tensor.type().quantized() && tensor.layout() == Layout.ROWS) {
            Kernels.tableRow(into, 0, tensor.columns(), tensor.type(), data, row);
            return;
        }
        if (tensor.type().quantized()) {
            Kernels.panelRow(into, 0, tensor.columns(), tensor.type(), data, row);
            return;
        }
        for (int column = 0; column < tensor.columns(); column++) {
            long index = tensor.layout() == Layout.PANELS
                    ? (long) (row / TensorInfo.PAD * tensor.columns() + column) * TensorInfo.PAD
                            + (tensor.type() == DataType.F32 ? row % TensorInfo.PAD : place(row % TensorInfo.PAD))
                    : (long) row * TensorInfo.padded(tensor.columns()) + column;
            into[column] = switch (tensor.type()) {
                case F32 -> data.get(FLOAT, index * 4);
                case F16 -> Float.float16ToFloat(data.get(SHORT, index * 2));
                case BF16 -> Float.intBitsToFloat(data.get(SHORT, index * 2) << 16);
                default -> throw new IllegalStateException(tensor.type() + " has blocks");
            };
        }
    }

    /** Where in a step of 16-bit numbers an output is: the halves of a panel are interleaved. */
    private int place(int output) {
        int half = TensorInfo.PAD / 2;
        return output < half ? 2 * output : 2 * (output - half) + 1;
    }
}
