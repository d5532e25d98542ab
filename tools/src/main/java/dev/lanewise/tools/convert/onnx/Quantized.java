package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tools.convert.ElementType;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.weights.TensorRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What codes of 8 bits stand for: (code - zero) x scale, computed in float32 as ONNX says.
 *
 * @param scales one for all, or one a column
 * @param zeros as many of the type of the codes; null for 0
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
        for (int i = 0; zero != null && i < zeros.length; i++) {
            zeros[i] = code(zero, i);
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

    private static int code(ForeignTensor tensor, long index) {
        MemorySegment data = tensor.data();
        byte code = data.get(ValueLayout.JAVA_BYTE, index);
        return tensor.type() == ElementType.U8 ? Byte.toUnsignedInt(code) : code;
    }

    /** The rows of the matrix, or of its transpose. */
    TensorRows rows(ForeignTensor codes, boolean transposed) {
        int columns = Math.toIntExact(codes.shape().getLast());
        return (row, into) -> {
            for (int i = 0; i < into.length; i++) {
                int column = transposed ? row : i;
                long index = transposed ? (long) i * columns + row : (long) row * columns + i;
                into[i] = (code(codes, index) - zeros[column % zeros.length]) * scales[column % scales.length];
            }
        };
    }
}
