package dev.lanewise.tools.convert.ctranslate2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.LanewiseException;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tools.TestModels;
import dev.lanewise.tools.convert.ElementType;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tools.convert.Mutations;
import dev.lanewise.writer.TensorRows;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of CTranslate2 in every version, damaged ones, and hostile ones. */
class CTranslate2FileTest {
    private static final int MUTATIONS = 100_000;
    private static final int FOLDER_MUTATIONS = 2_000;
    /** Bytes of heap to read a file of 17 kB, or to refuse it; a first failure loads classes. */
    private static final long MOST_ALLOCATED = 4 << 20;

    @TempDir
    Path work;

    private static byte[] resource(String name) {
        return TestModels.resource("/ctranslate2/" + name);
    }

    private static SampleBin sample(String name) {
        return SampleBin.of(resource(name + "/model.bin"));
    }

    /** Reads all that conversion reads. */
    private static Map<String, float[]> readAll(byte[] file) throws IOException {
        Variables variables = Variables.parse("model.bin", MemorySegment.ofArray(file));
        Attributes in = new Attributes("model.bin", variables);
        TransformerSpec spec = new SpecReader("model.bin", variables.kind(), in, 0).read();
        SpecTensors tensors = new SpecTensors(in, spec, -1);
        in.finish();
        Map<String, float[]> rows = new TreeMap<>();
        for (TensorInfo info : spec.tensors(DataType.F32).toList()) {
            TensorRows reader = tensors.rows(info.name());
            float[] row = new float[info.columns()];
            for (int i = 0; i < info.rows(); i++) {
                reader.read(i, row);
            }
            rows.put(info.name(), row);
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6})
    void everyVersionSaysTheSame(int version) throws IOException {
        Map<String, float[]> expected = readAll(resource("zero-start/model.bin"));
        Map<String, float[]> found = readAll(sample("zero-start").bytes(version));
        expected.forEach((name, row) -> assertArrayEquals(row, found.get(name), name));
    }

