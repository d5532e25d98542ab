package dev.lanewise.kernel;

/** The choice of kernels, made once a JVM. */
final class Selection {
    private static final String PROPERTY = "dev.lanewise.vectorBits";
    /** An fma in hardware takes some 100 ns in the interpreter at worst, the exact emulation more than 1 us. */
    private static final long SLOW_FMA_NANOS = 600;

    static final String REASON = reason();
    static final Kernels KERNELS = REASON.startsWith("vectors") ? new VectorKernels() : new ScalarKernels();

    private Selection() {}

    private static String reason() {
        String forced = System.getProperty(PROPERTY);
        if (forced != null && !forced.matches("0|128|256|512")) {
            throw new IllegalArgumentException(
                    PROPERTY + " is '" + forced + "'; it may be 0 (scalar), 128, 256 or 512");
        }
        if ("0".equals(forced)) {
            return "scalar, as " + PROPERTY + " says";
        }
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            return "scalar, some ten times slower: start the JVM with --add-modules jdk.incubator.vector to be fast";
        }
        if (fmaNanos() > SLOW_FMA_NANOS) {
            return "scalar, because this machine has no fused multiply-add";
        }
        return "vectors" + (forced == null ? " of the machine's width" : ", width as " + PROPERTY + " says");
    }

    /** The time of one fma: the least of a few rounds, as the first may be disturbed. */
    private static long fmaNanos() {
        long least = Long.MAX_VALUE;
        float x = 0.5f;
        for (int round = 0; round < 5; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < 50; i++) {
                x = Math.fma(x, 0.7f, 0.1f);
            }
            least = Math.min(least, (System.nanoTime() - start) / 50);
        }
        return x > 1 ? Long.MAX_VALUE : least; // x converges to 1/3; using it keeps the loop
    }
}
