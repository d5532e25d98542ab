package dev.lanewise.tools.convert;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.error.LanewiseException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Assertions;

/** Files that were changed at random, with fixed seeds: each is read, or refused in a sentence, in bounded time and memory. */
public final class Mutations {
    private static final int WARM_UP = 10;

    private Mutations() {}

    /** Reads a file as far as it goes. */
    @FunctionalInterface
    public interface Reading {
        /** Reads it. */
        void read(byte[] file) throws IOException;
    }

    /**
     * Reads many.
     *
     * @param count how many
     * @param mutated makes one
     * @param most bytes of heap to read a file, or to refuse it; the first ones load classes and do not count
     * @param refused how many are refused at least; one in a hundred, at least, is read
     */
    public static void check(int count, Function<Random, byte[]> mutated, long most, int refused, Reading reading) {
        int[] counts = new int[2];
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Assertions.assertTimeout(Duration.ofSeconds(120), () -> {
            for (int seed = 0; seed < count; seed++) {
                byte[] file = mutated.apply(new Random(seed));
                long before = threads.getCurrentThreadAllocatedBytes();
                try {
                    reading.read(file);
                    counts[0]++;
                } catch (LanewiseException e) {
                    counts[1]++;
                    assertTrue(e.getMessage().length() < 1000, e.getMessage());
                } catch (RuntimeException | Error e) {
                    throw new AssertionError("seed " + seed, e);
                }
                long allocated = threads.getCurrentThreadAllocatedBytes() - before;
                assertTrue(allocated < most || seed < WARM_UP, "seed " + seed + " took " + allocated + " bytes");
            }
        });
        assertTrue(counts[0] > count / 100 && counts[1] > refused, counts[0] + " read, " + counts[1] + " refused");
    }
}