    /** The first version has the names of OpenNMT-tf, and says neither heads nor norms. */
    @Test
    void theFirstVersion() throws IOException {
        SampleBin sample = sample("pre");
        sample.variables.entrySet().removeIf(entry -> entry.getValue().shape().isEmpty()
                || entry.getKey().contains("layernorm_embedding"));
        byte[] second = named(sample, name -> name, "TransformerBase", 2).bytes(2);
        byte[] first = named(sample, name -> "transformer/" + name.replace("embeddings_0", "embeddings")
                .replace("embeddings/weight", "w_embs").replace("weight", "kernel").replace("layer_norm", "LayerNorm")
                .replace("projection", "dense").replace("linear_0", "conv1d").replace("linear_", "conv1d_")
                .replaceAll("(encoder.*)self_attention", "$1multi_head")
                .replaceAll("(decoder.*)/attention", "$1/multi_head").replace("self_attention", "masked_multi_head")
                + ":0", "", 1).bytes(1);
        Map<String, float[]> expected = readAll(second);
        Map<String, float[]> found = readAll(first);
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, row) -> assertArrayEquals(row, found.get(name), name));
    }

    private static SampleBin named(SampleBin from, UnaryOperator<String> names, String kind,
            int revision) {
        SampleBin sample = new SampleBin();
        sample.kind = kind;
        sample.revision = revision;
        from.variables.forEach((name, variable) -> sample.variables.put(names.apply(name), variable));
        return sample;
    }

    @ParameterizedTest
    @ValueSource(strings = {"F16", "BF16"})
    void halvesKeepTheirType(String type) throws IOException {
        SampleBin sample = sample("pre");
        sample.widen(ElementType.valueOf(type));
        Variables variables = Variables.parse("model.bin", MemorySegment.ofArray(sample.bytes(6)));
        Attributes in = new Attributes("model.bin", variables);
        SpecTensors tensors = new SpecTensors(in, new SpecReader("model.bin", "TransformerSpec", in, 0).read(), -1);
        assertEquals(DataType.valueOf(type), tensors.type("embedding.token.weight"));
        Map<String, float[]> halves = readAll(sample.bytes(6));
        readAll(resource("pre/model.bin")).forEach((name, row) -> {
            for (int i = 0; i < row.length; i++) {
                assertEquals(row[i], halves.get(name)[i], Math.abs(row[i]) * 0x1p-7 + 1e-7, name);
            }
        });
    }

    static List<Arguments> unsupported() {
        return List.of(change("a kind", "Wav2Vec2Spec", s -> s.kind = "Wav2Vec2Spec"),
                change("a decoder alone", "TransformerDecoderSpec", s -> s.kind = "TransformerDecoderSpec"),
                change("an activation", "decoder/activation is 4",
                        s -> s.variables.put("decoder/activation", number(4))),
                change("alibi", "decoder/alibi", s -> s.variables.put("decoder/alibi", number(1))),
                change("a norm of queries", "q_norm",
                        s -> s.variables.put("encoder/layer_0/self_attention/q_norm/gamma", vector(4))),
                change("positions by vectors", "relative_position_keys",
                        s -> s.variables.put("decoder/layer_0/self_attention/relative_position_keys", vector(8))),
                change("an unknown variable", "'decoder/surprise'",
                        s -> s.variables.put("decoder/surprise", vector(3))),
                change("a layer of its own way", "another than in the first layer",
                        s -> s.variables.put("decoder/layer_1/self_attention/queries_scale", number(3))),
                change("features", "'encoder/embeddings_1/weight'",
                        s -> s.variables.put("encoder/embeddings_1/weight", vector(3))));
    }

    private static Arguments change(String name, String word, Consumer<SampleBin> change) {
        return Arguments.of(name, word, change);
    }

    private static SampleBin.Variable number(int value) {
        return new SampleBin.Variable(ElementType.I8, List.of(), new byte[]{(byte) value});
    }

    private static SampleBin.Variable vector(int length) {
        return new SampleBin.Variable(ElementType.F32, List.of((long) length), new byte[4 * length]);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unsupported")
    void whatHasNoWordIsRefusedByName(String name, String word, Consumer<SampleBin> change) {
        SampleBin sample = sample("post");
        change.accept(sample);
        UnsupportedModelException e = assertThrows(UnsupportedModelException.class, () -> readAll(sample.bytes(6)));
        assertTrue(e.getMessage().contains(word), e.getMessage());
    }

    static List<Arguments> damages() {
        return List.of(change("no norm", "variable encoder/layer_0/ffn/layer_norm/gamma", s -> s.variables
                .remove("encoder/layer_0/ffn/layer_norm/gamma")),
                change("no scales", "variable decoder/layer_0/ffn/linear_0/weight", s -> s.variables
                        .remove("decoder/layer_0/ffn/linear_0/weight_scale")),
                change("too few scales", "weight_scale", s -> s.variables
                        .put("decoder/layer_0/ffn/linear_0/weight_scale", vector(1))),
                change("a short bias", "shape", s -> s.variables.put("decoder/layer_1/ffn/linear_0/bias", vector(3))),
                change("a matrix as a vector", "two dimensions",
                        s -> s.variables.put("decoder/embeddings/weight", vector(88))),
                change("heads that do not divide", "rows",
                        s -> s.variables.put("encoder/num_heads", number(3))),
                change("no heads", "encoder/num_heads", s -> s.variables.put("encoder/num_heads", number(0))),
                change("an alias of nothing", "the name of a variable", s -> s.aliases.put("x", "y")),
                change("a name twice", "again", s -> s.aliases.put("decoder/num_heads", "encoder/num_heads")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damages")
    void damagedFilesAreRefused(String name, String word, Consumer<SampleBin> change) {
        SampleBin sample = sample("bytes");
        change.accept(sample);
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> readAll(sample.bytes(6)));
        assertTrue(e.getMessage().contains(word), e.getMessage());
    }

    @Test
    void everyFileThatIsCutIsRefused() {
        byte[] file = resource("bytes/model.bin");
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            assertThrows(ModelFormatException.class, () -> readAll(cut), "cut to " + length);
        }
        assertThrows(ModelFormatException.class, () -> readAll(Arrays.copyOf(file, file.length + 1)));
    }

    @Test
    void mutatedFilesAreReadOrRefused() {
        byte[][] files = {resource("bytes/model.bin"), resource("relative/model.bin"), sample("post").bytes(2)};
        Mutations.check(MUTATIONS, random -> mutate(files[random.nextInt(files.length)], random), MOST_ALLOCATED,
                MUTATIONS / 10, CTranslate2FileTest::readAll);
    }

    private static byte[] mutate(byte[] file, Random random) {
        byte[] mutated = file.clone();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            // Half of them where the first names and shapes are; elements have no meaning that could be wrong.
            int at = random.nextInt(random.nextBoolean() ? file.length : 400);
            switch (random.nextInt(5)) {
                case 0 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> mutated[at] = (byte) random.nextInt(256);
                case 2 ->
                    Arrays.fill(mutated, at, Math.min(file.length, at + 4), (byte) (random.nextBoolean() ? 0 : -1));
                case 3 -> System.arraycopy(file, random.nextInt(file.length - 16), mutated,
                        Math.min(at, file.length - 16), random.nextInt(16));
                default -> {
                    return Arrays.copyOf(mutated, random.nextInt(file.length));
                }
            }
        }
        return mutated;
    }

    /** The files beside the weights, and tokenizers of SentencePiece among them. */
    @ParameterizedTest
    @ValueSource(strings = {"config.json", "source_vocabulary.json", "target_vocabulary.txt", "source.spm"})
    void mutatedFilesBesideItAreReadOrRefused(String name) throws IOException {
        for (String file : List.of("model.bin", "config.json", "source_vocabulary.json", "target_vocabulary.json")) {
            Files.write(work.resolve(file), resource("post/" + file));
        }
        byte[] content = switch (name) {
            case "source.spm" -> TestModels.resource("/sentencepiece/unigram.model");
            case "target_vocabulary.txt" -> "<s>\r\n<unk>\r\n</s>\r\nv0\nv1\nv2\nv3\nv4\nv5\nv6\nv7\n".getBytes();
            default -> resource("post/" + name);
        };
        if (name.equals("source.spm")) {
            Files.write(work.resolve("target.spm"), content);
        } else if (name.endsWith(".txt")) {
            Files.delete(work.resolve("target_vocabulary.json"));
        }
        Path file = work.resolve(name);
        int refused = 0;
        for (int seed = 0; seed < FOLDER_MUTATIONS; seed++) {
            byte[] mutated = content.clone();
            Random random = new Random(seed);
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, random.nextInt(4) == 0
                    ? Arrays.copyOf(mutated, random.nextInt(mutated.length))
                    : mutated);
            try (ModelSource source = ModelSource.open(work)) {
                assertTrue(source.tokenizer().isPresent());
            } catch (LanewiseException e) {
                refused++;
            }
        }
        assertTrue(refused > FOLDER_MUTATIONS / 20, refused + " refused");
    }

    @Test
    void vocabularyAndEmbeddingOfDifferentSize() throws IOException {
        for (String file : List.of("model.bin", "config.json", "source_vocabulary.json", "target_vocabulary.json")) {
            Files.write(work.resolve(file), resource("post/" + file));
        }
        Files.writeString(work.resolve("source_vocabulary.json"), "[\"<unk>\",\"<s>\",\"</s>\",\"a\"]");
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> ModelSource.open(work));
        assertTrue(e.getMessage().contains("14 tokens, as the model has embeddings"), e.getMessage());
    }
}
