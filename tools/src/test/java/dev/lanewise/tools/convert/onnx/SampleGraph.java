package dev.lanewise.tools.convert.onnx;

import com.google.protobuf.CodedOutputStream;
import dev.lanewise.tools.convert.SampleTensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes ONNX graphs of the BERT of {@link SampleTensors}, in the ways that exporters write it, for tests to read, to change
 * and to damage.
 */
public final class SampleGraph {
    final List<Node> nodes = new ArrayList<>();
    final Map<String, byte[]> initializers = new LinkedHashMap<>();
    List<String> inputs = new ArrayList<>(List.of("input_ids", "attention_mask", "token_type_ids"));
    List<String> outputs = new ArrayList<>(List.of("last_hidden_state"));
    long opset = 11;
    private final Set<Style> styles;
    private final int width;
    private int constants;
    /** What codes of 8 bits stand for, [out][in], by the name of the weights. */
    final Map<String, float[]> dequantised = new LinkedHashMap<>();

    /** How exporters differ. */
    public enum Style {
        FUSED_NORM, FUSED_GELU, GELU_BY_TANH, RELU, SILU, GEMM, STORED_AS_LINEAR, SHAPE_CONSTANTS, SCALED_QUERY, MASK_BY_WHERE, AXES_AS_INPUT, IDENTITIES, HALF, EIGHT_BITS, EIGHT_BITS_BY_COLUMN, EIGHT_BITS_UNSIGNED, ROOTS_OF_SCALE, SCALE_BY_SHAPE, ONE_ATTENTION
    }

    /** A node that tests may change. */
    public static final class Node {
        public String op;
        String name;
        String domain = "";
        final List<String> inputs;
        final List<String> outputs;
        final Map<String, Object> attributes = new LinkedHashMap<>();

        Node(String op, String name, List<String> inputs, List<String> outputs) {
            this.op = op;
            this.name = name;
            this.inputs = new ArrayList<>(inputs);
            this.outputs = new ArrayList<>(outputs);
        }
    }

    public SampleGraph(Style... styles) {
        this.styles = styles.length == 0 ? EnumSet.noneOf(Style.class) : EnumSet.copyOf(List.of(styles));
        if (has(Style.ONE_ATTENTION)) {
            opset = 23;
        } else if (has(Style.AXES_AS_INPUT)) {
            opset = 18;
        } else if (has(Style.FUSED_NORM)) {
            opset = 17;
        }
        // Codes of 8 bits are kept where rows are of whole fours.
        width = quantised() ? 8 : SampleTensors.WIDTH;
        Map<String, SampleTensors.Tensor> tensors = SampleTensors.bert(width, quantised() ? 12 : SampleTensors.INNER);
        tensors.forEach((name, tensor) -> {
            if (tensor.shape().length == 1 || name.startsWith("embeddings.")) {
                floats(name, tensor.shape(), tensor.elements());
            }
        });
        encoder(tensors);
    }

    public Node node(String name) {
        return nodes.stream().filter(node -> node.name.equals(name)).findFirst().orElseThrow();
    }

    private boolean has(Style style) {
        return styles.contains(style);
    }

    private boolean quantised() {
        return has(Style.EIGHT_BITS) || has(Style.EIGHT_BITS_BY_COLUMN) || has(Style.EIGHT_BITS_UNSIGNED);
    }

