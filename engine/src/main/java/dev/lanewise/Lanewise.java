package dev.lanewise;

import dev.lanewise.kernel.Kernels;

/** What of Lanewise is live in this JVM. */
public final class Lanewise {
    private Lanewise() {}

    /**
     * How this JVM computes.
     *
     * @param vectorBits the width of the vectors, in bits; 0 for plain Java
     * @param threads how many threads a model uses unless told otherwise
     * @param path why, in a sentence; where it is slow, what would make it fast
     */
    public record Runtime(int vectorBits, int threads, String path) {}

    /** How this JVM computes; the same for all models. */
    public static Runtime runtime() {
        return new Runtime(Kernels.select().vectorBits(), ModelOptions.defaults().threads(), Kernels.reason());
    }
}
