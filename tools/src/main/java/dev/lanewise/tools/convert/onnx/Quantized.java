package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tools.convert.ElementType;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Int8Rows;
import dev.lanewise.writer.TensorRows;
import java.lang.foreign.ValueLayout;

/**
 * What codes of 8 bits stand for: (code - zero) x scale, computed in float32 as ONNX says.
 *
 * @param scales one for all, or one a column
 * @param zeros one for all, or one a column
 */
record Quantized(float[] scales, int[] zeros) {

    /**
     * Scales and zero points of codes.
     *
     * @param columns of the codes' matrix
     * @param zero null for none
     * @return null if they are not what belongs to such codes
     */
    static Quantized of(ForeignTensor codes, long columns, ForeignTensor scale, ForeignTensor zero) {
        boolean sound = isByte(codes) && scale != null && scale.type() == ElementType.F32 && scale.data() != null
                && fits(scale, columns)
                && (zero == null || zero.type() == codes.type() && zero.data() != null && fits(zero, columns));
        if (!sound) {
            return null;
        }
        float[] scales = new float[(int) scale.elements()];
        scale.type().decode(scale.data(), 0, scales, scales.length);
        int[] zeros = new int[zero == null ? 1 : (int) zero.elements()];
        for (int i = 0; i < zeros.length; i++) {
            // What is not there is a code of 0.
            zeros[i] = zero != null ? code(zero, i) : codes.type() == ElementType.U8 ? Byte.MIN_VALUE : 0;
        }
        return new Quantized(scales, zeros);
    }

    private static boolean isByte(ForeignTensor codes) {
        return codes != null && codes.data() != null && codes.shape().size() == 2 && codes.elements() > 0
                && (codes.type() == ElementType.U8 || codes.type() == ElementType.I8);
    }

    private static boolean fits(ForeignTensor tensor, long columns) {
        return tensor.elements() == 1 || tensor.shape().size() == 1 && tensor.elements() == columns;
    }

    /** A code as a number with a sign: those without one, and their zero points, are all 128 less. */
    private static int code(ForeignTensor tensor, long index) {
        byte code = tensor.data().get(ValueLayout.JAVA_BYTE, index);
        return tensor.type() == ElementType.U8 ? Byte.toUnsignedInt(code) + Byte.MIN_VALUE : code;
    }

    /** Whether every row of the matrix, or of its transpose, has one scale and one zero point. */
    boolean isByRow(boolean transposed) {
        return transposed || scales.length == 1 && zeros.length == 1;
    }

    /** The rows of the matrix, or of its transpose; {@link Int8Rows} where each has one scale and one zero point. */
    TensorRows rows(ForeignTensor codes, boolean transposed) {
        int columns = Math.toIntExact(codes.shape().getLast());
        if (!isByRow(transposed)) {
            return (row, into) -> {
                for (int i = 0; i < columns; i++) {
                    into[i] = (code(codes, (long) row * columns + i) - zeros[i % zeros.length])
                            * scales[i % scales.length];
                }
            };
        }
        int inputs = transposed ? Math.toIntExact(codes.shape().getFirst()) : columns;
        return new Int8Rows(inputs) {
            @Override
            public void readBlocks(int row, byte[] into, byte[] none, float[] floats) {
                for (int i = 0; i < inputs; i++) {
                    into[i] = (byte) code(codes, transposed ? (long) i * columns + row : (long) row * columns + i);
                }
                floats[0] = scales[row % scales.length];
                floats[1] = zeros[row % zeros.length];
            }
        };
    }
}
