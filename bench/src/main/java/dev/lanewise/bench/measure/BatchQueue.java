package dev.lanewise.bench.measure;

import java.util.ArrayDeque;
import java.util.Random;
import org.HdrHistogram.Histogram;

/**
 * A queue on paper: requests come by chance (Poisson), a pass takes all that wait when it begins, and the next one begins as soon as
 * it ends. Nothing else takes time. What a real one is slower is its own; what this one takes is the price of chance.
 */
public final class BatchQueue {
    private static final int REQUESTS = 200_000;

    private final int[] sizes;
    private final double[] seconds;

    /**
     * @param sizes of passes that were measured, ascending, 1 first
     * @param seconds how long each took; between them, and behind the last, it is taken to be linear
     */
    public BatchQueue(int[] sizes, double[] seconds) {
        this.sizes = sizes.clone();
        this.seconds = seconds.clone();
    }

    /** How long a pass takes, in seconds. */
    double pass(int size) {
        int i = 1;
        while (i < sizes.length - 1 && sizes[i] < size) {
            i++;
        }
        double each = (seconds[i] - seconds[i - 1]) / (sizes[i] - sizes[i - 1]);
        return Math.max(seconds[0], seconds[i - 1] + (size - sizes[i - 1]) * each);
    }

    /**
     * Latencies in ns.
     *
     * @param rate requests a second
     * @param most how many may wait, and how many a pass takes
     */
    public Histogram latencies(double rate, int most) {
        Histogram latencies = new Histogram(3);
        Random random = new Random(1);
        ArrayDeque<Double> waiting = new ArrayDeque<>();
        double next = 0;
        double now = 0;
        for (int come = 0; come < REQUESTS;) {
            if (waiting.isEmpty()) {
                now = Math.max(now, next);
            }
            for (; next <= now && come < REQUESTS; next -= Math.log(1 - random.nextDouble()) / rate) {
                come++;
                if (waiting.size() < most) {
                    waiting.add(next);
                }
            }
            int size = waiting.size();
            now += pass(size);
            for (int i = 0; i < size; i++) {
                latencies.recordValue((long) ((now - waiting.poll()) * 1e9));
            }
        }
        return latencies;
    }
}
