package dev.lanewise.tools.convert.family;

import dev.lanewise.tensor.DataType;
import dev.lanewise.writer.TensorRows;
import java.util.List;
import java.util.function.Supplier;

/**
 * A tensor of a source, of whatever format.
 *
 * @param file the file it is in, for failures
 * @param name its name there
 * @param shape outermost dimension first; of more than two dimensions, it is read as a matrix of the innermost rows
 * @param offset where it is in the file, or -1
 * @param type the smallest type of ours that holds every element of it as it is
 * @param rows makes a reader of its rows; of a quantised type, {@link dev.lanewise.writer.QuantizedRows}
 * @param columns makes a reader of its columns
 */
public record SourceTensor(String file, String name, List<Long> shape, long offset, DataType type,
        Supplier<TensorRows> rows, Supplier<TensorRows> columns) {

    /** Takes a copy of the shape. */
    public SourceTensor {
        shape = List.copyOf(shape);
    }
}
