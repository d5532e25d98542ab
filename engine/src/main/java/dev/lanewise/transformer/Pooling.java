package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.PoolingSpec.Kind;
import java.util.Arrays;

/** From the hidden states of a text's tokens to one vector. */
public final class Pooling {
    private Pooling() {}

    /**
     * Pools one text of the session's last pass.
     *
     * @param out gets {@code session.stride()} floats, of which those behind the width mean nothing
     */
    static void pool(Session session, Kind kind, int text, float[] out, int outAt) {
        Kernels kernels = session.kernels();
        int start = session.batch().start(text);
        int length = session.batch().length(text);
        float[] hidden = session.hidden();
        int stride = session.stride();
        if (kind == Kind.MEAN || kind == Kind.WEIGHTED_MEAN) {
            boolean weighted = kind == Kind.WEIGHTED_MEAN;
            Arrays.fill(out, outAt, outAt + stride, 0);
            for (int i = 0; i < length; i++) {
                kernels.addScaled(out, outAt, hidden, (start + i) * stride, weighted ? i + 1 : 1, stride);
            }
            divide(out, outAt, stride, weighted ? length * (length + 1f) / 2 : length);
            return;
        }
        int first = kind == Kind.LAST ? start + length - 1 : start;
        System.arraycopy(hidden, first * stride, out, outAt, stride);
        if (kind == Kind.MAX) {
            for (int at = (start + 1) * stride; at < (start + length) * stride; at += stride) {
                for (int i = 0; i < stride; i++) {
                    out[outAt + i] = Math.max(out[outAt + i], hidden[at + i]);
                }
            }
        }
    }

    private static void divide(float[] x, int at, int count, float by) {
        for (int i = at; i < at + count; i++) {
            x[i] /= by;
        }
    }

    /** Divides by the Euclidean length; a vector of zeros stays. */
    public static void normalize(float[] x, int at, int width) {
        double squares = 0;
        for (int i = at; i < at + width; i++) {
            squares += (double) x[i] * x[i];
        }
        if (squares > 0) {
            double factor = 1 / Math.sqrt(squares);
            for (int i = at; i < at + width; i++) {
                x[i] = (float) (x[i] * factor);
            }
        }
    }
}
