package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.writer.TensorRows;
import java.util.List;

/**
 * Weights, and whether they are stored as [in][out]; a vector is not.
 *
 * @param quantized what they stand for where they are codes of 8 bits; otherwise null
 */
record Matrix(ForeignTensor tensor, boolean transposed, Quantized quantized) {

    /** Weights that are floats. */
    Matrix(ForeignTensor tensor, boolean transposed) {
        this(tensor, transposed, null);
    }

    /**
     * Constant weights, themselves or through a Transpose.
     *
     * @param transposed whether the graph uses the value as [in][out]
     * @return null if it is something else
     */
    static Matrix of(OnnxValues values, String value, boolean transposed) {
        ForeignTensor tensor = values.tensor(value);
        OnnxNode transpose = values.producer(value, "Transpose");
        if (transpose != null) {
            tensor = values.tensor(values.input(transpose, 0));
            List<Long> order = transpose.integers("perm");
            if (order != null && !order.equals(List.of(1L, 0L))) {
                return null;
            }
        }
        return tensor != null && tensor.shape().size() == 2
                ? new Matrix(tensor, transposed == (transpose == null))
                : null;
    }

    long outputs() {
        return transposed ? tensor.shape().getLast() : tensor.shape().getFirst();
    }

    List<Long> shape() {
        return transposed ? tensor.shape().reversed() : tensor.shape();
    }

    /** The smallest type that holds it as it is stored. */
    DataType type(TensorInfo info) {
        return quantized != null && quantized.isByRow(transposed)
                && DataType.INT8.fits(info.layout(), info.columns()) ? DataType.INT8 : DataType.F32;
    }

    TensorRows rows() {
        if (quantized != null) {
            return quantized.rows(tensor, transposed);
        }
        return transposed ? tensor.columns() : tensor.rows();
    }
}
