package dev.lanewise.tools.convert.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tools.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sound GGUF files: made by hand, real, and split. */
class GgufFileTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void everyTypeOfValueIsRead(int version) throws IOException {
        SampleGguf sample = SampleGguf.complete();
        sample.version = version;
        try (GgufFile file = open(sample)) {
            Map<String, Object> found = file.metadata();
            assertEquals(17, found.size());
            assertEquals("general.architecture", found.keySet().iterator().next());
            assertEquals("llama", found.get("general.architecture"));
            assertEquals(200L, found.get("a.u8"));
            assertEquals(-100L, found.get("a.i8"));
            assertEquals(60_000L, found.get("a.u16"));
            assertEquals(-30_000L, found.get("a.i16"));
            assertEquals(4_000_000_000L, found.get("a.u32"));
            assertEquals(-2_000_000_000L, found.get("a.i32"));
            assertEquals(0.5, found.get("a.f32"));
            assertEquals(true, found.get("a.bool"));
            assertEquals(Long.MAX_VALUE, found.get("a.u64"));
            assertEquals(Long.MIN_VALUE, found.get("a.i64"));
            assertEquals(0.1, found.get("a.f64"));
            assertArrayEquals(new String[]{"a", "\u2581b", ""}, (String[]) found.get("tokens"));
            assertArrayEquals(new long[]{1, -6}, (long[]) found.get("types"));
            assertArrayEquals(new double[]{-1.5}, (double[]) found.get("scores"));
            assertArrayEquals(new boolean[]{true, false}, (boolean[]) found.get("flags"));
            assertArrayEquals(new long[0], (long[]) found.get("none"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 32, 4096})
    void tensorsAreWhereTheAlignmentPutsThem(int alignment) throws IOException {
        SampleGguf sample = SampleGguf.complete();
        sample.alignment = alignment;
        sample.key("general.alignment", 4, SampleGguf.number(4, alignment));
        try (GgufFile file = open(sample)) {
            assertEquals(List.of("token_embd.weight", "blk.0.attn_q.weight", "blk.0.attn_norm.weight",
                    "blk.0.ffn_up.weight"), List.copyOf(file.tensors().keySet()));
            GgufTensor second = file.tensor("blk.0.attn_q.weight");
            assertEquals(GgufType.Q4_0, second.type());
            assertEquals(List.of(1, 64), second.shape());
            int before = Math.ceilDiv(60, alignment) * alignment;
            assertEquals(file.tensor("token_embd.weight").offset() + before, second.offset());
            assertEquals((byte) (7 * before), second.row(0).get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0));
            assertEquals(List.of(3, 5), file.tensor("token_embd.weight").shape());
            assertEquals(20, file.tensor("token_embd.weight").row(2).byteSize());
            assertEquals(1, file.tensor("blk.0.attn_norm.weight").rows());
            assertThrows(ModelFormatException.class, () -> file.tensor("other"));
        }
    }

    @Test
    void aRealModelIsRead() throws IOException {
        Path path = TestModels.shared("gguf-llama2-tiny-random/llama-2-tiny-random.gguf");
        try (GgufFile file = GgufFile.open(path)) {
            assertEquals("llama", file.metadata().get("general.architecture"));
            long vocabulary = ((String[]) file.metadata().get("tokenizer.ggml.tokens")).length;
            GgufTensor embedding = file.tensor("token_embd.weight");
            assertEquals(vocabulary, embedding.rows());
            assertEquals(file.metadata().get("llama.embedding_length"), (long) embedding.columns());
            assertEquals(12, file.tensors().size());
            for (GgufTensor tensor : file.tensors().values()) {
                float[] row = new float[tensor.columns()];
                for (int r = 0; r < tensor.rows(); r++) {
                    tensor.read(r, row);
                    for (float x : row) {
                        assertTrue(Float.isFinite(x), tensor.name());
                    }
                }
            }
        }
    }

    @Test
    void realVocabulariesAreRead() throws IOException {
        try (Stream<Path> paths = Files.list(TestModels.shared("llama.cpp-vocab"))) {
            for (Path path : paths.filter(p -> p.toString().endsWith(".gguf")).toList()) {
                try (GgufFile file = GgufFile.open(path)) {
                    String[] tokens = (String[]) file.metadata().get("tokenizer.ggml.tokens");
                    long[] types = (long[]) file.metadata().get("tokenizer.ggml.token_type");
                    assertTrue(tokens.length > 30_000, path.toString());
                    assertEquals(tokens.length, types.length, path.toString());
                }
            }
        }
    }

    @Test
    void aSplitModelIsOpenedFromItsFirstFile() throws IOException {
        writeShards(3);
        try (GgufFile file = GgufFile.open(shard(0, 3))) {
            assertEquals(List.of("t0", "t1", "t2"), List.copyOf(file.tensors().keySet()));
            assertEquals(3, file.files().size());
            assertEquals(0L, file.metadata().get("split.no"));
        }
        refused(shard(1, 3), "name that one");
        Path renamed = Files.copy(shard(0, 3), folder.resolve("renamed.gguf"));
        refused(renamed, "-00001-of-00003.gguf");
        Files.copy(shard(1, 3), shard(2, 3), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        refused(shard(0, 3), "the name of a tensor in a file before");
        Files.delete(shard(2, 3));
        String message = assertThrows(NoSuchFileException.class, () -> GgufFile.open(shard(0, 3))).getMessage();
        assertTrue(message.contains("00003-of-00003"), message);
    }

    @ParameterizedTest
    @CsvSource({"4,Q4_2", "31,Q4_0_4_4", "33,Q4_0_8_8", "36,IQ4_NL_4_4"})
    void typesThatAreNoMore_areRefusedByName(int number, String name) throws IOException {
        SampleGguf sample = new SampleGguf();
        sample.tensor("x", number, 36, 64);
        refused(Files.write(folder.resolve("x.gguf"), sample.bytes()),
                number + ", " + name + ", which ggml has removed");
    }

    @Test
    void filesThatDoNotBelongTogetherAreRefused() throws IOException {
        writeShards(2);
        Files.write(shard(1, 2), shard("t1", 0, 2, 2).bytes());
        refused(shard(0, 2), "split.no");
        Files.write(shard(1, 2), shard("t1", 1, 3, 2).bytes());
        refused(shard(0, 2), "split.count");
        Files.write(shard(1, 2), shard("t1", 1, 2, 2).bytes());
        Files.write(shard(0, 2), shard("t0", 0, 2, 5).bytes());
        refused(shard(0, 2), "split.tensors.count");
    }

    private void writeShards(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Files.write(shard(i, count), shard("t" + i, i, count, count).bytes());
        }
    }

    private static SampleGguf shard(String tensor, int number, int count, int tensors) {
        SampleGguf shard = new SampleGguf();
        shard.key("split.no", 2, SampleGguf.number(2, number));
        shard.key("split.count", 2, SampleGguf.number(2, count));
        shard.key("split.tensors.count", 5, SampleGguf.number(4, tensors));
        shard.tensor(tensor, 0, 16, 4);
        return shard;
    }

    private Path shard(int number, int count) {
        return folder.resolve(String.format("m-%05d-of-%05d.gguf", number + 1, count));
    }

    private static void refused(Path path, String word) {
        String message = assertThrows(ModelFormatException.class, () -> GgufFile.open(path)).getMessage();
        assertTrue(message.contains(word), message);
    }

    private GgufFile open(SampleGguf sample) throws IOException {
        return GgufFile.open(Files.write(folder.resolve("x.gguf"), sample.bytes()));
    }
}
