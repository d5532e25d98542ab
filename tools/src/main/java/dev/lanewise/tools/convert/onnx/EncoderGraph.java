package dev.lanewise.tools.convert.onnx;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.SpecLimits;
import dev.lanewise.writer.TensorRows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An encoder of the BERT, RoBERTa, XLM-R, DistilBERT or MPNet kind, recognised in an exported graph by its structure alone: walking from the output back to the inputs, every
 * operation on the way must be one of the encoder and in its place, and every constant must have the value that makes it so.
 * Names of nodes and weights decide nothing. What is not as expected is refused, by the name of the node.
 */
final class EncoderGraph {
    private static final Set<String> INPUTS = Set.of(Embedding.IDS, AttentionMask.INPUT, Embedding.TYPES);
    private static final List<String> NEEDED = List.of(Embedding.IDS, AttentionMask.INPUT);
    private static final List<String> OUTPUTS = List.of("last_hidden_state", "token_embeddings");
    private static final int MOST_LAYERS = 10_000;
    /** ONNX's number of the type. */
    private static final int FLOAT = 1;

    private final OnnxGraph graph;
    private final GraphWalk walk;
    private final Map<String, Matrix> tensors = new HashMap<>();
    private final Map<String, DataType> types = new HashMap<>();
    private final String output;
    private final TransformerSpec spec;

    /**
     * Recognises the encoder.
     *
     * @throws UnsupportedModelException if the graph computes something else
     */
    EncoderGraph(OnnxGraph graph) {
        this.graph = graph;
        walk = new GraphWalk(graph, INPUTS);
        refuseQuantised();
        output = output();
        Set<String> inputs = new HashSet<>(graph.inputs());
        if (!INPUTS.containsAll(inputs) || !inputs.containsAll(NEEDED)) {
            throw walk
                    .unsupported("the graph has the inputs " + Json.printable(String.join(", ", graph.inputs()), 200));
        }
        List<EncoderLayer> layers = new ArrayList<>();
        Norm norm = Norm.of(walk, hidden());
        while (!Embedding.is(walk.values, norm.input())) {
            EncoderLayer layer = EncoderLayer.of(walk, norm);
            layers.add(layer);
            if (layers.size() > MOST_LAYERS) {
                throw walk.unsupported("the graph has more than " + MOST_LAYERS + " layers");
            }
            norm = Norm.of(walk, layer.input());
        }
        Embedding embedding = Embedding.of(walk, norm);
        if (layers.isEmpty()) {
            throw walk.unsupported("the graph has no attention layers");
        }
        walk.checkShapesUsed();
        nameTensors(embedding, layers.reversed());
        spec = SpecLimits.check(graph.file(), spec(embedding, layers.getLast(), layers.size()));
        checkShapes();
    }

    TransformerSpec spec() {
        return spec;
    }

    /** The name of the output that was recognised. */
    String recognised() {
        return output;
    }

    /** The rows of a tensor of the specification. */
    TensorRows rows(String name) {
        Matrix matrix = tensors.get(name);
        if (matrix == null) {
            throw new IllegalArgumentException("not a tensor of the specification: " + name);
        }
        return matrix.rows();
    }

    /** The type of a tensor of the specification. */
    DataType type(String name) {
        return types.get(name);
    }

    /** What the output is; a graph in 16 bits may give it in 32. */
    private String hidden() {
        OnnxNode cast = walk.values.producer(output, "Cast");
        return cast != null && cast.has("to", 0, FLOAT)
                ? walk.values.input(cast, 0)
                : walk.values.canonical(output);
    }

    private void refuseQuantised() {
        for (OnnxNode node : graph.nodes()) {
            if (node.is("QuantizeLinear") || node.op().startsWith("QLinear") || node.op().equals("MatMulNBits")) {
                throw walk.unsupported(node.described() + ": the graph is quantised in a way that is not read"
                        + " (dynamic quantisation to 8 bits is); take the original in floats");
            }
        }
    }

    /** Whether weights are codes of 8 bits. */
    boolean isQuantised() {
        return tensors.values().stream().anyMatch(matrix -> matrix.quantized() != null);
    }

    private String output() {
        for (String known : OUTPUTS) {
            if (graph.outputs().contains(known)) {
                return known;
            }
        }
        List<String> sources = graph.outputs().stream().filter(this::isWhatOthersAreMadeOf).toList();
        if (sources.size() == 1) {
            return sources.getFirst();
        }
        throw walk.unsupported("the graph has the outputs " + Json.printable(String.join(", ", graph.outputs()), 200)
                + ", none of which is called " + OUTPUTS.getFirst());
    }

