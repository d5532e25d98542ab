package dev.lanewise.kernel;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where a thread unpacks weights that are not floats. One a thread; allocates everything when it is made, 16 bytes for each
 * input, or 8 kB, and 128 kB.
 */
public final class WeightScratch {
    /** Inputs of a panel that are widened at a time. */
    static final int DEPTH = 768;
    /** What one takes outside the heap. */
    public static final long OFF_HEAP_BYTES = (long) DEPTH * Kernels.PANEL * 4;
    /** Inputs of two panels whose scales have room, whatever their type: whole blocks of every type. */
    static final int CHUNK = 256;
    /** Bytes of weights that may still be in the last cache when they are read again. */
    private static final long NEAR = 16 << 20;
    private static final int LINE = 64;

    /** Two panels with groups of 32 inputs, or a panel with groups of 16; each has a scale and a minimum. */
    private final float[] scales;
    private final short[] sums = new short[VectorRounded.SUMS];
    private final int[] words = new int[RoundedRows.BLOCK];
    private final MemorySegment wide = Arena.ofAuto().allocate(OFF_HEAP_BYTES, 64); // [768][32] floats

    private final long weights;

    /**
     * @param inputs of the widest matrix
     * @param weights how many a pass reads, about, before it comes to the same ones again
     */
    public WeightScratch(int inputs, long weights) {
        this.weights = weights;
        scales = new float[4 * Math.max(inputs, 2 * CHUNK)];
    }

    /** The scales of one or two panels, or of some blocks of them, {@code [panels][blocks][scales of a block][32]}. */
    public float[] scales() {
        return scales;
    }

    /** Of a block that is being rounded. */
    public int[] words() {
        return words;
    }

    /** Of products of whole numbers. */
    public short[] sums() {
        return sums;
    }

    /** Some inputs of one or two panels as floats, {@code [768][32]}. */
    public MemorySegment wide() {
        return wide;
    }

    /**
     * Brings weights to the first cache, unless they are few enough to be near anyhow. Where a tile reads them, between its
     * multiply-adds, a line is asked for too late: 8 rows took 1.6 times as long with Q8_0, 1.9 times with bfloat16. Every line,
     * as with gaps nothing is fetched ahead.
     */
    public void fetch(MemorySegment segment, long at, long bytes, DataType type) {
        if (type.codeBytes(weights) < NEAR) {
            return;
        }
        MemorySegment from = Simd.offHeap(segment);
        int all = 0;
        for (int i = 0; i <= (int) bytes - Integer.BYTES; i += LINE) {
            all |= from.get(ValueLayout.JAVA_INT_UNALIGNED, at + i);
        }
        words[0] = all; // or nothing would be read
    }
}
