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
    private final double[] frequencies; // [width / 2]
    private float[] rows = {}; // [positions][stride]
    private int positions;

    Sinusoids(PositionSpec spec, int width, int stride) {
        this.spec = spec;
        this.width = width;
        this.stride = stride;
        frequencies = new double[width / 2];
        double last = spec.inclusive() ? frequencies.length - 1 : frequencies.length;
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
                int at = positions * stride + (halves ? i : 2 * i);
                double angle = angle(positions + spec.offset(), frequencies[i]);
                rows[at] = (float) StrictMath.sin(angle);
                rows[at + (halves ? width / 2 : 1)] = (float) StrictMath.cos(angle);
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
