package dev.lanewise.bench.measure;

import com.sun.management.OperatingSystemMXBean;
import dev.lanewise.bench.peer.Work;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleConsumer;

/**
 * Times works in turn, A B C A B C, so that whatever else the machine does meets all of them. Each begins when the
 * threads of the one before rest, with a call that is not counted. A sample is the mean time of the calls in a slice.
 */
public final class Interleaved {
    private static final long SLICE_NANOS = 40_000_000;
    /** A call as long as this is a sample although its data and threads were cold: what they cost is lost in it. */
    private static final long LONG_CALL_NANOS = 400_000_000;
    /** Before a slice: the threads of other engines spin for tens of milliseconds after their last call, on the same processors. */
    private static final long PAUSE_NANOS = 25_000_000;
    private static final int MOST_PAUSES = 20;
    private static final int LEAST_ROUNDS = 5;
    /** A work is warm when so many slices brought no call that is faster by more than this share. */
    private static final int WARM_SLICES = 4;
    private static final double WARM_SHARE = 0.02;
    /** A JVM may compile for so long before anything gets faster. */
    private static final double LEAST_WARM_SECONDS = 1.5;
    private static final double MOST_WARM_SECONDS = 4;

    private static final OperatingSystemMXBean PROCESS = ManagementFactory
            .getPlatformMXBean(OperatingSystemMXBean.class);

    private Interleaved() {}

    /**
     * Warms up each work until it gets no faster, then times them.
     *
     * @param seconds how long to time, about; warming up takes up to half as long, or 4 seconds, for each work
     * @param progress hears the share that is done
     * @return the seconds of a call, for each work as many samples, those at one index taken in one round
     */
    public static List<Samples> time(List<? extends Work> works, double seconds, DoubleConsumer progress)
            throws Exception {
        for (Work work : works) {
            warmUp(work, Math.max(seconds / 2, MOST_WARM_SECONDS));
        }
        List<double[]> rounds = new ArrayList<>();
        long start = System.nanoTime();
        double elapsed = 0;
        while (rounds.size() < LEAST_ROUNDS || elapsed < seconds) {
            double[] round = new double[works.size()];
            for (int i = 0; i < round.length; i++) {
                round[i] = slice(works.get(i));
            }
            rounds.add(round);
            elapsed = (System.nanoTime() - start) / 1e9;
            progress.accept(Math.min(elapsed / seconds, (double) rounds.size() / LEAST_ROUNDS));
        }
        List<Samples> samples = new ArrayList<>();
        for (int i = 0; i < works.size(); i++) {
            int work = i;
            samples.add(new Samples(rounds.stream().mapToDouble(round -> round[work]).toArray()));
        }
        return samples;
    }

    private static void warmUp(Work work, double most) throws Exception {
        long start = System.nanoTime();
        double best = Double.MAX_VALUE;
        double elapsed = 0;
        for (int since = 0; elapsed < most && (since < WARM_SLICES || elapsed < LEAST_WARM_SECONDS);) {
            double now = slice(work);
            since = now < best * (1 - WARM_SHARE) ? 0 : since + 1;
            best = Math.min(best, now);
            elapsed = (System.nanoTime() - start) / 1e9;
        }
    }

    /** The seconds of a call. */
    private static double slice(Work work) throws Exception {
        rest();
        long before = System.nanoTime();
        work.run(); // brings its data back into the caches, wakes its threads
        long start = System.nanoTime();
        if (start - before > LONG_CALL_NANOS) {
            return (start - before) / 1e9;
        }
        int calls = 0;
        long end;
        do {
            work.run();
            calls++;
            end = System.nanoTime();
        } while (end - start < SLICE_NANOS);
        return (end - start) / 1e9 / calls;
    }

    /** Waits until the process uses no processor for a pause: no tick of its clock, which are of 10 ms. */
    private static void rest() {
        long before;
        long after = PROCESS.getProcessCpuTime();
        int pauses = 0;
        do {
            before = after;
            LockSupport.parkNanos(PAUSE_NANOS);
            after = PROCESS.getProcessCpuTime();
        } while (after > before && ++pauses < MOST_PAUSES);
    }
}
