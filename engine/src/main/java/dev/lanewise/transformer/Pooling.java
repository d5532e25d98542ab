package dev.lanewise.transformer;

import dev.lanewise.spec.PoolingSpec;
import java.util.Arrays;

/** From the hidden states of a text's tokens to one vector. */
public final class Pooling {
    private Pooling() {}

    /**
     * Pools one text of the session's last pass.
     *
     * @param out at least {@code outAt + width} long
     */
    public static void pool(Session session, PoolingSpec spec, int text, int width, float[] out, int outAt) {
        int start = session.batch().start(text);
        int length = session.batch().length(text);
        float[] hidden = session.hidden();
        int stride = session.stride();
        switch (spec.kind()) {
            case MEAN -> {
                float[] sum = session.pooled();
                Arrays.fill(sum, 0);
                for (int token = start; token < start + length; token++) {
                    session.kernels().addScaled(sum, 0, hidden, token * stride, 1, stride);
                }
                for (int i = 0; i < width; i++) {
                    out[outAt + i] = sum[i] / length;
                }
            }
            case CLS -> System.arraycopy(hidden, start * stride, out, outAt, width);
            case LAST -> System.arraycopy(hidden, (start + length - 1) * stride, out, outAt, width);
        }
        if (spec.normalize()) {
            normalize(out, outAt, width);
        }
    }

    /** Divides by the Euclidean length; a vector of zeros stays. */
    private static void normalize(float[] x, int at, int width) {
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
