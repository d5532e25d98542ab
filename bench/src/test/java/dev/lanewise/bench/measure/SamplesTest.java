package dev.lanewise.bench.measure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SamplesTest {

    @Test
    void median_isTheMiddle_orBetweenTheTwoMiddles() {
        assertEquals(3, new Samples(9, 1, 3).median());
        assertEquals(2.5, new Samples(4, 1, 2, 3).median());
        assertEquals(7, new Samples(7).median());
    }

    @Test
    void quantile_isLinearBetweenSamples() {
        Samples samples = new Samples(50, 10, 20, 40, 30);
        assertEquals(10, samples.quantile(0));
        assertEquals(20, samples.quantile(0.25));
        assertEquals(46, samples.quantile(0.9), 1e-9);
        assertEquals(50, samples.quantile(1));
        assertEquals(10, samples.least());
        assertEquals(50, samples.greatest());
    }

    @Test
    void over_dividesPairs_notMedians() {
        // A machine that is twice as slow in the second round disturbs both of a pair alike.
        assertEquals(2, new Samples(2, 4, 2).over(new Samples(1, 2, 1)).median());
        assertArrayEquals(new double[]{0.5, 3}, new Samples(1, 6).over(new Samples(2, 2)).values());
    }

    @Test
    void over_differentCounts_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Samples(1, 2).over(new Samples(1)));
    }

    @Test
    void rate_isAmountByTime() {
        assertArrayEquals(new double[]{5, 2.5}, new Samples(2, 4).rate(10).values());
    }

    @Test
    void samples_thatAreNone_orNotFinite_areRefused() {
        assertThrows(IllegalArgumentException.class, Samples::new);
        assertThrows(IllegalArgumentException.class, () -> new Samples(1, Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> new Samples(Double.POSITIVE_INFINITY));
    }

    @Test
    void values_keepTheOrderOfMeasuring() {
        assertArrayEquals(new double[]{3, 1, 2}, new Samples(3, 1, 2).values());
    }

    @Test
    void bound_isWhatOneInTenReaches() {
        assertEquals(9, Limit.bound(new Samples(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)), 1e-9);
    }
}
