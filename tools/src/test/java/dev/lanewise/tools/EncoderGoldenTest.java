package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import dev.lanewise.Embedder;
import dev.lanewise.EmbedderOptions;
import dev.lanewise.Model;
import dev.lanewise.TextEmbedding;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tensor.DataType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Encoders against what other implementations computed. */
class EncoderGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** ONNX Runtime, float32; the reference itself moves by 2e-7 with its optimisations off. */
    private static final double VECTOR_TOLERANCE = 1e-5;
    private static final double HIDDEN_TOLERANCE = 2e-4;

    @TempDir
    Path work;

    @Test
    void miniLm_vectors_equalOnnxRuntime_aloneAndInOneBatch() throws IOException {
        JsonNode cases = JSON.readTree(TestModels.shared("all-minilm-l6-v2/golden.json").toFile()).get("cases");
        List<String> texts = new ArrayList<>();
        cases.forEach(c -> texts.add(c.get("text").asText()));
        try (Model model = Model.open(MiniLm.lane(DataType.F32))) {
            Embedder embedder = model.embedder(EmbedderOptions.defaults().withTruncate(true));
            List<TextEmbedding> batch = embedder.embedTexts(texts);
            for (int i = 0; i < texts.size(); i++) {
                JsonNode c = cases.get(i);
                float[] alone = embedder.embed(texts.get(i));
                for (int j = 0; j < alone.length; j++) {
                    assertEquals(c.get("vector").get(j).doubleValue(), alone[j], VECTOR_TOLERANCE,
                            c.get("name").asText());
                }
                assertArrayEquals(alone, batch.get(i).vector(), c.get("name").asText());
                assertEquals(c.get("tokens_before_truncation").intValue(), batch.get(i).tokens());
                assertEquals(c.get("tokens_before_truncation").intValue() > 512, batch.get(i).truncated());
            }
        }
    }

    @Test
    void miniLm_hiddenStates_equalOnnxRuntime() throws IOException {
        Path folder = TestModels.shared("all-minilm-l6-v2");
        JsonNode cases = JSON.readTree(folder.resolve("golden.json").toFile()).get("cases");
        int checked = 0;
        try (Model model = Model.open(MiniLm.lane(DataType.F32))) {
            for (JsonNode c : cases) {
                Path hidden = folder.resolve("hidden-" + c.get("name").asText() + ".npy");
                if (Files.exists(hidden)) {
                    float[] expected = Npy.floats(hidden);
                    float[] found = model.embedder().hiddenStates(ints(c.get("ids")), null);
                    assertArrayEquals(expected, found, (float) HIDDEN_TOLERANCE);
                    checked++;
                }
            }
        }
        assertEquals(2, checked);
    }

    @Test
    void miniLm_textIntoAnArray_allocatesNothing() throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        String text = "A man is eating food, and the girl is carrying a baby.";
        try (Model model = Model.open(MiniLm.lane(DataType.F32))) {
            Embedder embedder = model.embedder();
            float[] out = new float[model.width()];
            long least = Long.MAX_VALUE;
            // Until compiled, vector code allocates; the steady state is the least of many rounds.
            for (int round = 0; round < 4000 && least > 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 5; i++) {
                    embedder.embed(text, out, 0);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least, "bytes in 5 calls");
        }
    }

    @Test
    void miniLm_in16Bits_staysNearFloat32() throws IOException {
        List<String> texts = List.of("A man is eating food.", "A man eats something.", "The girl is carrying a baby.");
        float[][] exact;
        try (Model model = Model.open(MiniLm.lane(DataType.F32))) {
            exact = model.embedder().embedAll(texts);
        }
        for (DataType type : List.of(DataType.BF16, DataType.F16)) {
            assertTrue(Files.size(MiniLm.lane(type)) < 0.52 * Files.size(MiniLm.lane(DataType.F32)));
            try (Model model = Model.open(MiniLm.lane(type))) {
                float[][] found = model.embedder().embedAll(texts);
                for (int i = 0; i < texts.size(); i++) {
                    double cosine = 0;
                    for (int j = 0; j < found[i].length; j++) {
                        cosine += (double) exact[i][j] * found[i][j];
                    }
                    assertEquals(1, cosine, type == DataType.BF16 ? 1e-3 : 2e-6, type + " " + texts.get(i));
                }
            }
        }
    }

    @Test
    void miniLm_similarities_stayNearFloat32_in8And16Bits() throws IOException {
        JsonNode cases = JSON.readTree(TestModels.shared("all-minilm-l6-v2/golden.json").toFile()).get("cases");
        List<String> texts = new ArrayList<>();
        cases.forEach(c -> texts.add(c.get("text").asText()));
        double[][] exact = similarities(DataType.F32, texts);
        for (DataType type : List.of(DataType.Q8_0, DataType.BF16)) {
            double share = type == DataType.Q8_0 ? 0.28 : 0.52;
            assertTrue(Files.size(MiniLm.lane(type)) < share * Files.size(MiniLm.lane(DataType.F32)), type.toString());
            double[][] found = similarities(type, texts);
            for (int i = 0; i < exact.length; i++) {
                for (int j = 0; j < exact.length; j++) {
                    assertEquals(exact[i][j], found[i][j], type == DataType.Q8_0 ? 0.005 : 0.002,
                            type + ", " + cases.get(i).get("name") + ", " + cases.get(j).get("name"));
                }
            }
        }
    }

    private static double[][] similarities(DataType type, List<String> texts) throws IOException {
        float[][] vectors;
        try (Model model = Model.open(MiniLm.lane(type))) {
            vectors = model.embedder(EmbedderOptions.defaults().withTruncate(true)).embedAll(texts);
        }
        double[][] cosines = new double[vectors.length][vectors.length];
        for (int i = 0; i < vectors.length; i++) {
            for (int j = 0; j < vectors.length; j++) {
                for (int k = 0; k < vectors[i].length; k++) {
                    cosines[i][j] += (double) vectors[i][k] * vectors[j][k];
                }
            }
        }
        return cosines;
    }

    @TestFactory
    Stream<DynamicTest> everyFamilyEqualsTransformers() {
        Path zoo = TestModels.shared("hf-tiny");
        return Stream.of("albert", "bert", "bert-classifier", "bert-masked-lm", "distilbert", "distilbert-classifier",
                "electra", "modernbert", "modernbert-classifier", "mpnet", "nomic-bert", "roberta", "xlm-roberta",
                "xlm-roberta-reranker").map(
                        name -> DynamicTest.dynamicTest(name, () -> check(zoo.resolve(name), zoo.resolve(name))));
    }

    /** As torch.onnx exports them, by either exporter and from three versions of transformers; resources/onnx/make.py made them. */
    @TestFactory
    Stream<DynamicTest> exportedGraphsEqualTransformers() {
        Path zoo = TestModels.shared("hf-tiny");
        return Stream.of("bert", "distilbert", "mpnet", "roberta", "xlm-roberta").flatMap(name -> Stream
                .of("4.36", "4.53", "5", "dynamo", "sdpa", "opset23")
                // transformers writes mpnet's attention out itself, always in the same way.
                .filter(way -> !name.equals("mpnet") || !List.of("4.53", "sdpa", "opset23").contains(way))
                .map(way -> DynamicTest.dynamicTest(name + ", " + way, () -> {
                    Path graph = graph(name + "-" + way);
                    Files.copy(zoo.resolve(name).resolve("model.safetensors"),
                            graph.resolveSibling("model.safetensors"));
                    check(graph, zoo.resolve(name));
                })));
    }

    private Path graph(String name) throws IOException {
        Path folder = Files.createDirectories(work.resolve(name));
        byte[] packed = TestModels.resource("/onnx/" + name + ".onnx.gz");
        return Files.write(folder.resolve("graph-of-" + name + ".onnx"),
                new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes());
    }

    /** Its weights, tables and bias by distance are codes; onnxruntime, which rounds inputs too, is 0.09 from transformers. */
    @Test
    void anExportedGraphInEightBits_staysNearTransformers() throws IOException {
        JsonNode cases = JSON.readTree(TestModels.shared("hf-tiny/mpnet/golden.json").toFile()).get("cases");
        Path lane = work.resolve("int8.lane");
        try (ModelSource model = ModelSource.open(graph("mpnet-int8"))) {
            Conversion.convert(model, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        try (EncoderNetwork network = EncoderNetwork.open(lane, 2)) {
            assertEquals(14, network.file().directory().values().stream()
                    .filter(tensor -> tensor.info().type() == DataType.INT8).count());
            for (JsonNode c : cases) {
                check(c.get("last_hidden_state"),
                        network.run(List.of(ints(c.get("input_ids"))), List.of(types(c))).getFirst().hidden(), 0.08);
            }
        }
    }

    private void check(Path source, Path folder) throws IOException {
        JsonNode golden = JSON.readTree(folder.resolve("golden.json").toFile());
        double tolerance = Math.max(2e-5, 10 * golden.get("float64_max_abs_diff").doubleValue());
        Path lane = work.resolve(source.getFileName() + ".lane");
        try (ModelSource model = ModelSource.open(source)) {
            Conversion.convert(model, lane, Conversion.Options.of(DataType.F32), Conversion.Progress.NONE);
        }
        try (EncoderNetwork network = EncoderNetwork.open(lane, 2)) {
            for (JsonNode c : golden.get("cases")) {
                check(c, network.run(List.of(ints(c.get("input_ids"))), List.of(types(c))).getFirst(), tolerance);
            }
            JsonNode padded = golden.get("padded_batch");
            List<int[]> ids = new ArrayList<>();
            List<int[]> types = new ArrayList<>();
            for (int row = 0; row < padded.get("input_ids").size(); row++) {
                int length = Arrays.stream(ints(padded.get("attention_mask").get(row))).sum();
                ids.add(Arrays.copyOf(ints(padded.get("input_ids").get(row)), length));
                types.add(padded.has("token_type_ids")
                        ? Arrays.copyOf(ints(padded.get("token_type_ids").get(row)), length)
                        : new int[length]);
            }
            List<EncoderNetwork.Output> together = network.run(ids, types);
            for (int row = 0; row < ids.size(); row++) {
                check(padded.get("outputs").get(row), together.get(row), tolerance);
                EncoderNetwork.Output alone = network.run(List.of(ids.get(row)), List.of(types.get(row))).getFirst();
                assertArrayEquals(alone.hidden(), together.get(row).hidden());
                assertArrayEquals(alone.logits(), together.get(row).logits());
            }
        }
    }

    private static int[] types(JsonNode c) {
        return c.has("token_type_ids") ? ints(c.get("token_type_ids")) : new int[c.get("input_ids").size()];
    }

    private static void check(JsonNode expected, EncoderNetwork.Output found, double tolerance) {
        check(expected.get("last_hidden_state"), found.hidden(), tolerance);
        assertEquals(expected.has("logits"), found.logits() != null);
        if (expected.has("logits")) {
            JsonNode logits = expected.get("logits");
            check(logits.get(0).isArray() ? logits : JSON.createArrayNode().add(logits), found.logits(), tolerance);
        }
    }

    private static void check(JsonNode expected, float[][] found, double tolerance) {
        assertEquals(expected.size(), found.length);
        for (int i = 0; i < found.length; i++) {
            assertEquals(expected.get(i).size(), found[i].length);
            for (int j = 0; j < found[i].length; j++) {
                assertEquals(expected.get(i).get(j).doubleValue(), found[i][j], tolerance, "row " + i + ", " + j);
            }
        }
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).intValue();
        }
        return values;
    }
}
