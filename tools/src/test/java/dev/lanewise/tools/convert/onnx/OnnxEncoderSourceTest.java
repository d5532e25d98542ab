package dev.lanewise.tools.convert.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.lanewise.EmbedderOptions;
import dev.lanewise.Model;
import dev.lanewise.Pooling;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tools.TestModels;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.LaneRows;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tools.convert.SampleTensors;
import dev.lanewise.tools.convert.onnx.SampleGraph.Style;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A BERT is recognised in every way that exporters write it, and in no graph that computes something else. */
class OnnxEncoderSourceTest {
    @TempDir
    Path folder;

    static Stream<List<Style>> styles() {
        return Stream.of(List.of(), List.of(Style.FUSED_NORM, Style.FUSED_GELU), List.of(Style.GELU_BY_TANH),
                List.of(Style.RELU), List.of(Style.SILU, Style.SCALED_QUERY), List.of(Style.GEMM),
                List.of(Style.GEMM, Style.STORED_AS_LINEAR), List.of(Style.STORED_AS_LINEAR, Style.IDENTITIES),
                List.of(Style.SHAPE_CONSTANTS, Style.MASK_BY_WHERE), List.of(Style.AXES_AS_INPUT), List.of(Style.HALF),
                List.of(Style.ROOTS_OF_SCALE, Style.AXES_AS_INPUT),
                List.of(Style.ROOTS_OF_SCALE, Style.SCALE_BY_SHAPE, Style.AXES_AS_INPUT),
                List.of(Style.ONE_ATTENTION, Style.AXES_AS_INPUT));
    }

    @ParameterizedTest
    @MethodSource("styles")
    void theWaysOfExportersAreRecognised(List<Style> styles) throws IOException {
        Path file = write(new SampleGraph(styles.toArray(Style[]::new)));
        try (ModelSource source = ModelSource.open(file)) {
            TransformerSpec spec = source.spec();
            assertEquals(new AttentionSpec(2, 3, 1 / Math.sqrt(3)), spec.stack().attention());
            double epsilon = styles.contains(Style.HALF) ? 0 : 1e-12; // what is left of it in 16 bits
            assertEquals(epsilon, spec.stack().norm().epsilon());
            assertEquals(epsilon, spec.embedding().norm().epsilon());
            assertEquals(SampleTensors.LAYERS, spec.stack().layers());
            assertEquals(SampleTensors.POSITIONS, spec.maxTokens());
            assertEquals(styles.contains(Style.GELU_BY_TANH)
                    ? Activation.GELU_TANH
                    : styles.contains(Style.RELU)
                            ? Activation.RELU
                            : styles.contains(Style.SILU) ? Activation.SILU : Activation.GELU,
                    spec.stack().feedForward().activation());
            checkWeights(source);
        }
    }