    private void encoder(Map<String, SampleTensors.Tensor> tensors) {
        String mask = mask();
        String positions = positions();
        String words = op("Gather", "words", "embeddings.word_embeddings.weight", "input_ids");
        String types = op("Gather", "types", "embeddings.token_type_embeddings.weight", "token_type_ids");
        String sum = op("Add", "sum", words, types);
        String places = op("Gather", "places", "embeddings.position_embeddings.weight", positions);
        String hidden = norm("embeddings.LayerNorm", op("Add", "sum2", sum, places));
        for (int i = 0; i < SampleTensors.LAYERS; i++) {
            String layer = "encoder.layer." + i + ".";
            String self = layer + "attention.self.";
            String key = linear(tensors, self + "key", hidden);
            String value = linear(tensors, self + "value", hidden);
            String query = linear(tensors, self + "query", hidden);
            String values = heads(self + "values", value, value, 0, 2, 1, 3);
            String queries = heads(self + "queries", query, query, 0, 2, 1, 3);
            String heads = has(Style.ONE_ATTENTION)
                    ? op("Attention", self + "context", queries, heads(self + "keys", key, key, 0, 2, 1, 3), values,
                            mask)
                    : op("MatMul", self + "context", probabilities(self, queries, key, mask), values);
            String context = op("Transpose", self + "swap", heads);
            nodes.getLast().attributes.put("perm", new long[]{0, 2, 1, 3});
            String joined = op("Reshape", self + "join", context, shape(context, width));
            String attended = linear(tensors, layer + "attention.output.dense", joined);
            hidden = norm(layer + "attention.output.LayerNorm",
                    op("Add", layer + "attention.output.add", attended, hidden));
            String up = linear(tensors, layer + "intermediate.dense", hidden);
            String down = linear(tensors, layer + "output.dense", activation(layer + "activation", up));
            hidden = norm(layer + "output.LayerNorm", op("Add", layer + "output.add", down, hidden));
        }
        nodes.getLast().outputs.set(0, "last_hidden_state");
    }

    private String probabilities(String self, String queries, String key, String mask) {
        float root = (float) Math.sqrt((double) width / SampleTensors.HEADS);
        String scores;
        if (has(Style.ROOTS_OF_SCALE)) {
            String part = has(Style.SCALE_BY_SHAPE)
                    ? scaleByShape(self, queries)
                    : scalar((float) (1 / Math.sqrt(root)));
            scores = op("MatMul", self + "scores", op("Mul", self + "scale", queries, part),
                    op("Mul", self + "scale2", swappedApart(self + "keys", key), part));
        } else if (has(Style.SCALED_QUERY)) {
            scores = op("MatMul", self + "scores", op("Mul", self + "scale", queries, scalar(1 / root)),
                    heads(self + "keys", key, key, 0, 2, 3, 1));
        } else {
            scores = op("Div", self + "scale",
                    op("MatMul", self + "scores", queries, heads(self + "keys", key, key, 0, 2, 3, 1)), scalar(root));
        }
        String softmax = op("Softmax", self + "softmax", op("Add", self + "masked", scores, mask));
        nodes.getLast().attributes.put("axis", 3L);
        return has(Style.ROOTS_OF_SCALE)
                ? op("Where", self + "numbers", op("IsNaN", self + "isNaN", softmax), scalar(0), softmax)
                : softmax;
    }

    /** The root of the scale, computed from the head size of a value. */
    private String scaleByShape(String self, String heads) {
        String size = op("Slice", self + "size", op("Shape", self + "shape", heads), integers(-1),
                integers(Long.MAX_VALUE));
        String root = op("Sqrt", self + "root", cast(self + "size.float", size, 1));
        return op("Sqrt", self + "part", op("Div", self + "inverse", scalar(1), root));
    }

    /** The keys of all texts and heads side by side, their last two dimensions swapped, and apart again. */
    private String swappedApart(String name, String key) {
        String heads = heads(name + ".heads", key, key, 0, 2, 1, 3);
        String shape = op("Shape", name + ".shape", heads);
        nodes.getLast().attributes.put("start", 0L);
        String first = op("Slice", name + ".first", shape, integers(Long.MIN_VALUE), integers(-2));
        String tokens = op("Slice", name + ".tokens", shape, integers(-2), integers(-1));
        String size = op("Slice", name + ".size", shape, integers(-1), integers(Long.MAX_VALUE));
        String flat = op("Reshape", name + ".flat", heads, concat(name + ".flat.shape", integers(-1), tokens, size));
        String swapped = op("Transpose", name + ".swapped", flat);
        nodes.getLast().attributes.put("perm", new long[]{0, 2, 1});
        return op("Reshape", name, swapped, concat(name + ".apart.shape", first, size, tokens));
    }

    private String concat(String name, String... parts) {
        String joined = op("Concat", name, parts);
        nodes.getLast().attributes.put("axis", 0L);
        return joined;
    }

