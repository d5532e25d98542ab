package dev.lanewise.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** A server that is faster, slower, or suddenly another one, gets twice of what it can do. */
class OverloadTest {
    private final Overload load = new Overload(2, 1);
    private double served;
    private long now = 5;

    /** Goes on for some seconds with a server that can do so much, and is asked a hundred times a second. */
    private double after(int seconds, double capacity) {
        double rate = load.rate(now, (long) served);
        for (int i = 0; i < 100 * seconds; i++) {
            now += 10_000_000;
            served += Math.min(rate, capacity) / 100;
            rate = load.rate(now, (long) served);
        }
        return rate;
    }

    @Test
    void offered_isTwiceWhatIsServed_whateverThatIs() {
        assertEquals(24, after(3, 12), 2.1);
        assertEquals(24, after(50, 12), 2.1);
        assertEquals(200, after(8, 100), 2.1);
        assertEquals(20_000, after(12, 10_000), 300);
        assertEquals(10, after(4, 5), 2.1);
    }

    @Test
    void aPause_isNoLackOfCapacity() {
        double before = after(10, 100);
        now += 30_000_000_000L;
        assertEquals(before, load.rate(now, (long) served), 0);
    }
}