    /** What ONNX Runtime makes of the graph, of texts of several lengths, the shorter ones filled up. */
    @ParameterizedTest
    @MethodSource("styles")
    void theWaysOfExportersComputeTheSame(List<Style> styles) throws IOException, OrtException {
        assumeFalse(styles.contains(Style.HALF) || styles.contains(Style.FUSED_GELU), "not for ONNX Runtime");
        Path file = write(new SampleGraph(styles.toArray(Style[]::new)));
        Path lane = folder.resolve("graph.lane");
        try (ModelSource source = ModelSource.open(file)) {
            Conversion.convert(source, lane, Conversion.Options.of(DataType.F32), Conversion.Progress.NONE);
        }
        int[][] texts = {{3, 1, 8, 8, 2, 0, 4}, {5}, {7, 6, 3, 1}};
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file.toString(), new OrtSession.SessionOptions());
                OnnxTensor ids = tensor(environment, texts, id -> id);
                OnnxTensor mask = tensor(environment, texts, _ -> 1);
                OnnxTensor types = tensor(environment, texts, _ -> 0);
                OrtSession.Result result = session
                        .run(Map.of("input_ids", ids, "attention_mask", mask, "token_type_ids", types));
                Model model = Model.open(lane)) {
            float[][][] expected = (float[][][]) result.get(0).getValue();
            for (int text = 0; text < texts.length; text++) {
                float[] found = model.embedder(EmbedderOptions.defaults().withPooling(Pooling.CLS))
                        .hiddenStates(texts[text], new int[texts[text].length]);
                for (int i = 0; i < found.length; i++) {
                    assertEquals(expected[text][i / SampleTensors.WIDTH][i % SampleTensors.WIDTH], found[i], 1e-5f);
                }
            }
        }
    }

    /** As long as the longest of the texts, 0 behind the others. */
    private static OnnxTensor tensor(OrtEnvironment environment, int[][] texts, IntUnaryOperator element)
            throws OrtException {
        long[][] rows = new long[texts.length][texts[0].length];
        for (int text = 0; text < texts.length; text++) {
            for (int i = 0; i < texts[text].length; i++) {
                rows[text][i] = element.applyAsInt(texts[text][i]);
            }
        }
        return OnnxTensor.createTensor(environment, rows);
    }

    @ParameterizedTest
    @EnumSource(value = Style.class, names = {"EIGHT_BITS", "EIGHT_BITS_BY_COLUMN",
            "EIGHT_BITS_UNSIGNED"})
    void codesOfEightBitsBecomeExactlyWhatTheyStandFor(Style style) throws IOException {
        SampleGraph graph = new SampleGraph(style);
        Path lane = folder.resolve("codes.lane");
        try (ModelSource source = ModelSource.open(write(graph))) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        try (ModelSource source = ModelSource.open(write(graph)); LaneFile file = LaneFile.open(lane)) {
            int checked = 0;
            for (TensorInfo tensor : source.spec().tensors(DataType.F32).toList()) {
                float[] exact = graph.dequantised.get(SampleTensors.published(tensor.name()));
                if (exact == null) {
                    continue;
                }
                LaneRows stored = new LaneRows(file, tensor.name(), tensor.layout(), tensor.shape());
                assertEquals(DataType.INT8, stored.type());
                float[] row = new float[tensor.columns()];
                for (int i = 0; i < tensor.rows(); i++) {
                    float[] expected = Arrays.copyOfRange(exact, i * row.length, (i + 1) * row.length);
                    source.rows(tensor.name()).read(i, row);
                    assertArrayEquals(expected, row);
                    stored.read(i, row);
                    assertArrayEquals(expected, row);
                }
                checked++;
            }
            assertEquals(6 * SampleTensors.LAYERS, checked);
            assertTrue(source.notes().getFirst().contains("codes of 8 bits"), source.notes().toString());
        }
        graph.node("encoder.layer.0.attention.self.query.integer").inputs.set(2, "onnx::unknown.zero");
        graph.initializers.put("onnx::unknown.zero",
                SampleGraph.tensor("onnx::unknown.zero", new int[0], 2, new byte[1]));
        assertThrows(UnsupportedModelException.class, () -> ModelSource.open(write(graph)));
    }

    private static void checkWeights(ModelSource source) throws IOException {
        Map<String, SampleTensors.Tensor> expected = SampleTensors.bert();
        for (TensorInfo tensor : source.spec().tensors(DataType.F32).toList()) {
            float[] elements = expected.get(SampleTensors.published(tensor.name())).elements();
            float[] found = new float[elements.length];
            float[] row = new float[tensor.columns()];
            for (int i = 0; i < tensor.rows(); i++) {
                source.rows(tensor.name()).read(i, row);
                System.arraycopy(row, 0, found, i * row.length, row.length);
            }
            assertArrayEquals(elements, found, tensor.name());
        }
    }

    /** Each of these graphs differs from BERT in one place, which must be found and named. */
    static Stream<Map.Entry<String, Consumer<SampleGraph>>> differences() {
        String self = "encoder.layer.1.attention.self.";
        return Stream.of(
                difference("encoder.layer.0.activation (Mul)",
                        g -> g.node("encoder.layer.0.activation.erf").op = "Sin"),
                difference("encoder.layer.0.activation (Mul)", g -> swapConstant(g, "encoder.layer.0.activation", 1)),
                difference("a known form", g -> {
                    g.node("encoder.layer.0.activation").op = "Gelu";
                    g.node("encoder.layer.0.activation").attributes.put("approximate", "other");
                }), difference("softmax", g -> g.node(self + "softmax").attributes.put("axis", 1L)),
                difference("softmax of the scores", g -> g.node(self + "softmax").op = "LogSoftmax"),
                difference("scale", g -> g.node(self + "scale").inputs.set(1, "encoder.layer.1.output.dense.bias")),
                difference("masked", g -> g.node(self + "masked").inputs.set(1, "attention_mask")),
                difference("epsilon", g -> swapConstant(g, "encoder.layer.0.output.LayerNorm.epsilon", 1)),
                difference("square", g -> swapConstant(g, "embeddings.LayerNorm.square", 1)),
                difference("embeddings.LayerNorm.centred",
                        g -> g.node("embeddings.LayerNorm.mean").attributes.put("keepdims", 0L)),
                difference("embeddings.LayerNorm.centred",
                        g -> g.node("embeddings.LayerNorm.mean").attributes.put("axes", new long[]{1})),
                difference("self.swap", g -> g.node(self + "swap").attributes.put("perm", new long[]{0, 1, 2, 3})),
                difference("self.keys", g -> g.node(self + "keys").attributes.put("perm", new long[]{0, 2, 1, 3})),
                difference("other_input", g -> g.inputs.add("other_input")),
                difference("quantised", g -> g.node(self + "query.matmul").op = "QLinearMatMul"),
                difference("(com.example.Add)", g -> g.nodes.getLast().domain = "com.example"),
                difference("one input", g -> g.node(self + "key.matmul").inputs.set(0, "/encoder.layer.0.attention."
                        + "output.LayerNorm_output")),
                difference("what is added", g -> g.node("encoder.layer.0.output.add").inputs.set(1,
                        "/embeddings.LayerNorm_output")),
                difference("token, a type", g -> g.node("words").op = "GatherElements"),
                difference("one look-up", g -> g.node("types").inputs.set(1, "input_ids")),
                difference("positions", g -> g.initializers.put("embeddings.position_ids", SampleGraph
                        .tensor("embeddings.position_ids", new int[]{1, 8}, 7, places(0, 1, 2, 3, 4, 5, 6, 6)))),
                difference("one look-up", g -> g.initializers.put("embeddings.position_ids", SampleGraph
                        .tensor("embeddings.position_ids", new int[]{1, 8}, 7, places(0, 0, 0, 0, 0, 0, 0, 0)))),
                difference("its dimensions from", g -> g.nodes.stream()
                        .filter(n -> n.op.equals("Shape") && n.inputs.getFirst().contains("swap")).findFirst()
                        .orElseThrow().inputs.set(0, "embeddings.word_embeddings.weight")),
                difference("differs from the first", g -> swapConstant(g, self + "scale", 1)),
                difference("none of which", g -> g.outputs = List.of("/words_output", "/types_output")),
                difference("node sum (Add)", g -> g.outputs = List.of("/sum_output")));
    }

    /** Differences from graphs in newer ways of writing attention. */
    static Stream<Arguments> newerDifferences() {
        String self = "encoder.layer.1.attention.self.";
        String all = "attention to all tokens";
        return Stream.of(
                newer(Style.ROOTS_OF_SCALE, "change places",
                        g -> g.node(self + "keys.flat").inputs.set(1, constant(g, -1, 3, 7))),
                newer(Style.ROOTS_OF_SCALE, "change places",
                        g -> g.node(self + "keys.swapped").attributes.put("perm", new long[]{0, 1, 2})),
                newer(Style.ROOTS_OF_SCALE, "change places",
                        g -> g.node(self + "keys").inputs.set(1, constant(g, 1, 2, 3, 7))),
                newer(Style.ROOTS_OF_SCALE, "differs from the first", g -> swapConstant(g, self + "scale2", 1)),
                newer(Style.ONE_ATTENTION, all, g -> g.node(self + "context").attributes.put("is_causal", 1L)),
                newer(Style.ONE_ATTENTION, all, g -> g.node(self + "context").attributes.put("softcap", 30f)),
                newer(Style.ONE_ATTENTION, all, g -> g.node(self + "context").inputs.set(3, "attention_mask")),
                newer(Style.ONE_ATTENTION, all, g -> g.node(self + "context").inputs.remove(3)),
                newer(Style.ONE_ATTENTION, all, g -> g.node(self + "context").inputs.add("attention_mask")),
                newer(Style.ONE_ATTENTION, "differs from the first",
                        g -> g.node(self + "context").attributes.put("scale", 0.7f)));
    }

    private static Arguments newer(Style style, String named, Consumer<SampleGraph> change) {
        return Arguments.of(style, named, change);
    }

    @ParameterizedTest
    @MethodSource("newerDifferences")
    void newerGraphsThatComputeSomethingElseAreRefused(Style style, String named, Consumer<SampleGraph> change)
            throws IOException {
        SampleGraph graph = new SampleGraph(style);
        change.accept(graph);
        refuses(graph, named);
    }

    private static String constant(SampleGraph graph, long... numbers) {
        graph.initializers.put("numbers",
                SampleGraph.tensor("numbers", new int[]{numbers.length}, 7, places(numbers)));
        return "numbers";
    }

    @Test
    void theOutputThatOthersAreMadeOf_isTheHiddenState() throws IOException {
        SampleGraph graph = new SampleGraph();
        graph.node("encoder.layer.1.output.LayerNorm").outputs.set(0, "layer_norm_4");
        SampleGraph.Node pooled = new SampleGraph.Node("Tanh", "pooled", List.of("layer_norm_4"), List.of("tanh"));
        graph.nodes.add(pooled);
        graph.outputs = List.of("tanh", "layer_norm_4");
        try (ModelSource source = ModelSource.open(write(graph))) {
            checkWeights(source);
            assertTrue(source.notes().toString().contains("tanh"), source.notes().toString());
        }
    }

    /** As the converters to 16 bits of ONNX Runtime leave it, unless told otherwise. */
    @Test
    void aGraphIn16BitsMayGiveItsOutputIn32() throws IOException {
        SampleGraph graph = new SampleGraph(Style.HALF);
        graph.node("encoder.layer.1.output.LayerNorm").outputs.set(0, "half");
        SampleGraph.Node cast = new SampleGraph.Node("Cast", "cast", List.of("half"), List.of("last_hidden_state"));
        cast.attributes.put("to", 1L);
        graph.nodes.add(cast);
        try (ModelSource source = ModelSource.open(write(graph))) {
            checkWeights(source);
        }
        cast.attributes.put("to", 7L);
        assertTrue(assertThrows(UnsupportedModelException.class, () -> ModelSource.open(write(graph))).getMessage()
                .contains("cast"));
    }

    private static byte[] places(long... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long n : numbers) {
            bytes.putLong(n);
        }
        return bytes.array();
    }

    /** What the message must name, and the change. */
    private static Map.Entry<String, Consumer<SampleGraph>> difference(String named, Consumer<SampleGraph> change) {
        return Map.entry(named, change);
    }

    /** Puts 0.7 in the place of a constant. */
    private static void swapConstant(SampleGraph graph, String node, int input) {
        String constant = graph.node(node).inputs.get(input);
        SampleGraph.Node holder = graph.nodes.stream().filter(n -> n.outputs.contains(constant)).findFirst()
                .orElseThrow();
        holder.attributes.put("value", SampleGraph.tensor("", new int[0], 1, new byte[]{0x33, 0x33, 0x33, 0x3F}));
    }

    @ParameterizedTest
    @MethodSource("differences")
    void graphsThatComputeSomethingElseAreRefused(Map.Entry<String, Consumer<SampleGraph>> difference)
            throws IOException {
        SampleGraph graph = new SampleGraph();
        difference.getValue().accept(graph);
        refuses(graph, difference.getKey());
    }

    private void refuses(SampleGraph graph, String named) throws IOException {
        Path file = write(graph);
        String message = assertThrows(UnsupportedModelException.class, () -> ModelSource.open(file)).getMessage();
        assertTrue(message.contains("supported are encoders of the BERT"), message);
        assertTrue(message.contains(named), message);
        assertTrue(message.length() < 800, message);
    }

    @Test
    void theRealModelIsRecognised() throws IOException {
        Path file = folder.resolve("all-minilm-l6-v2.onnx");
        Files.write(file, TestModels.resource("/all-minilm-l6-v2.onnx"));
        Files.write(folder.resolve("all-minilm-l6-v2-tokenizer.json"),
                TestModels.resource("/all-minilm-l6-v2-tokenizer.json"));
        try (ModelSource source = ModelSource.open(file); OnnxGraph graph = OnnxGraph.open(file)) {
            TransformerSpec spec = source.spec();
            assertEquals(new AttentionSpec(12, 32, 1 / Math.sqrt(32)), spec.stack().attention());
            assertEquals(30522, spec.embedding().vocabulary());
            assertEquals(512, spec.maxTokens());
            assertEquals(1536, spec.stack().feedForward().width());
            assertEquals(Activation.GELU, spec.stack().feedForward().activation());
            assertEquals(30522, source.tokenizer().orElseThrow().size());
            float[] row = new float[1536];
            source.rows("encoder.layers.0.feed_forward.down.weight").read(383, row);
            ForeignTensor stored = graph.tensors().get("onnx::MatMul_799"); // [1536][384]
            float[] line = new float[384];
            for (int i = 0; i < row.length; i++) {
                stored.rows().read(i, line);
                assertEquals(line[383], row[i]);
            }
        }
    }

    private Path write(SampleGraph graph) throws IOException {
        return Files.write(folder.resolve("graph.onnx"), graph.bytes());
    }
}
