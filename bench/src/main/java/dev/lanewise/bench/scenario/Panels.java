package dev.lanewise.bench.scenario;

import dev.lanewise.kernel.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Matrices as the kernels want them. */
public final class Panels {
    private static final long ALIGNMENT = 64;

    private Panels() {}

    /**
     * Packs weights.
     *
     * @param w {@code [outputs][inputs]}
     * @return {@code [ceil(outputs / 32)][inputs][32]} floats; outputs that are missing in the last panel are 0
     */
    public static MemorySegment pack(Arena arena, float[] w, int outputs, int inputs) {
        int panels = count(outputs);
        MemorySegment packed = arena.allocate(4L * panels * inputs * Kernels.PANEL, ALIGNMENT);
        for (int output = 0; output < outputs; output++) {
            long panel = (long) (output / Kernels.PANEL) * inputs;
            for (int input = 0; input < inputs; input++) {
                packed.setAtIndex(ValueLayout.JAVA_FLOAT, (panel + input) * Kernels.PANEL + output % Kernels.PANEL,
                        w[output * inputs + input]);
            }
        }
        return packed;
    }

    /** How many panels hold so many outputs. */
    public static int count(int outputs) {
        return (outputs + Kernels.PANEL - 1) / Kernels.PANEL;
    }
}
