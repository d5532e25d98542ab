package dev.lanewise.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class BatchQueueTest {
    @Test
    void passesBetweenThoseThatWereMeasured_areLinear() {
        BatchQueue queue = new BatchQueue(new int[]{1, 2, 8}, new double[]{3, 5, 11});
        assertEquals(3, queue.pass(1));
        assertEquals(5, queue.pass(2));
        assertEquals(7, queue.pass(4));
        assertEquals(13, queue.pass(10));
    }

    /** With rare requests, hardly any waits, and one that does waits for half a pass. */
    @Test
    void rareRequests_takeAPass() {
        Histogram latencies = new BatchQueue(new int[]{1, 2}, new double[]{1e-3, 2e-3}).latencies(10, 20_000, 1, 64);
        assertEquals(1e6, latencies.getValueAtPercentile(50), 1e4);
        assertEquals(1e6 * (1 + 0.01 / 2), latencies.getMean(), 2e3);
    }

    @Test
    void moreThanCanBeServed_waitForTwoFullPasses_andTheRestIsRefused() {
        Histogram latencies = new BatchQueue(new int[]{1, 2}, new double[]{1e-3, 2e-3}).latencies(2000, 20, 1, 64);
        assertTrue(latencies.getMaxValue() <= 2.01 * 64e6, latencies.getMaxValue() + " ns");
        assertTrue(latencies.getMaxValue() > 100e6, latencies.getMaxValue() + " ns");
    }

    @Test
    void passesThatTakeAlwaysAsLong_holdNobodyUpForMoreThanTwo() {
        Histogram latencies = new BatchQueue(new int[]{1, 2}, new double[]{1e-3, 1e-3}).latencies(5000, 20, 1, 1000);
        assertTrue(latencies.getMaxValue() <= 2.01e6, latencies.getMaxValue() + " ns");
        assertEquals(1.5e6, latencies.getValueAtPercentile(50), 0.05e6);
    }
}
