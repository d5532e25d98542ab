package dev.lanewise.tools.convert.llama2c;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tools.TestModels;
import dev.lanewise.tools.convert.Inspection;
import dev.lanewise.tools.convert.gguf.GgufTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints and tokenizers of llama2.c: real ones in both versions, and damaged ones. */
class Llama2cTest {
    private static final int WIDTH = 4;
    private static final int INNER = 6;
    private static final int LAYERS = 2;
    private static final int VOCABULARY = 5;
    private static final int POSITIONS = 3;

    @TempDir
    Path folder;

    @Test
    void bothVersionsOfARealModelHoldTheSame() throws IOException {
        try (Llama2cFile old = Llama2cFile.open(TestModels.shared("stories260K/checkpoint_legacy.bin"));
                Llama2cFile recent = Llama2cFile.open(TestModels.shared("stories260K/checkpoint_v1.bin"))) {
            assertEquals(new Llama2cHeader(0, 64, 172, 5, 8, 4, 512, 512, true), old.header());
            assertEquals(new Llama2cHeader(1, 64, 172, 5, 8, 4, 512, 512, true), recent.header());
            assertEquals(old.metadata(), recent.metadata());
            assertEquals(old.tensors().keySet().stream().sorted().toList(),
                    recent.tensors().keySet().stream().sorted().toList());
            assertEquals(2 + 9 * 5, old.tensors().size());
            assertEquals(List.of(32, 64), old.tensor("blk.4.attn_k.weight").shape());
            for (GgufTensor tensor : old.tensors().values()) {
                assertEquals(-1, tensor.data().mismatch(recent.tensor(tensor.name()).data()), tensor.name());
            }
            // Norms learn to be near one: where an offset was wrong, they would not be.
            float[] norm = new float[64];
            old.tensor("output_norm.weight").read(0, norm);
            for (float x : norm) {
                assertTrue(x > 0.1 && x < 20, Arrays.toString(norm));
            }
        }
    }

    @Test
    void aRealModelIsInspected() throws IOException {
        Inspection found = Inspection.of(TestModels.shared("stories260K/checkpoint_legacy.bin"));
        assertEquals("llama2.c checkpoint, version 0", found.format());
        assertEquals(5L, found.provenance().get("llama.block_count"));
        assertEquals(260_032, found.parameters());
        assertEquals(List.of(), found.notes());
        assertEquals(5L, found.specification().get("decoder.layers"));
    }

    @Test
    void aRealTokenizerIsRead() throws IOException {
        Llama2cTokenizer found = Llama2cTokenizer.read(TestModels.shared("stories260K/tokenizer.bin"), 512);
        assertEquals(7, found.longest());
        assertEquals(List.of("<unk>", "\n<s>\n", "\n</s>\n", "<0x00>"), found.pieces().subList(0, 4));
        assertEquals(512, found.scores().size());
        assertEquals(0, found.scores().get(3));
        assertTrue(found.pieces().contains(" t"), found.pieces().toString());
        assertThrows(ModelFormatException.class,
                () -> Llama2cTokenizer.read(TestModels.shared("stories260K/tokenizer.bin"), 511));
        assertThrows(ModelFormatException.class,
                () -> Llama2cTokenizer.read(TestModels.shared("stories260K/tokenizer.bin"), 513));
    }

    /** Element i of the file is the float i, so that a tensor's first element says where it lies. */
    @ParameterizedTest
    @CsvSource({"0, false", "0, true", "1, false", "1, true"})
    void aClassifierOfItsOwnFollowsAtTheEnd(int version, boolean shared) throws IOException {
        Path path = Files.write(folder.resolve("x.bin"), checkpoint(version, shared));
        try (Llama2cFile file = Llama2cFile.open(path)) {
            assertEquals(shared, file.header().sharedClassifier());
            assertEquals(VOCABULARY, file.header().vocabulary());
            float[] row = new float[WIDTH];
            long last = (file.size() - file.header().end()) / 4 - 1;
            if (shared) {
                assertFalse(file.tensors().containsKey("output.weight"));
            } else {
                file.tensor("output.weight").read(VOCABULARY - 1, row);
                assertArrayEquals(new float[]{last - 3, last - 2, last - 1, last}, row);
            }
            file.tensor(version == 0 ? "token_embd.weight" : "blk.0.attn_norm.weight").read(0, row);
            assertArrayEquals(new float[]{0, 1, 2, 3}, row);
        }
    }

    @Test
    void damagedCheckpointsAreRefused() {
        for (int version = 0; version < 2; version++) {
            byte[] sound = checkpoint(version, false);
            int start = version == 0 ? 0 : 8;
            for (int field = 0; field < 7; field++) {
                for (int value : new int[]{0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 3}) {
                    boolean same = field == 6 && value == 3;
                    byte[] file = sound.clone();
                    buffer(file).putInt(start + 4 * field, value);
                    if (!same) {
                        refused(file, "version " + version + ", number " + field + " = " + value);
                    }
                }
            }
            for (int length = 0; length < sound.length; length++) {
                refused(Arrays.copyOf(sound, length), "cut to " + length);
            }
            refused(Arrays.copyOf(sound, sound.length + 4), "longer");
        }
        byte[] quantised = checkpoint(1, true);
        buffer(quantised).putInt(4, 2);
        refused(quantised, "version 2");
        byte[] flag = checkpoint(1, true);
        flag[36] = 2;
        refused(flag, "flag 2");
    }

    @Test
    void mutatedTokenizersAreReadOrRefused() throws IOException {
        byte[] sound = Files.readAllBytes(TestModels.shared("stories260K/tokenizer.bin"));
        int refused = 0;
        for (int seed = 0; seed < 5000; seed++) {
            Random random = new Random(seed);
            byte[] file = seed % 3 == 0 ? Arrays.copyOf(sound, random.nextInt(sound.length)) : sound.clone();
            if (file.length >= 4) {
                buffer(file).putInt(random.nextInt(file.length - 3), random.nextBoolean() ? random.nextInt() : -1);
            }
            try {
                Llama2cTokenizer.read("x", MemorySegment.ofArray(file), 512);
            } catch (ModelFormatException e) {
                refused++;
            }
        }
        assertTrue(refused > 2000, refused + " refused");
    }

    private static void refused(byte[] file, String what) {
        assertThrows(ModelFormatException.class, () -> {
            Llama2cHeader header = Llama2cHeader.read("x", MemorySegment.ofArray(file));
            Llama2cFile.place("x", header, MemorySegment.ofArray(file));
        }, what);
    }

    private static byte[] checkpoint(int version, boolean shared) {
        int floats = VOCABULARY * WIDTH * (shared ? 1 : 2)
                + LAYERS * (2 * WIDTH + 2 * WIDTH * WIDTH + 2 * WIDTH * WIDTH / 2 + 3 * WIDTH * INNER) + WIDTH
                + (version == 0 ? POSITIONS * WIDTH / 2 : 0);
        ByteBuffer file = buffer(new byte[(version == 0 ? 28 : 256) + 4 * floats]);
        if (version == 1) {
            file.put(new byte[]{'2', '4', 'k', 'a'}).putInt(1);
        }
        file.putInt(WIDTH).putInt(INNER).putInt(LAYERS).putInt(2).putInt(1)
                .putInt(version == 0 && !shared ? -VOCABULARY : VOCABULARY).putInt(POSITIONS);
        if (version == 1) {
            file.put((byte) (shared ? 1 : 0)).position(256);
        }
        for (int i = 0; i < floats; i++) {
            file.putFloat(i);
        }
        return file.array();
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
