package dev.lanewise.bench.measure;

/**
 * How many requests a second are too many by a factor, whatever the capacity is: so many times as many as there was room for a
 * moment ago. If there was room for all, the next moment has more by the factor, until there are too many. Not thread-safe.
 */
public final class Overload {
    private static final double FIRST = 50;

    private final double times;
    private final double period; // ns
    private double rate = FIRST;
    private long since;
    private long served = -1; // until then; -1 if it has not begun

    /**
     * @param times how many times what there is room for
     * @param period for how many seconds it is counted
     */
    public Overload(double times, double period) {
        this.times = times;
        this.period = period * 1e9;
    }

    /**
     * Requests a second from now on.
     *
     * @param now in ns
     * @param servedNow how many there was room for so far
     */
    public double rate(long now, long servedNow) {
        long passed = now - since;
        if (served < 0 || passed >= period) {
            // Whoever paused for long was not asked for anything: that says nothing.
            if (served >= 0 && passed < 2 * period) {
                rate = Math.max(1, times * (servedNow - served) / (passed / 1e9));
            }
            since = now;
            served = servedNow;
        }
        return rate;
    }
}
