package dev.lanewise.kernel;

/** The choice of kernels, made once a JVM. */
final class Selection {
    private static final String PROPERTY = "dev.lanewise.vectorBits";
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
        if (!ScalarMath.FUSED) {
            return "scalar, because this machine has no fused multiply-add";
        }
        return "vectors" + (forced == null ? " of the machine's width" : ", width as " + PROPERTY + " says");
    }
}