    /** Whether all other outputs are computed from one; the hidden state is what pooled ones are made of. */
    private boolean isWhatOthersAreMadeOf(String output) {
        return graph.outputs().stream().allMatch(other -> {
            Set<String> met = new HashSet<>();
            List<String> open = new ArrayList<>(List.of(other));
            while (!open.isEmpty()) {
                String value = walk.values.canonical(open.removeLast());
                OnnxNode node = met.add(value) ? walk.values.producer(value) : null;
                if (node != null) {
                    open.addAll(node.inputs());
                }
            }
            return met.contains(walk.values.canonical(output));
        });
    }

    private void nameTensors(Embedding embedding, List<EncoderLayer> layers) {
        tensors.putAll(embedding.tables());
        put("embedding.norm", embedding.norm());
        DistanceBias bias = layers.getFirst().attention().bias();
        if (bias != null) {
            tensors.put("encoder.relative_bias.weight", bias.table());
        }
        for (int i = 0; i < layers.size(); i++) {
            EncoderLayer layer = layers.get(i);
            if (!layer.isLike(layers.getFirst())) {
                throw walk.unsupported(
                        "layer " + i + " differs from the first in heads, scale, bias, activation, width or epsilon");
            }
            String prefix = "encoder.layers." + i + ".";
            put(prefix + "attention.query", layer.attention().query().projection());
            put(prefix + "attention.key", layer.attention().key().projection());
            put(prefix + "attention.value", layer.attention().value().projection());
            put(prefix + "attention.output", layer.attentionOutput());
            put(prefix + "attention.norm", layer.attentionNorm());
            put(prefix + "feed_forward.up", layer.up());
            put(prefix + "feed_forward.down", layer.down());
            put(prefix + "feed_forward.norm", layer.norm());
        }
    }

    private void put(String module, Linear linear) {
        tensors.put(module + ".weight", linear.weight());
        tensors.put(module + ".bias", new Matrix(linear.bias(), false));
    }

    private void put(String module, Norm norm) {
        tensors.put(module + ".weight", new Matrix(norm.weight(), false));
        tensors.put(module + ".bias", new Matrix(norm.bias(), false));
    }

    private TransformerSpec spec(Embedding embedding, EncoderLayer layer, int layers) {
        int heads = walk.number(layer.attention().query().count());
        DistanceBias bias = layer.attention().bias();
        Matrix types = embedding.tables().get(Embedding.TOKEN_TYPE);
        ForeignTensor positions = embedding.tables().get(Embedding.POSITION).tensor();
        int first = embedding.firstPosition();
        return TransformerSpec.encoder(family(bias != null, first > 0, types != null),
                new EmbeddingSpec(walk.size(embedding.tables().get(Embedding.TOKEN).tensor(), 0),
                        types == null ? 0 : walk.size(types.tensor(), 0), norm(embedding.norm())),
                new PositionSpec(PositionSpec.Kind.LEARNED, walk.size(positions, 0) - first, first),
                new StackSpec(layers, walk.size(positions, 1), StackSpec.NormPlacement.POST, norm(layer.norm()),
                        new AttentionSpec(heads, heads, walk.number(layer.attention().query().size()),
                                layer.attention().scale(), 0, 0, true, true, null, null, 0,
                                bias == null ? null : bias.spec()),
                        new FeedForwardSpec(walk.number(layer.up().weight().outputs()), layer.activation())),
                null);
    }

    /** What such encoders are called; nothing depends on it. */
    private static String family(boolean bias, boolean offset, boolean types) {
        return bias ? "mpnet" : offset ? "roberta" : types ? "bert" : "distilbert";
    }

    private static NormSpec norm(Norm norm) {
        return new NormSpec(NormSpec.Kind.LAYER, norm.epsilon());
    }

    private void checkShapes() {
        for (TensorInfo tensor : spec.tensors(DataType.F32).toList()) {
            Matrix matrix = tensors.get(tensor.name());
            types.put(tensor.name(), matrix.type(tensor));
            List<Long> expected = tensor.shape().stream().map(Integer::longValue).toList();
            if (!matrix.shape().equals(expected)) {
                throw new ModelFormatException(graph.file(), matrix.tensor().offset(),
                        "tensor " + Json.quoted(matrix.tensor().name()) + ", the encoder's " + tensor.name()
                                + ", shape",
                        expected.toString(), matrix.shape().toString());
            }
        }
    }
}
