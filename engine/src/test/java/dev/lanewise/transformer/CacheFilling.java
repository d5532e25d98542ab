package dev.lanewise.transformer;

/** Lets a cache have tokens that nobody computed. */
public final class CacheFilling {
    private CacheFilling() {}

    public static void advance(KeyValueCache cache, int tokens) {
        cache.advance(tokens);
    }
}
