package dev.lanewise.transformer;

import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.LaneFile;
import dev.lanewise.tensor.TensorInfo;
import java.lang.foreign.MemorySegment;

/** The tensors of a file by name, as the boxes hold them. Every tensor was checked against the specification before. */
final class Weights {
    private final LaneFile file;

    Weights(LaneFile file) {
        this.file = file;
    }

    /** A packed matrix with its bias. */
    Linear linear(String name) {
        TensorInfo info = info(name + ".weight");
        return new Linear(info.rows(), info.columns(), info.type(), segment(name + ".weight"), segment(name + ".bias"));
    }

    /** A table that is read by the row. */
    Table table(String name) {
        TensorInfo info = info(name + ".weight");
        return new Table(info.rows(), info.columns(), info.type(), segment(name + ".weight"));
    }

    /** A norm and what it is added to. */
    AddAndNorm norm(String name, double epsilon) {
        return new AddAndNorm(info(name + ".weight").columns(), segment(name + ".weight"), segment(name + ".bias"),
                (float) epsilon);
    }

    private TensorInfo info(String name) {
        return file.directory().get(name).info();
    }

    private MemorySegment segment(String name) {
        TensorInfo info = info(name);
        return file.tensor(name, info.layout(), info.shape());
    }

    /**
     * Rows of vectors, read one at a time.
     *
     * @param weights {@code [rows][padded width]} of {@code type}
     */
    record Table(int rows, int width, DataType type, MemorySegment weights) {

        /** {@code out += row}; the padding of the row is zero. */
        void addRow(dev.lanewise.kernel.Kernels kernels, float[] out, int outAt, int row) {
            int padded = TensorInfo.padded(width);
            long at = row * type.bytes(padded);
            if (type == DataType.F32) {
                kernels.addRow(out, outAt, weights, at, padded);
            } else {
                kernels.addRow16(out, outAt, weights, at, padded, type == DataType.BF16);
            }
        }
    }
}
