package dev.lanewise.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Where a thread unpacks weights that are not floats. One a thread; allocates everything when it is made, 16 bytes for each
 * input and 96 kB.
 */
public final class WeightScratch {
    /** Inputs of a panel that are widened at a time. */
    static final int DEPTH = 768;

    private final float[] scales; // [2 panels][inputs / 32 blocks][scale and minimum][32]
    private final MemorySegment wide = Arena.ofAuto().allocate((long) DEPTH * Kernels.PANEL * 4, 64); // [768][32] floats

    /**
     * @param inputs of the widest matrix
     */
    public WeightScratch(int inputs) {
        scales = new float[4 * inputs];
    }

    /** The scales of two panels, {@code [panels][blocks][scale, minimum][32]}. */
    public float[] scales() {
        return scales;
    }

    /** Some inputs of a panel as floats, {@code [384][32]}. */
    public MemorySegment wide() {
        return wide;
    }
}
