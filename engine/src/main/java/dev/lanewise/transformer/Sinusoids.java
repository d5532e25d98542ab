package dev.lanewise.transformer;

import dev.lanewise.spec.PositionSpec;
import java.util.Arrays;

/**
 * Sines and cosines of positions at falling frequencies (Vaswani et al., 2017), computed with {@link StrictMath}, so that
 * every machine has the same, and once for each position. One a session, reused; grows to the last position it has met.
 */
final class Sinusoids {
    private final PositionSpec spec;
    private final int width;
    private final int stride;
    private final double[] frequencies; // of the sines; of an odd width the last has no cosine, or is left out if inclusive
    private float[] rows = {}; // [positions][stride]
    private int positions;

    Sinusoids(PositionSpec spec, int width, int stride) {
        this.spec = spec;
        this.width = width;
        this.stride = stride;
        frequencies = new double[spec.inclusive() ? width / 2 : (width + 1) / 2];
        double last = spec.inclusive() ? frequencies.length - 1 : width / 2.0;
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = StrictMath.pow(10_000, -i / last);
        }
    }

    /** Computes the rows of all positions of a batch. */
    void prepare(Batch batch) {
        int last = -1;
        for (int token = 0; token < batch.tokens(); token++) {
            last = Math.max(last, batch.position(token));
        }
        int needed = Math.multiplyExact(last + 1, stride);
        if (needed > rows.length) {
            rows = Arrays.copyOf(rows, (int) Math.max(needed, Math.min(2L * rows.length, Integer.MAX_VALUE - 8)));
        }
        boolean halves = spec.kind() == PositionSpec.Kind.SINUSOIDAL_HALVES;
        for (; positions <= last; positions++) {
            for (int i = 0; i < frequencies.length; i++) {
                double angle = angle(positions + spec.offset(), frequencies[i]);
                rows[positions * stride + (halves ? i : 2 * i)] = (float) StrictMath.sin(angle);
                int cosine = halves ? frequencies.length + i : 2 * i + 1;
                if (cosine < width) {
                    rows[positions * stride + cosine] = (float) StrictMath.cos(angle);
                }
            }
        }
    }

    /** The inclusive frequencies were first published in single precision, those of the paper in double. */
    private double angle(int position, double frequency) {
        return spec.inclusive() ? position * (float) frequency : position * frequency;
    }

    /** {@code out = encoding(position)}, {@code [stride]}. */
    void row(float[] out, int outAt, int position) {
        System.arraycopy(rows, position * stride, out, outAt, stride);
    }
}
