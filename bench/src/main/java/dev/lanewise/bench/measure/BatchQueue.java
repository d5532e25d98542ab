package dev.lanewise.bench.measure;

import java.util.ArrayDeque;
import java.util.Random;
import org.HdrHistogram.Histogram;

/**
 * A queue on paper: requests come by chance (Poisson), a pass takes all that wait when it begins, and the next one begins as soon as
 * it ends. Nothing else takes time. What a real one is slower is its own; what this one takes is the price of chance.
 */
public final class BatchQueue {
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
     * Latencies in ns of the requests that {@link OpenLoop#run} sends with the same numbers.
     *
     * @param rate requests a second
     * @param most how many may wait, and how many a pass takes
     */
    public Histogram latencies(double rate, double seconds, long seed, int most) {
        Histogram latencies = new Histogram(3);
        Random random = new Random(seed);
        ArrayDeque<Double> waiting = new ArrayDeque<>();
        double next = -Math.log(1 - random.nextDouble()) / rate;
        for (double now = 0; next <= seconds || !waiting.isEmpty();) {
            now = waiting.isEmpty() ? Math.max(now, next) : now;
            for (; next <= Math.min(now, seconds); next -= Math.log(1 - random.nextDouble()) / rate) {
                if (waiting.size() < most) {
                    waiting.add(next);
                }
            }
            now += pass(waiting.size());
            while (!waiting.isEmpty()) {
                latencies.recordValue((long) ((now - waiting.poll()) * 1e9));
            }
        }
        return latencies;
    }
}
