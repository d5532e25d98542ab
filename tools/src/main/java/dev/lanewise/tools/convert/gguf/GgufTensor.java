package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.family.SourceTensor;
import dev.lanewise.writer.TensorRows;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/**
 * A tensor of a GGUF file. Its rows lie one behind the other; a tensor of more than two dimensions is a matrix of
 * {@link #rows} rows all the same.
 *
 * @param file the file it is in, for failures
 * @param name its name there
 * @param type how its elements are stored
 * @param shape outermost dimension first (the reverse of the file's order), 1 to 4 dimensions, none 0
 * @param offset where its elements begin in the file, in bytes
 * @param data all its blocks, a slice of the mapped file
 */
public record GgufTensor(String file, String name, GgufType type, List<Integer> shape, long offset,
        MemorySegment data) implements TensorRows {

    /** Takes a copy of the shape. */
    public GgufTensor {
        shape = List.copyOf(shape);
    }

    /** How many rows: the product of all dimensions but the innermost. */
    public int rows() {
        return Math.toIntExact(data.byteSize() / rowBytes());
    }

    /** Elements a row: the innermost dimension. */
    public int columns() {
        return shape.getLast();
    }

    /** Bytes a row. */
    public long rowBytes() {
        return (long) columns() / type.blockSize() * type.blockBytes();
    }

    /**
     * The same for the mapping of names. This is the place that decides what becomes of each type: where our files have the
     * same, it stays as it is; otherwise it becomes the smallest float type that holds every value.
     */
    public SourceTensor source() {
        DataType exact = switch (type) {
            case Q8_0 -> DataType.Q8_0;
            case Q4_0 -> DataType.Q4_0;
            case Q4_1 -> DataType.Q4_1;
            case Q5_0 -> DataType.Q5_0;
            case Q5_1 -> DataType.Q5_1;
            case Q2_K -> DataType.Q2_K;
            case Q3_K -> DataType.Q3_K;
            case Q4_K -> DataType.Q4_K;
            case Q5_K -> DataType.Q5_K;
            case Q6_K -> DataType.Q6_K;
            case IQ4_NL -> DataType.IQ4_NL;
            case IQ4_XS -> DataType.IQ4_XS;
            case MXFP4 -> DataType.MXFP4;
            case F16 -> DataType.F16;
            case BF16, I8 -> DataType.BF16; // a sign and at most 8 bits
            default -> DataType.F32;
        };
        return new SourceTensor(file, name, shape.stream().map(Integer::longValue).toList(), offset, exact,
                () -> exact.quantized() ? new StoredBlocks(this, exact) : this, () -> {
                    throw new UnsupportedOperationException("no GGUF tensor is transposed");
                });
    }

    /**
     * The blocks of one row as they are stored.
     *
     * @throws IndexOutOfBoundsException if there is no such row
     */
    public MemorySegment row(int row) {
        return data.asSlice(Objects.checkIndex(row, rows()) * rowBytes(), rowBytes());
    }

    /**
     * One row as floats.
     *
     * @param row which, from 0
     * @param into at least {@link #columns} long
     * @throws UnsupportedModelException if it is of a type that cannot be read
     */
    @Override
    public void read(int row, float[] into) {
        if (!type.isReadable()) {
            throw new UnsupportedModelException(file + ": tensor " + Json.quoted(name) + " is of type " + type
                    + ", which cannot be read; take a file quantised to Q4_0, Q4_K, Q5_K, Q6_K or Q8_0, or one in F16");
        }
        type.decode(row(row), into);
    }
}
