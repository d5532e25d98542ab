package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tools.convert.family.SourceTensor;
import dev.lanewise.writer.TensorRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A tensor of a foreign file: what is known of it, and its elements.
 *
 * @param file the file it is in, for failures
 * @param name its name there
 * @param type of its elements
 * @param shape outermost dimension first; empty for a scalar; a dimension may be 0
 * @param offset where its elements begin in the file, or -1 where they are scattered
 * @param data its elements, row-major, little-endian; null where they are stored in a way that is not read
 */
public record ForeignTensor(String file, String name, ElementType type, List<Long> shape, long offset,
        MemorySegment data) {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Takes a copy of the shape. */
    public ForeignTensor {
        shape = List.copyOf(shape);
    }

    /**
     * The product of dimensions, none of them negative.
     *
     * @throws ArithmeticException if it exceeds a {@code long}
     */
    public static long elements(List<Long> shape) {
        // A zero makes the product zero, but must not hide an overflow of the others from a reader in another language.
        long product = 1;
        for (long dimension : shape) {
            product = Math.multiplyExact(product, Math.max(1, dimension));
        }
        return shape.contains(0L) ? 0 : product;
    }

    /** How many elements it has. */
    public long elements() {
        return elements(shape);
    }

    /** How many bytes they take in the file. */
    public long bytes() {
        return data == null ? 0 : data.byteSize();
    }

    /** Whether it is one number. */
    public boolean isScalar() {
        return elements() == 1 && shape.size() <= 1;
    }

    /** The same for the mapping of names. */
    public SourceTensor source() {
        DataType exact = switch (type) {
            case F16 -> DataType.F16;
            case BF16 -> DataType.BF16;
            default -> DataType.F32;
        };
        return new SourceTensor(file, name, shape, offset, exact, this::rows, this::columns);
    }

    /** Its rows as they are stored: of a matrix [rows][columns], or the only row of a vector. */
    public TensorRows rows() {
        int columns = Math.toIntExact(weights().shape.getLast());
        return (row, into) -> type.decode(data, (long) row * columns, into, columns);
    }

    /** The rows of the transposed matrix: row r of the result is column r of what is stored. */
    public TensorRows columns() {
        return new TransposedRows(weights());
    }

    /**
     * Its elements as whole numbers, for constants of a graph.
     *
     * @return null if it is of another type, or has more than {@code most} elements
     */
    public long[] integers(int most) {
        if (data == null || type != ElementType.I64 && type != ElementType.I32 || elements() > most) {
            return null;
        }
        long[] values = new long[(int) elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = type == ElementType.I64 ? data.get(LONG, 8L * i) : data.get(INT, 4L * i);
        }
        return values;
    }

    /** Whether its elements are the whole numbers 0, 1, 2, ..., at most {@code most} of them. */
    public boolean countsFrom0(int most) {
        long[] numbers = integers(most);
        return numbers != null && IntStream.range(0, numbers.length).allMatch(i -> numbers[i] == i);
    }

    /** This tensor, if its elements can be read as weights. */
    private ForeignTensor weights() {
        if (!type.isWeight() || data == null) {
            throw new UnsupportedModelException(file + ": tensor " + name + " holds " + type
                    + (data == null ? " in a way that is not read" : "")
                    + "; weights of type F32, F16 or BF16 are supported (convert the original, not a quantised copy)");
        }
        if (shape.isEmpty() || shape.contains(0L)) {
            throw new ModelFormatException(file, offset, "tensor " + name + ", shape", "a vector or a matrix",
                    shape.toString());
        }
        return this;
    }
}
