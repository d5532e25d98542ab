package dev.lanewise.generation;

/**
 * Random numbers that a seed determines, in this release and every later one: SplitMix64 (Steele, Lea and Flood, 2014). Not
 * thread-safe; allocates nothing.
 */
final class RandomSource {
    private long state;

    RandomSource(long seed) {
        state = seed;
    }

    /** A number from 0, included, to 1, excluded. */
    double next() {
        state += 0x9E3779B97F4A7C15L;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return ((z ^ (z >>> 31)) >>> 11) * 0x1p-53;
    }
}
