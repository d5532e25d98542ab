package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.NormSpec;
import java.lang.foreign.MemorySegment;

/**
 * A norm of one row.
 *
 * @param kind the formula
 * @param weight {@code [padded width]} floats
 * @param bias {@code [padded width]} floats, zeros where there is none
 * @param epsilon added to the variance or the mean square
 */
record Norm(NormSpec.Kind kind, MemorySegment weight, MemorySegment bias, float epsilon) {

    /**
     * {@code out = norm(x)} for a row of some width, which may be a part of the weights'.
     *
     * @param part the first of the weights that belongs to the row
     */
    void row(Kernels kernels, float[] out, int outAt, float[] x, int xAt, int width, int part) {
        if (kind == NormSpec.Kind.RMS) {
            kernels.rmsNorm(out, outAt, x, xAt, width, weight, part * 4L, epsilon);
        } else {
            kernels.layerNorm(out, outAt, x, xAt, width, weight.asSlice(part * 4L), bias.asSlice(part * 4L), epsilon);
        }
    }

    /** {@code out = norm(x)} for a row as wide as the weights. */
    void row(Kernels kernels, float[] out, int outAt, float[] x, int xAt, int width) {
        if (kind == NormSpec.Kind.RMS) {
            kernels.rmsNorm(out, outAt, x, xAt, width, weight, 0, epsilon);
        } else {
            kernels.layerNorm(out, outAt, x, xAt, width, weight, bias, epsilon);
        }
    }
}