    private String mask() {
        String spread = unsqueeze("mask.2", unsqueeze("mask.1", "attention_mask", 1), 2);
        if (has(Style.ONE_ATTENTION)) {
            String tokens = unsqueeze("mask.tokens", dimension("input_ids", 1), 0);
            return op("Expand", "mask", cast("mask.seen", spread, 9),
                    concat("mask.shape", integers(1, 1), tokens, integers(1)));
        }
        String inverted = op("Sub", "mask.inverted", scalar(1), cast("mask.float", spread, has(Style.HALF) ? 10 : 1));
        float least = has(Style.HALF) ? -65504f : -Float.MAX_VALUE;
        return has(Style.MASK_BY_WHERE)
                ? op("Where", "mask", cast("mask.bool", inverted, 9), scalar(least), inverted)
                : op("Mul", "mask", inverted, scalar(least));
    }

    private String positions() {
        long[] ids = new long[SampleTensors.POSITIONS];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i;
        }
        integers("embeddings.position_ids", new int[]{1, ids.length}, ids);
        String end = unsqueeze("end", dimension("input_ids", 1), 0);
        return op("Slice", "positions", "embeddings.position_ids", integers(0), end, integers(1), integers(1));
    }

    private String dimension(String of, int index) {
        String gather = op("Gather", "dimension." + of + "." + index + "." + nodes.size(),
                op("Shape", "shape." + of + "." + nodes.size(), of), integer(index));
        nodes.getLast().attributes.put("axis", 0L);
        return gather;
    }

    /** The target of a Reshape: texts, tokens and fixed sizes. */
    private String shape(String of, int... sizes) {
        if (has(Style.SHAPE_CONSTANTS)) {
            long[] shape = new long[2 + sizes.length];
            for (int i = 0; i < sizes.length; i++) {
                shape[2 + i] = sizes[i];
            }
            shape[1] = -1;
            return integers(shape);
        }
        List<String> parts = new ArrayList<>();
        parts.add(unsqueeze("texts." + nodes.size(), dimension(of, 0), 0));
        parts.add(unsqueeze("tokens." + nodes.size(), dimension(of, 1), 0));
        for (int size : sizes) {
            parts.add(integers(size));
        }
        return concat("target." + nodes.size(), parts.toArray(String[]::new));
    }

    private String heads(String name, String value, String shapeOf, long... order) {
        String split = op("Reshape", name + ".split", value,
                shape(shapeOf, SampleTensors.HEADS, width / SampleTensors.HEADS));
        String swapped = op("Transpose", name, split);
        nodes.getLast().attributes.put("perm", order);
        return swapped;
    }

    private String linear(Map<String, SampleTensors.Tensor> tensors, String name, String input) {
        SampleTensors.Tensor weight = tensors.get(name + ".weight");
        int outputs = weight.shape()[0];
        int inputs = weight.shape()[1];
        float[] transposed = new float[outputs * inputs];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                transposed[i * outputs + o] = weight.elements()[o * inputs + i];
            }
        }
        String stored = "onnx::MatMul_" + name.hashCode();
        if (quantised()) {
            return eightBits(name, input, stored, transposed, inputs, outputs);
        }
        boolean asLinear = has(Style.STORED_AS_LINEAR);
        floats(stored, asLinear ? weight.shape() : new int[]{inputs, outputs},
                asLinear ? weight.elements() : transposed);
        String bias = has(Style.IDENTITIES) ? op("Identity", name + ".same", name + ".bias") : name + ".bias";
        if (has(Style.GEMM)) {
            String folded = op("Reshape", name + ".fold", input, integers(-1, inputs));
            String product = op("Gemm", name + ".gemm", folded, stored, bias);
            if (asLinear) {
                nodes.getLast().attributes.put("transB", 1L);
            }
            return op("Reshape", name, product, shape(input, outputs));
        }
        if (asLinear) {
            stored = op("Transpose", name + ".transposed", stored);
            nodes.getLast().attributes.put("perm", new long[]{1, 0});
        }
        return op("Add", name, bias, op("MatMul", name + ".matmul", input, stored));
    }

    /** A product of codes of 8 bits, as ONNX Runtime's dynamic quantisation writes it. */
    private String eightBits(String name, String input, String stored, float[] transposed, int inputs, int outputs) {
        boolean unsigned = has(Style.EIGHT_BITS_UNSIGNED);
        int least = unsigned ? 0 : -128;
        byte[] codes = new byte[inputs * outputs];
        byte[] zero = new byte[has(Style.EIGHT_BITS) ? 1 : outputs];
        float[] scales = new float[zero.length];
        for (int i = 0; i < zero.length; i++) {
            zero[i] = (byte) (least + 108 + i * 7);
            scales[i] = 0.01f + 0.003f * i;
        }
        float[] exact = new float[codes.length];
        for (int i = 0; i < codes.length; i++) {
            int column = i % outputs % zero.length;
            int middle = unsigned ? Byte.toUnsignedInt(zero[column]) : zero[column];
            int code = Math.clamp(Math.round(transposed[i] / scales[column]) + middle, least, least + 255);
            codes[i] = (byte) code;
            exact[i % outputs * inputs + i / outputs] = (code - middle) * scales[column];
        }
        dequantised.put(name + ".weight", exact);
        int type = unsigned ? 2 : 3;
        initializers.put(stored, tensor(stored, new int[]{inputs, outputs}, type, codes));
        int[] shape = has(Style.EIGHT_BITS) ? new int[0] : new int[]{outputs};
        initializers.put(stored + ".zero", tensor(stored + ".zero", shape, type, zero));
        floats(stored + ".scale", shape, scales);
        String quantized = op("DynamicQuantizeLinear", name + ".codes", input);
        nodes.getLast().outputs.addAll(List.of(quantized + ".scale", quantized + ".zero"));
        String product = op("MatMulInteger", name + ".integer", quantized, stored, quantized + ".zero",
                stored + ".zero");
        String scale = op("Mul", name + ".scales", quantized + ".scale", stored + ".scale");
        return op("Add", name, name + ".bias", op("Mul", name + ".matmul", cast(name + ".cast", product, 1), scale));
    }

    private String norm(String name, String input) {
        if (has(Style.FUSED_NORM)) {
            String fused = op("LayerNormalization", name, input, name + ".weight", name + ".bias");
            nodes.getLast().attributes.put("axis", -1L);
            nodes.getLast().attributes.put("epsilon", 1e-12f);
            return fused;
        }
        String centred = op("Sub", name + ".centred", input, mean(name + ".mean", input));
        String variance = mean(name + ".variance", op("Pow", name + ".square", centred, scalar(2)));
        String deviation = op("Sqrt", name + ".deviation", op("Add", name + ".epsilon", variance, scalar(1e-12f)));
        String scaled = op("Mul", name + ".weighted", op("Div", name + ".divided", centred, deviation),
                name + ".weight");
        return op("Add", name, scaled, name + ".bias");
    }

    private String mean(String name, String input) {
        if (has(Style.AXES_AS_INPUT)) {
            return op("ReduceMean", name, input, integers(-1));
        }
        String mean = op("ReduceMean", name, input);
        nodes.getLast().attributes.put("axes", new long[]{-1});
        return mean;
    }

    private String activation(String name, String input) {
        if (has(Style.RELU)) {
            return op("Relu", name, input);
        }
        if (has(Style.SILU)) {
            return op("Mul", name, input, op("Sigmoid", name + ".sigmoid", input));
        }
        if (has(Style.FUSED_GELU)) {
            return op("Gelu", name, input);
        }
        if (has(Style.GELU_BY_TANH)) {
            String cube = op("Mul", name + ".cube", op("Pow", name + ".pow", input, scalar(3)), scalar(0.044715f));
            String argument = op("Mul", name + ".argument", op("Add", name + ".inner", input, cube),
                    scalar((float) Math.sqrt(2 / Math.PI)));
            String plus = op("Add", name + ".plus", op("Tanh", name + ".tanh", argument), scalar(1));
            return op("Mul", name, op("Mul", name + ".half", input, scalar(0.5f)), plus);
        }
        String erf = op("Erf", name + ".erf", op("Div", name + ".root", input, scalar((float) Math.sqrt(2))));
        String product = op("Mul", name + ".product", input, op("Add", name + ".plus", erf, scalar(1)));
        return op("Mul", name, product, scalar(0.5f));
    }

    private String unsqueeze(String name, String input, long axis) {
        if (has(Style.AXES_AS_INPUT)) {
            return op("Unsqueeze", name, input, integers(axis));
        }
        String output = op("Unsqueeze", name, input);
        nodes.getLast().attributes.put("axes", new long[]{axis});
        return output;
    }

    private String cast(String name, String input, long to) {
        String output = op("Cast", name, input);
        nodes.getLast().attributes.put("to", to);
        return output;
    }

    private String op(String op, String name, String... inputs) {
        String output = "/" + name + "_output";
        nodes.add(new Node(op, name, List.of(inputs), List.of(output)));
        return output;
    }

    private String constant(byte[] tensor) {
        String output = op("Constant", "constant" + constants++);
        nodes.getLast().attributes.put("value", tensor);
        return output;
    }

    private String scalar(float x) {
        return constant(tensor("", new int[0], has(Style.HALF) ? 10 : 1, elements(new float[]{x})));
    }

    private String integer(long n) {
        return constant(tensor("", new int[0], 7, bytes(n)));
    }

    private String integers(long... n) {
        return constant(tensor("", new int[]{n.length}, 7, bytes(n)));
    }

    private void integers(String name, int[] shape, long[] n) {
        initializers.put(name, tensor(name, shape, 7, bytes(n)));
    }

    private void floats(String name, int[] shape, float[] x) {
        initializers.put(name, tensor(name, shape, has(Style.HALF) ? 10 : 1, elements(x)));
    }

    private byte[] elements(float[] x) {
        ByteBuffer bytes = ByteBuffer.allocate(x.length * (has(Style.HALF) ? 2 : 4)).order(ByteOrder.LITTLE_ENDIAN);
        for (float f : x) {
            if (has(Style.HALF)) {
                bytes.putShort(Float.floatToFloat16(f));
            } else {
                bytes.putFloat(f);
            }
        }
        return bytes.array();
    }

    private static byte[] bytes(long... n) {
        ByteBuffer bytes = ByteBuffer.allocate(n.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        for (long each : n) {
            bytes.putLong(each);
        }
        return bytes.array();
    }

    /** A TensorProto with raw data. */
    static byte[] tensor(String name, int[] shape, int type, byte[] raw) {
        return message(out -> {
            for (int dimension : shape) {
                out.writeInt64(1, dimension);
            }
            out.writeInt32(2, type);
            out.writeString(8, name);
            out.writeByteArray(9, raw);
        });
    }

    /** The file. */
    public byte[] bytes() {
        return message(model -> {
            model.writeInt64(1, 8);
            model.writeString(2, "a test");
            model.writeByteArray(7, message(graph -> {
                graph.writeString(2, "graph");
                for (Node node : nodes) {
                    graph.writeByteArray(1, message(out -> write(node, out)));
                }
                for (byte[] initializer : initializers.values()) {
                    graph.writeByteArray(5, initializer);
                }
                for (String input : inputs) {
                    graph.writeByteArray(11, message(out -> {
                        out.writeString(1, input);
                        // A tensor of int64 whose shape is not said.
                        out.writeByteArray(2,
                                message(type -> type.writeByteArray(1, message(kind -> kind.writeInt64(1, 7)))));
                    }));
                }
                for (String output : outputs) {
                    graph.writeByteArray(12, message(out -> out.writeString(1, output)));
                }
            }));
            model.writeByteArray(8, message(out -> out.writeInt64(2, opset)));
        });
    }

    private static void write(Node node, CodedOutputStream out) throws IOException {
        for (String input : node.inputs) {
            out.writeString(1, input);
        }
        for (String output : node.outputs) {
            out.writeString(2, output);
        }
        out.writeString(3, node.name);
        out.writeString(4, node.op);
        for (Map.Entry<String, Object> attribute : node.attributes.entrySet()) {
            out.writeByteArray(5, message(to -> {
                to.writeString(1, attribute.getKey());
                to.writeInt32(20, switch (attribute.getValue()) {
                    case Float _ -> 1;
                    case Long _ -> 2;
                    case String _ -> 3;
                    case byte[] _ -> 4;
                    default -> 7;
                });
                switch (attribute.getValue()) {
                    case Float x -> to.writeFloat(2, x);
                    case Long n -> to.writeInt64(3, n);
                    case String s -> to.writeString(4, s);
                    case byte[] tensor -> to.writeByteArray(5, tensor);
                    case long[] list -> {
                        for (long n : list) {
                            to.writeInt64(8, n);
                        }
                    }
                    default -> throw new IllegalArgumentException();
                }
            }));
        }
        out.writeString(7, node.domain);
    }

    /** Writes the fields of a message. */
    @FunctionalInterface
    interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    static byte[] message(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            fields.write(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
