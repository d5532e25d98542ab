package dev.lanewise.bench.measure;

import dev.lanewise.bench.peer.Work;
import dev.lanewise.parallel.Crew;

/** What bounds a computation, and how to find out where the bound is on this machine. */
public enum Limit {
    /** Float operations. */
    COMPUTE("FMA peak", "GFLOP/s"),
    /** Bytes read from memory. */
    MEMORY("read bandwidth", "GB/s");

    /** A run is to be short, and no cache may hold a good part of it. */
    private static final long BYTES = 512 << 20;

    private final String title;
    private final String unit;

    Limit(String title, String unit) {
        this.title = title;
        this.unit = unit;
    }

    /**
     * What a task needs of it.
     *
     * @param limit of what
     * @param amount operations or bytes
     */
    public record Demand(Limit limit, double amount) {}

    /** What a task needs of this. */
    public Demand demand(double amount) {
        return new Demand(this, amount);
    }

    /** Its name, for people. */
    public String title() {
        return title;
    }

    /** What a billion a second of it is called. */
    public String unit() {
        return unit;
    }

    /**
     * A work that does nothing but reach it, and how much it does in a call.
     *
     * @param work to be closed by the caller
     * @param amount operations or bytes
     */
    public record Probe(Work work, double amount) {}

    /** A probe for the threads of a crew. */
    public Probe probe(Crew crew) {
        return switch (this) {
            case COMPUTE -> {
                FmaPeak peak = new FmaPeak(crew);
                yield new Probe(peak, peak.flops());
            }
            case MEMORY -> {
                ReadBandwidth bandwidth = new ReadBandwidth(crew, BYTES);
                yield new Probe(bandwidth, bandwidth.bytes());
            }
        };
    }

    /**
     * The bound, from the samples of a probe: the rate that one in ten reaches. What disturbs the probe makes its median
     * smaller and shares of it larger; this way noise makes shares smaller.
     */
    public static double bound(Samples rates) {
        return rates.quantile(0.9);
    }
}
