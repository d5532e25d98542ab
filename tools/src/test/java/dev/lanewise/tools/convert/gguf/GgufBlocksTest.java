package dev.lanewise.tools.convert.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.TestModels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Blocks against the floats that the {@code gguf} package of Python says they stand for. */
class GgufBlocksTest {
    private static final int ROWS = 8;
    private static final int COLUMNS = 512;

    @Test
    void everyReadableTypeEqualsTheReferenceToTheBit() throws IOException {
        Map<String, float[]> expected = Npz.read(TestModels.shared("gguf-blocks/expected.npz"));
        Set<GgufType> matched = EnumSet.noneOf(GgufType.class);
        Set<String> refused = new TreeSet<>();
        try (GgufFile file = GgufFile.open(TestModels.shared("gguf-blocks/blocks.gguf"))) {
            assertEquals(expected.keySet(), file.tensors().keySet());
            for (GgufTensor tensor : file.tensors().values()) {
                assertEquals(ROWS, tensor.rows());
                assertEquals(COLUMNS, tensor.columns());
                float[] row = new float[COLUMNS];
                if (!tensor.type().isReadable()) {
                    String message = assertThrows(UnsupportedModelException.class, () -> tensor.read(0, row))
                            .getMessage();
                    assertTrue(message.contains(tensor.name() + ", which"), message);
                    refused.add(tensor.name());
                    continue;
                }
                for (int r = 0; r < ROWS; r++) {
                    tensor.read(r, row);
                    for (int i = 0; i < COLUMNS; i++) {
                        assertEquals(Float.floatToRawIntBits(expected.get(tensor.name())[r * COLUMNS + i]),
                                Float.floatToRawIntBits(row[i]), tensor.name() + " row " + r + " element " + i);
                    }
                }
                matched.add(tensor.type());
            }
        }
        assertEquals(EnumSet.of(GgufType.F32, GgufType.F16, GgufType.BF16, GgufType.Q4_0, GgufType.Q4_1, GgufType.Q5_0,
                GgufType.Q5_1, GgufType.Q8_0, GgufType.Q2_K, GgufType.Q3_K, GgufType.Q4_K, GgufType.Q5_K,
                GgufType.Q6_K, GgufType.IQ4_NL, GgufType.IQ4_XS, GgufType.MXFP4), matched);
        assertEquals(Set.of("IQ1_S", "IQ2_S", "IQ2_XS", "IQ2_XXS", "IQ3_S", "IQ3_XXS", "TQ1_0", "TQ2_0"), refused);
    }

    @Test
    void typesWithoutAReferenceAreReadByTheirDescription() {
        ByteBuffer q8k = bytes(292).putFloat(0.25f);
        for (int i = 0; i < 256; i++) {
            q8k.put((byte) (i - 128));
        }
        float[] found = decode(GgufType.Q8_K, q8k, 256);
        for (int i = 0; i < 256; i++) {
            assertEquals(0.25f * (i - 128), found[i]);
        }
        assertArrayEquals(new float[]{-2, 127}, decode(GgufType.I8, bytes(2).put((byte) -2).put((byte) 127), 2));
        assertArrayEquals(new float[]{-300, 7},
                decode(GgufType.I16, bytes(4).putShort((short) -300).putShort((short) 7), 2));
        assertArrayEquals(new float[]{-70_000}, decode(GgufType.I32, bytes(4).putInt(-70_000), 1));
        assertArrayEquals(new float[]{1L << 40}, decode(GgufType.I64, bytes(8).putLong(1L << 40), 1));
        assertArrayEquals(new float[]{0.1f}, decode(GgufType.F64, bytes(8).putDouble(0.1), 1));
    }

    /** 2^(e-127) at both ends: the smallest are subnormal, and one is a power of two below the smallest normal float. */
    @Test
    void exponentsOfMxfp4ReachToTheSubnormals() {
        for (int exponent : new int[]{0, 1, 2, 3, 127, 250}) {
            ByteBuffer block = bytes(17).put((byte) exponent).put((byte) 0x72);
            float[] found = decode(GgufType.MXFP4, block, 32);
            assertEquals((float) Math.scalb(1.0, exponent - 127), found[0], "nibble 2 is 1");
            assertEquals((float) Math.scalb(6.0, exponent - 127), found[16], "nibble 7 is 6");
        }
    }

    @Test
    void blocksAreThereAsTheyAreStored() throws IOException {
        try (GgufFile file = GgufFile.open(TestModels.shared("gguf-blocks/blocks.gguf"))) {
            GgufTensor tensor = file.tensor("Q8_0");
            assertEquals(16 * 34, tensor.row(7).byteSize());
            assertEquals(tensor.data().address() + 7 * 16 * 34, tensor.row(7).address());
            assertThrows(IndexOutOfBoundsException.class, () -> tensor.row(8));
            assertThrows(IndexOutOfBoundsException.class, () -> tensor.read(-1, new float[COLUMNS]));
        }
    }

    private static float[] decode(GgufType type, ByteBuffer blocks, int count) {
        float[] found = new float[count];
        type.decode(MemorySegment.ofArray(blocks.array()), found);
        return found;
    }

    private static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
