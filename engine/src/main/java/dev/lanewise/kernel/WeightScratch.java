package dev.lanewise.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Where a thread unpacks weights that are not floats. One a thread; allocates everything when it is made, 16 bytes for each
 * input, or 8 kB, and 96 kB.
 */
public final class WeightScratch {
    /** Inputs of a panel that are widened at a time. */
    static final int DEPTH = 768;
    /** What one takes outside the heap. */
    public static final long OFF_HEAP_BYTES = (long) DEPTH * Kernels.PANEL * 4;
    /** Inputs of two panels whose scales have room, whatever their type: whole blocks of every type. */
    static final int CHUNK = 256;

    /** Two panels with groups of 32 inputs, or a panel with groups of 16; each has a scale and a minimum. */
    private final float[] scales;
    private final MemorySegment wide = Arena.ofAuto().allocate(OFF_HEAP_BYTES, 64); // [768][32] floats

    /**
     * @param inputs of the widest matrix
     */
    public WeightScratch(int inputs) {
        scales = new float[4 * Math.max(inputs, 2 * CHUNK)];
    }

    /** The scales of one or two panels, or of some blocks of them, {@code [panels][blocks][scales of a block][32]}. */
    public float[] scales() {
        return scales;
    }

    /** Some inputs of one or two panels as floats, {@code [768][32]}. */
    public MemorySegment wide() {
        return wide;
    }
}
