package dev.lanewise.bench.measure;

import java.util.Arrays;

/** Measured values of one quantity. Immutable. */
public final class Samples {
    private final double[] values; // as measured
    private final double[] sorted;

    /**
     * @param values at least one, all finite
     */
    public Samples(double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no samples");
        }
        this.values = values.clone();
        this.sorted = values.clone();
        Arrays.sort(sorted);
        if (!Double.isFinite(sorted[0]) || !Double.isFinite(sorted[sorted.length - 1])) {
            throw new IllegalArgumentException("not finite: " + Arrays.toString(values));
        }
    }

    /**
     * These divided by others, sample by sample: the two of a pair were measured one right after the other, so what disturbs
     * the machine for longer than a pair cancels out.
     */
    public Samples over(Samples others) {
        if (values.length != others.values.length) {
            throw new IllegalArgumentException(values.length + " samples over " + others.values.length);
        }
        double[] ratios = new double[values.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = values[i] / others.values[i];
        }
        return new Samples(ratios);
    }

    /** A fixed amount divided by each: from times to rates. */
    public Samples rate(double amount) {
        return new Samples(Arrays.stream(values).map(value -> amount / value).toArray());
    }

    /** Each times a factor. */
    public Samples times(double factor) {
        return new Samples(Arrays.stream(values).map(value -> value * factor).toArray());
    }

    /**
     * A quantile, linear between the samples around it.
     *
     * @param share 0 for the least, 0.5 for the median, 1 for the greatest
     */
    public double quantile(double share) {
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    /** The median. */
    public double median() {
        return quantile(0.5);
    }

    /** The least. */
    public double least() {
        return sorted[0];
    }

    /** The greatest. */
    public double greatest() {
        return sorted[sorted.length - 1];
    }

    /** How many. */
    public int count() {
        return values.length;
    }

    /** The values, in the order in which they were measured. */
    public double[] values() {
        return values.clone();
    }
}
