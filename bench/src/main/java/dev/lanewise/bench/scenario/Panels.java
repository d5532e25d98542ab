package dev.lanewise.bench.scenario;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.TensorPacker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/** Matrices as the kernels want them. */
public final class Panels {
    private static final long ALIGNMENT = 64;

    private Panels() {}

    /**
     * Packs weights as floats.
     *
     * @param w {@code [outputs][inputs]}
     */
    public static MemorySegment pack(Arena arena, float[] w, int outputs, int inputs) {
        return pack(arena, w, outputs, inputs, DataType.F32);
    }

    /**
     * Packs weights in any type, as a converter does.
     *
     * @param w {@code [outputs][inputs]}
     */
    public static MemorySegment pack(Arena arena, float[] w, int outputs, int inputs, DataType type) {
        TensorInfo tensor = new TensorInfo("weights", type, Layout.PANELS, List.of(outputs, inputs));
        MemorySegment packed = arena.allocate(tensor.bytes(), ALIGNMENT);
        TensorPacker packer = new TensorPacker(tensor,
                (row, into) -> System.arraycopy(w, row * inputs, into, 0, inputs));
        try {
            long at = 0;
            for (ByteBuffer piece = packer.next(); piece != null; piece = packer.next()) {
                MemorySegment from = MemorySegment.ofBuffer(piece);
                MemorySegment.copy(from, 0, packed, at, from.byteSize());
                at += from.byteSize();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // rows in memory cannot fail
        }
        return packed;
    }

    /** How many panels hold so many outputs. */
    public static int count(int outputs) {
        return (outputs + Kernels.PANEL - 1) / Kernels.PANEL;
    }
}
