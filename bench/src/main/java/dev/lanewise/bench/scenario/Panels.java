package dev.lanewise.bench.scenario;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.writer.QuantizedRows;
import dev.lanewise.writer.TensorPacker;
import dev.lanewise.writer.TensorRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

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
        return pack(arena, outputs, inputs, type, (row, into) -> System.arraycopy(w, row * inputs, into, 0, inputs));
    }

    /**
     * Packs arbitrary blocks of a quantised type, also of one that floats are not rounded to; the weights are about as large
     * as those of a model.
     */
    public static MemorySegment packBlocks(Arena arena, int outputs, int inputs, DataType type) {
        return pack(arena, outputs, inputs, type, new RandomBlocks(type));
    }

    private static MemorySegment pack(Arena arena, int outputs, int inputs, DataType type, TensorRows rows) {
        TensorInfo tensor = new TensorInfo("weights", type, Layout.PANELS, List.of(outputs, inputs));
        MemorySegment packed = arena.allocate(tensor.bytes(), ALIGNMENT);
        TensorPacker packer = new TensorPacker(tensor, rows);
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

    private record RandomBlocks(DataType type) implements QuantizedRows {
        /** Exponents of 2^-8 and so on: a value that is doubled in a code is halved in a scale. */
        private static final int EXPONENT = 119;

        @Override
        public void read(int row, float[] into) {
            throw new UnsupportedOperationException("blocks are not read as floats");
        }

        @Override
        public void readBlocks(int row, byte[] codes, byte[] scales, float[] floats) {
            Random random = new Random(row);
            random.nextBytes(codes);
            random.nextBytes(scales);
            if (type.halves() == 0) {
                Arrays.fill(scales, (byte) EXPONENT);
            }
            Arrays.fill(floats, 0x1p-13f);
        }
    }

    /** How many panels hold so many outputs. */
    public static int count(int outputs) {
        return (outputs + Kernels.PANEL - 1) / Kernels.PANEL;
    }
}
