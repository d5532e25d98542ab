package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.weights.DataType;
import dev.lanewise.weights.TensorInfo;
import dev.lanewise.weights.TensorRows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A BERT encoder, recognised in an exported graph by its structure alone: walking from the output back to the inputs, every
 * operation on the way must be one of the encoder and in its place, and every constant must have the value that makes it so.
 * Names of nodes and weights decide nothing. What is not as expected is refused, by the name of the node.
 */
final class BertGraph {
    private static final String IDS = "input_ids";
    private static final String MASK = "attention_mask";
    private static final String TYPES = "token_type_ids";
    private static final List<String> OUTPUTS = List.of("last_hidden_state", "token_embeddings");
    private static final String SUPPORTED = "; supported are BERT encoders in F32, F16 or BF16 as exported by torch.onnx"
            + " or Optimum, with the inputs input_ids, attention_mask, token_type_ids";
    private static final int MOST_LAYERS = 10_000;
    private static final List<Long> SWAP_HEADS = List.of(0L, 2L, 1L, 3L);

    private final OnnxGraph graph;
    private final OnnxValues values;
    private final Map<String, Matrix> tensors = new HashMap<>();
    private final String output;
    private final TransformerSpec spec;
    /** Values that are known to begin with the dimensions [texts][tokens]. */
    private final Set<String> tokenShaped = new HashSet<>(Set.of(IDS, MASK, TYPES));
    /** Values whose shape is used as if it began so. */
    private final Set<String> shapesUsed = new HashSet<>();
    private String mask;

    /** Weights, and whether they are stored as [in][out]; a vector is not. */
    private record Matrix(ForeignTensor tensor, boolean transposed) {
        long outputs() {
            return transposed ? tensor.shape().getLast() : tensor.shape().getFirst();
        }

        List<Long> shape() {
            return transposed ? List.of(tensor.shape().getLast(), tensor.shape().getFirst()) : tensor.shape();
        }
    }

    /** input x weight + bias. */
    private record Linear(String input, Matrix weight, ForeignTensor bias) {}

    private record Norm(String input, ForeignTensor weight, ForeignTensor bias, double epsilon) {}

    private record Residual(Linear branch, String stream) {}

    private record Heads(Linear projection, long heads, long headSize) {}

    private record Attention(Heads query, Heads key, Heads value, double scale) {}

    private record Activated(String input, Activation activation) {}

    private record Layer(Attention attention, Linear attentionOutput, Norm attentionNorm, Linear up,
            Activation activation, Linear down, Norm norm) {}

    /** The two sides of a commutative operation: the name of a constant, and that of another value. */
    private record Operands(String constant, String other) {}

    /**
     * Recognises the encoder.
     *
     * @throws UnsupportedModelException if the graph computes something else
     */
    BertGraph(OnnxGraph graph) {
        this.graph = graph;
        this.values = new OnnxValues(graph);
        refuseQuantised();
        output = output();
        if (!new HashSet<>(graph.inputs()).equals(Set.of(IDS, MASK, TYPES))) {
            throw unsupported("the graph has the inputs " + Json.printable(String.join(", ", graph.inputs()), 200));
        }
        List<Layer> layers = new ArrayList<>();
        String value = values.canonical(output);
        Norm norm = norm(value);
        while (!isEmbedding(norm.input)) {
            Layer layer = layer(norm);
            layers.add(layer);
            if (layers.size() > MOST_LAYERS) {
                throw unsupported("the graph has more than " + MOST_LAYERS + " layers");
            }
            value = layer.attention.query.projection.input;
            norm = norm(value);
        }
        EmbeddingSpec embedding = embedding(norm);
        if (layers.isEmpty()) {
            throw unsupported("the graph has no attention layers");
        }
        for (String used : shapesUsed) {
            if (!tokenShaped.contains(used)) {
                throw unsupported("a Reshape takes its dimensions from " + quoted(used)
                        + ", which is not one of the encoder's own values");
            }
        }
        List<Layer> ordered = layers.reversed();
        spec = SpecLimits.check(graph.file(), spec(embedding, ordered));
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
        return matrix.transposed ? matrix.tensor.columns() : matrix.tensor.rows();
    }

    private void refuseQuantised() {
        for (OnnxNode node : graph.nodes()) {
            if (node.op().contains("Quantize") || node.op().contains("Integer") || node.op().startsWith("QLinear")
                    || node.op().equals("MatMulNBits")) {
                throw unsupported(node.described() + ": the graph is quantised; take the original in floats");
            }
        }
    }

    private String output() {
        for (String known : OUTPUTS) {
            if (graph.outputs().contains(known)) {
                return known;
            }
        }
        if (graph.outputs().size() == 1) {
            return graph.outputs().getFirst();
        }
        throw unsupported("the graph has the outputs " + Json.printable(String.join(", ", graph.outputs()), 200)
                + ", none of which is called " + OUTPUTS.getFirst());
    }

    private Layer layer(Norm norm) {
        Residual feedForward = residual(norm.input);
        Activated activated = activation(feedForward.branch.input);
        Linear up = linear(activated.input);
        require(up != null, activated.input, "a product with weights, plus bias, before the activation");
        require(up.input.equals(feedForward.stream), up.input,
                "the input of the feed-forward network to be what is added after it");
        Norm attentionNorm = norm(feedForward.stream);
        Residual attended = residual(attentionNorm.input);
        Attention attention = attention(attended.branch.input);
        for (Heads projection : List.of(attention.query, attention.key, attention.value)) {
            require(projection.projection.input.equals(attended.stream), projection.projection.input,
                    "query, key and value of one input, which is added after the attention");
        }
        return new Layer(attention, attended.branch, attentionNorm, up, activated.activation, feedForward.branch,
                norm);
    }

    /** A fused operation, or (x - mean) / sqrt(mean((x - mean)^2) + epsilon) * weight + bias. */
    private Norm norm(String value) {
        tokenShaped.add(value);
        OnnxNode node = values.producer(value);
        if (node != null && node.is("LayerNormalization")) {
            Long axis = node.integer("axis", -1);
            Float epsilon = node.number("epsilon", 1e-5f);
            require(axis != null && (axis == -1 || axis == 2) && epsilon != null, value, "a norm over the width");
            return new Norm(values.input(node, 0), vector(values.input(node, 1), value),
                    vector(values.input(node, 2), value), Double.parseDouble(Float.toString(epsilon)));
        }
        Operands bias = operands(value, "Add", "the bias of a layer normalisation");
        Operands weight = operands(bias.other, "Mul", "the weight of a layer normalisation");
        OnnxNode quotient = expect(weight.other, "Div", "the division of a layer normalisation");
        String centred = values.input(quotient, 0);
        String input = values.input(expect(centred, "Sub", "the difference from the mean"), 0);
        require(isCentred(centred, input), centred, "the difference from the mean over the width");
        OnnxNode deviation = expect(values.input(quotient, 1), "Sqrt", "the root of a layer normalisation");
        Operands epsilon = operands(values.input(deviation, 0), "Add", "the epsilon of a layer normalisation");
        OnnxNode variance = expect(epsilon.other, "ReduceMean", "the variance of a layer normalisation");
        String square = values.input(variance, 0);
        require(isMean(variance) && isSquareOfCentred(square, input), square, "the square of the difference");
        Double number = values.scalar(epsilon.constant);
        require(number != null && number >= 0 && number < 1, values.input(deviation, 0), "an epsilon from 0 to 1");
        return new Norm(input, vector(weight.constant, bias.other), vector(bias.constant, value), number);
    }

    private boolean isCentred(String value, String input) {
        OnnxNode difference = values.producer(value);
        if (difference == null || !difference.is("Sub") || !values.input(difference, 0).equals(input)) {
            return false;
        }
        OnnxNode mean = values.producer(values.input(difference, 1));
        return mean != null && mean.is("ReduceMean") && values.input(mean, 0).equals(input) && isMean(mean);
    }

    private boolean isMean(OnnxNode mean) {
        List<Long> axes = values.axes(mean);
        return axes != null && (axes.equals(List.of(-1L)) || axes.equals(List.of(2L)))
                && Long.valueOf(1).equals(mean.integer("keepdims", 1));
    }

    private boolean isSquareOfCentred(String value, String input) {
        OnnxNode square = values.producer(value);
        if (square == null) {
            return false;
        }
        String base = values.input(square, 0);
        String second = values.input(square, 1);
        boolean isSquare = square.is("Pow") && Double.valueOf(2).equals(values.scalar(second))
                || square.is("Mul") && base.equals(second);
        return isSquare && isCentred(base, input);
    }

    private Residual residual(String value) {
        tokenShaped.add(value);
        OnnxNode sum = expect(value, "Add", "the sum with what went around the layer");
        for (int i = 0; i < 2; i++) {
            Linear branch = linear(values.input(sum, i));
            if (branch != null) {
                return new Residual(branch, values.input(sum, 1 - i));
            }
        }
        throw unexpected(value, "a product with weights, plus bias, plus what went around it");
    }

    /** MatMul and Add, or Gemm between two Reshapes that fold and unfold the batch; null if it is something else. */
    private Linear linear(String value) {
        OnnxNode node = values.producer(value);
        if (node == null) {
            return null;
        }
        Linear linear = node.is("Add") ? product(node) : node.is("Reshape") ? gemm(node) : null;
        if (linear != null) {
            tokenShaped.add(value);
        }
        return linear;
    }

    private Linear product(OnnxNode sum) {
        for (int i = 0; i < 2; i++) {
            ForeignTensor bias = values.tensor(values.input(sum, i));
            String value = values.input(sum, 1 - i);
            OnnxNode product = values.producer(value);
            if (bias != null && bias.shape().size() == 1 && product != null && product.is("MatMul")) {
                Matrix weight = matrix(values.input(product, 1), true);
                if (weight != null && weight.outputs() == bias.elements()) {
                    tokenShaped.add(value);
                    return new Linear(values.input(product, 0), weight, bias);
                }
            }
        }
        return null;
    }

    private Linear gemm(OnnxNode unfold) {
        OnnxNode product = values.producer(values.input(unfold, 0));
        if (product == null || !product.is("Gemm") || !Float.valueOf(1).equals(product.number("alpha", 1))
                || !Float.valueOf(1).equals(product.number("beta", 1))
                || !Long.valueOf(0).equals(product.integer("transA", 0))) {
            return null;
        }
        Long transposed = product.integer("transB", 0);
        Matrix weight = matrix(values.input(product, 1), transposed != null && transposed == 0);
        ForeignTensor bias = values.tensor(values.input(product, 2));
        OnnxNode fold = values.producer(values.input(product, 0));
        if (transposed == null || weight == null || bias == null || bias.shape().size() != 1
                || bias.elements() != weight.outputs() || fold == null || !fold.is("Reshape")) {
            return null;
        }
        TokenShape folded = shape(fold);
        TokenShape unfolded = shape(unfold);
        long inputs = weight.shape().getLast();
        boolean sound = folded != null && unfolded != null && folded.rank() == 2 && unfolded.rank() == 3
                && Long.valueOf(TokenShape.INFERRED).equals(folded.constant(0))
                && Long.valueOf(inputs).equals(folded.constant(1)) && isTokens(unfolded)
                && Long.valueOf(weight.outputs()).equals(unfolded.constant(2));
        return sound ? new Linear(values.input(fold, 0), weight, bias) : null;
    }

    /** Constant weights, themselves or through a Transpose. */
    private Matrix matrix(String value, boolean transposed) {
        ForeignTensor tensor = values.tensor(value);
        if (tensor == null) {
            OnnxNode transpose = values.producer(value);
            if (transpose != null && transpose.is("Transpose")) {
                tensor = values.tensor(values.input(transpose, 0));
                long[] order = transpose.integers("perm");
                if (order != null && !(order.length == 2 && order[0] == 1 && order[1] == 0)) {
                    return null;
                }
                transposed = !transposed;
            }
        }
        return tensor != null && tensor.shape().size() == 2 ? new Matrix(tensor, transposed) : null;
    }

    /** From the context, [texts][tokens][heads x head size], back to query, key and value. */
    private Attention attention(String context) {
        OnnxNode join = expect(context, "Reshape", "the heads put side by side");
        TokenShape joined = shape(join);
        require(joined != null && joined.rank() == 3 && isTokens(joined) && joined.constant(2) != null, context,
                "a Reshape to [texts, tokens, width]");
        tokenShaped.add(context);
        String swapped = values.input(join, 0);
        tokenShaped.add(swapped);
        OnnxNode product = expect(transposed(swapped, SWAP_HEADS), "MatMul", "probabilities times values");
        String probabilities = values.input(product, 0);
        OnnxNode softmax = expect(probabilities, "Softmax", "the softmax of the scores");
        Long axis = softmax.integer("axis", graph.opset() >= 13 ? -1 : 1);
        require(axis != null && (axis == -1 || axis == 3), probabilities, "a softmax over the last dimension");
        String masked = values.input(softmax, 0);
        OnnxNode sum = expect(masked, "Add", "scores plus mask");
        int maskAt = isMask(values.input(sum, 1)) ? 1 : 0;
        require(maskAt == 1 || isMask(values.input(sum, 0)), masked,
                "scores plus a mask made of attention_mask in the usual way");
        double[] scale = {1};
        String scores = scaled(values.input(sum, 1 - maskAt), scale);
        OnnxNode similarity = expect(scores, "MatMul", "query times key");
        Heads query = heads(scaled(values.input(similarity, 0), scale), SWAP_HEADS);
        String keys = scaled(values.input(similarity, 1), scale);
        OnnxNode last = expect(keys, "Transpose", "the transposed keys");
        boolean twice = List.of(0L, 1L, 3L, 2L).equals(order(last));
        Heads key = twice ? heads(values.input(last, 0), SWAP_HEADS) : heads(keys, List.of(0L, 2L, 3L, 1L));
        Heads value = heads(values.input(product, 1), SWAP_HEADS);
        require(query.heads == key.heads && query.heads == value.heads && query.headSize == key.headSize
                && query.headSize == value.headSize, context, "heads of one size");
        long inner = query.heads * query.headSize;
        require(joined.constant(2) == inner || joined.constant(2) == TokenShape.INFERRED, context,
                "a Reshape to a width of " + inner);
        return new Attention(query, key, value, exact(scale[0], query.headSize));
    }

    /** The scale as the formula has it, where the graph's constant is that up to rounding to a float. */
    private static double exact(double scale, long headSize) {
        double formula = 1 / Math.sqrt(headSize);
        return isNear(scale, formula) ? formula : scale;
    }

    /** Whether a constant is a number up to the rounding to F16; no two formulas are closer to each other. */
    private static boolean isNear(double constant, double number) {
        return Math.abs(constant - number) <= 0x1p-10 * number;
    }

    /** Sees through a product or quotient with a constant and multiplies the scale with it. */
    private String scaled(String value, double[] scale) {
        OnnxNode node = values.producer(value);
        if (node != null && node.is("Div")) {
            Double by = values.scalar(values.input(node, 1));
            require(by != null && by > 0, value, "a division by a constant scale");
            scale[0] /= by;
            return values.input(node, 0);
        }
        if (node != null && node.is("Mul")) {
            int at = values.scalar(values.input(node, 1)) != null ? 1 : 0;
            Double by = values.scalar(values.input(node, at));
            require(by != null && by > 0, value, "a product with a constant scale");
            scale[0] *= by;
            return values.input(node, 1 - at);
        }
        return value;
    }

    private Heads heads(String value, List<Long> order) {
        String split = transposed(value, order);
        OnnxNode reshape = expect(split, "Reshape", "the width split into heads");
        TokenShape shape = shape(reshape);
        require(shape != null && shape.rank() == 4 && isTokens(shape) && shape.constant(2) != null
                && shape.constant(3) != null, split, "a Reshape to [texts, tokens, heads, head size]");
        Linear projection = linear(values.input(reshape, 0));
        require(projection != null, values.input(reshape, 0), "a product with weights, plus bias");
        long width = projection.weight.outputs();
        long heads = shape.constant(2);
        long headSize = shape.constant(3);
        if (heads == TokenShape.INFERRED && headSize > 0) {
            heads = width / headSize;
        } else if (headSize == TokenShape.INFERRED && heads > 0) {
            headSize = width / heads;
        }
        require(heads > 0 && heads <= width && headSize > 0 && headSize <= width && heads * headSize == width, split,
                "heads x head size to be the width of " + width);
        return new Heads(projection, heads, headSize);
    }

    private String transposed(String value, List<Long> order) {
        OnnxNode transpose = expect(value, "Transpose", "a transposition of the heads");
        require(order.equals(order(transpose)), value, "a transposition to " + order);
        return values.input(transpose, 0);
    }

    private static List<Long> order(OnnxNode transpose) {
        long[] order = transpose.integers("perm");
        List<Long> list = new ArrayList<>();
        for (long axis : order == null ? new long[0] : order) {
            list.add(axis);
        }
        return list;
    }

    private TokenShape shape(OnnxNode reshape) {
        TokenShape shape = TokenShape.of(values, values.input(reshape, 1));
        return shape != null && shape.inferred() <= 1 && Long.valueOf(0).equals(reshape.integer("allowzero", 0))
                ? shape
                : null;
    }

    private boolean isTokens(TokenShape shape) {
        return shape.isBatch(0, 0, shapesUsed) && shape.isBatch(1, 1, shapesUsed);
    }

    /** (1 - attention_mask as floats) times a large negative number, or Where with the same meaning; [texts][1][1][tokens]. */
    private boolean isMask(String value) {
        if (value.equals(mask)) {
            return true;
        }
        OnnxNode node = values.producer(value);
        boolean is = false;
        if (node != null && node.is("Mul")) {
            int at = values.scalar(values.input(node, 1)) != null ? 1 : 0;
            is = isHuge(values.input(node, at)) && isInverted(values.input(node, 1 - at));
        } else if (node != null && node.is("Where")) {
            OnnxNode condition = values.producer(values.input(node, 0));
            String inverted = values.input(node, 2);
            is = condition != null && condition.is("Cast") && Long.valueOf(9).equals(condition.integer("to", 0))
                    && values.input(condition, 0).equals(inverted) && isHuge(values.input(node, 1))
                    && isInverted(inverted);
        }
        if (is) {
            mask = value;
        }
        return is;
    }

    /** Scores are of the order of ten; at -10,000 (the oldest exports) the softmax is zero. */
    private boolean isHuge(String value) {
        Double number = values.scalar(value);
        return number != null && number <= -10_000;
    }

    private boolean isInverted(String value) {
        OnnxNode difference = values.producer(value);
        return difference != null && difference.is("Sub")
                && Double.valueOf(1).equals(values.scalar(values.input(difference, 0)))
                && isSpread(values.input(difference, 1));
    }

    /** attention_mask through casts, and through Unsqueeze from [texts][tokens] to [texts][1][1][tokens]. */
    private boolean isSpread(String value) {
        List<List<Long>> insertions = new ArrayList<>();
        String at = value;
        while (!at.equals(MASK)) {
            OnnxNode node = values.producer(at);
            if (node != null && node.is("Unsqueeze") && values.axes(node) != null && insertions.size() < 2) {
                insertions.add(values.axes(node));
            } else if (node == null || !node.is("Cast") && !node.is("Expand")) {
                return false;
            }
            at = values.input(node, 0);
        }
        List<Integer> dimensions = new ArrayList<>(List.of(0, 1));
        for (List<Long> axes : insertions.reversed()) {
            int rank = dimensions.size() + axes.size();
            if (rank > 4) {
                return false;
            }
            for (long axis : axes.stream().map(a -> a < 0 ? a + rank : a).sorted().toList()) {
                if (axis < 0 || axis > dimensions.size()) {
                    return false;
                }
                dimensions.add((int) axis, null);
            }
        }
        return dimensions.size() == 4 && dimensions.get(0) != null && dimensions.get(3) != null;
    }

    /** One of the functions of {@link Activation}, as one operation or written out. */
    private Activated activation(String value) {
        tokenShaped.add(value);
        OnnxNode node = values.producer(value);
        require(node != null, value, "an activation");
        String first = values.input(node, 0);
        if (node.is("Relu")) {
            return new Activated(first, Activation.RELU);
        }
        if (node.is("Gelu") || node.isExtension("Gelu")) {
            Object approximate = node.attributes().getOrDefault("approximate", "none");
            require(approximate.equals("none") || approximate.equals("tanh"), value, "a known form of Gelu");
            return new Activated(first, approximate.equals("tanh") ? Activation.GELU_TANH : Activation.GELU);
        }
        if (node.isExtension("FastGelu") && values.input(node, 1).isEmpty()) {
            return new Activated(first, Activation.GELU_TANH);
        }
        Product product = new Product(values, value);
        if (product.others.size() == 2) {
            for (int i = 0; i < 2; i++) {
                String input = product.others.get(i);
                String gate = product.others.get(1 - i);
                if (product.constant == 1 && isSigmoid(gate, input)) {
                    return new Activated(input, Activation.SILU);
                }
                if (isNear(product.constant, 0.5)) {
                    String function = plusOne(gate);
                    if (function != null && isErf(function, input)) {
                        return new Activated(input, Activation.GELU);
                    }
                    if (function != null && isTanh(function, input)) {
                        return new Activated(input, Activation.GELU_TANH);
                    }
                }
            }
        }
        throw unexpected(value, "an activation: GELU (Erf or Tanh), ReLU or SiLU");
    }

    private boolean isSigmoid(String value, String input) {
        OnnxNode node = values.producer(value);
        return node != null && node.is("Sigmoid") && values.input(node, 0).equals(input);
    }

    /** What 1 is added to; null if it is not. */
    private String plusOne(String value) {
        OnnxNode sum = values.producer(value);
        if (sum == null || !sum.is("Add")) {
            return null;
        }
        for (int i = 0; i < 2; i++) {
            if (Double.valueOf(1).equals(values.scalar(values.input(sum, i)))) {
                return values.input(sum, 1 - i);
            }
        }
        return null;
    }

    /** erf(input / sqrt(2)). */
    private boolean isErf(String value, String input) {
        OnnxNode erf = values.producer(value);
        if (erf == null || !erf.is("Erf")) {
            return false;
        }
        Product argument = new Product(values, values.input(erf, 0));
        return argument.others.equals(List.of(input)) && isNear(argument.constant, Math.sqrt(0.5));
    }

    /** tanh(sqrt(2 / pi) * (input + 0.044715 * input^3)). */
    private boolean isTanh(String value, String input) {
        OnnxNode tanh = values.producer(value);
        if (tanh == null || !tanh.is("Tanh")) {
            return false;
        }
        Product argument = new Product(values, values.input(tanh, 0));
        OnnxNode sum = argument.others.size() == 1 ? values.producer(argument.others.getFirst()) : null;
        if (sum == null || !sum.is("Add") || !isNear(argument.constant, Math.sqrt(2 / Math.PI))) {
            return false;
        }
        for (int i = 0; i < 2; i++) {
            if (values.input(sum, i).equals(input) && isCube(values.input(sum, 1 - i), input)) {
                return true;
            }
        }
        return false;
    }

    private boolean isCube(String value, String input) {
        Product cube = new Product(values, value);
        if (!isNear(cube.constant, 0.044715)) {
            return false;
        }
        if (cube.others.size() == 1) {
            OnnxNode power = values.producer(cube.others.getFirst());
            return power != null && power.is("Pow") && values.input(power, 0).equals(input)
                    && Double.valueOf(3).equals(values.scalar(values.input(power, 1)));
        }
        return cube.others.equals(List.of(input, input, input));
    }

    /** A tree of products and quotients by constants, taken apart. */
    private static final class Product {
        private static final int MOST = 16;
        private final List<String> others = new ArrayList<>();
        private double constant = 1;

        Product(OnnxValues values, String value) {
            List<String> open = new ArrayList<>(List.of(value));
            for (int steps = 0; !open.isEmpty() && steps < MOST; steps++) {
                String next = open.removeLast();
                OnnxNode node = values.producer(next);
                Double number = values.scalar(next);
                if (number != null) {
                    constant *= number;
                } else if (node != null && node.is("Mul") && node.inputs().size() == 2) {
                    open.add(values.input(node, 0));
                    open.add(values.input(node, 1));
                } else if (node != null && node.is("Div") && values.scalar(values.input(node, 1)) != null) {
                    constant /= values.scalar(values.input(node, 1));
                    open.add(values.input(node, 0));
                } else {
                    others.add(next);
                }
            }
            others.addAll(open); // too many to be any of the activations
        }
    }

    /** Whether a value is the sum of three table look-ups, which is where the layers end. */
    private boolean isEmbedding(String value) {
        return summands(value).stream().map(values::producer).anyMatch(node -> node != null && node.is("Gather"));
    }

    private List<String> summands(String value) {
        List<String> leaves = new ArrayList<>();
        List<String> open = new ArrayList<>(List.of(value));
        while (!open.isEmpty() && leaves.size() + open.size() <= 3) {
            String next = open.removeLast();
            OnnxNode node = values.producer(next);
            if (node != null && node.is("Add")) {
                open.add(values.input(node, 1));
                open.add(values.input(node, 0));
            } else {
                leaves.add(next);
            }
        }
        leaves.addAll(open);
        return leaves;
    }

    private EmbeddingSpec embedding(Norm norm) {
        for (String summand : summands(norm.input)) {
            OnnxNode gather = expect(summand, "Gather", "a look-up of a token, a type or a position");
            tokenShaped.add(summand);
            Long axis = gather.integer("axis", 0);
            ForeignTensor table = values.tensor(values.input(gather, 0));
            require(table != null && table.shape().size() == 2 && axis != null && axis == 0, summand,
                    "the rows of a table of weights");
            String index = values.input(gather, 1);
            String name = index.equals(IDS)
                    ? "embedding.token.weight"
                    : index.equals(TYPES) ? "embedding.token_type.weight" : "embedding.position.weight";
            require(index.equals(IDS) || index.equals(TYPES) || isPositions(index, table.shape().getFirst()), index,
                    "input_ids, token_type_ids, or the positions 0, 1, 2, ... of the tokens");
            require(tensors.put(name, new Matrix(table, false)) == null, summand, "one look-up of a kind");
        }
        if (tensors.size() != 3) {
            throw unexpected(norm.input, "the sum of three look-ups: token, type and position");
        }
        put("embedding.norm", norm);
        return new EmbeddingSpec(size(tensors.get("embedding.token.weight").tensor, 0),
                size(tensors.get("embedding.token_type.weight").tensor, 0),
                new NormSpec(NormSpec.Kind.LAYER, norm.epsilon));
    }

    /** The constant [0, 1, 2, ...], cut to the number of tokens. */
    private boolean isPositions(String value, long rows) {
        OnnxNode slice = values.producer(value);
        if (slice == null || !slice.is("Slice")) {
            return false;
        }
        ForeignTensor constant = values.tensor(values.input(slice, 0));
        long[] positions = constant == null ? null : constant.integers(SpecLimits.POSITIONS);
        if (positions == null || constant.shape().size() != 2 || constant.shape().getFirst() != 1
                || positions.length > rows) {
            return false;
        }
        for (int i = 0; i < positions.length; i++) {
            if (positions[i] != i) {
                return false;
            }
        }
        TokenShape end = TokenShape.of(values, values.input(slice, 2));
        String step = values.input(slice, 4);
        return Double.valueOf(0).equals(values.scalar(values.input(slice, 1))) && end != null && end.rank() == 1
                && end.constant(0) == null && end.isBatch(0, 1, shapesUsed)
                && Double.valueOf(1).equals(values.scalar(values.input(slice, 3)))
                && (step.isEmpty() || Double.valueOf(1).equals(values.scalar(step)));
    }

    private TransformerSpec spec(EmbeddingSpec embedding, List<Layer> layers) {
        Layer first = layers.getFirst();
        Heads query = first.attention.query;
        AttentionSpec attention = new AttentionSpec(number(query.heads), number(query.headSize),
                first.attention.scale);
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            Attention other = layer.attention;
            boolean same = other.query.heads == query.heads && other.query.headSize == query.headSize
                    && other.scale == attention.scale() && layer.activation == first.activation
                    && layer.norm.epsilon == first.norm.epsilon
                    && layer.attentionNorm.epsilon == first.norm.epsilon
                    && layer.up.weight.outputs() == first.up.weight.outputs();
            if (!same) {
                throw unsupported(
                        "layer " + i + " differs from the first in heads, scale, activation, width or epsilon");
            }
            String prefix = "encoder.layers." + i + ".";
            put(prefix + "attention.query", other.query.projection);
            put(prefix + "attention.key", other.key.projection);
            put(prefix + "attention.value", other.value.projection);
            put(prefix + "attention.output", layer.attentionOutput);
            put(prefix + "attention.norm", layer.attentionNorm);
            put(prefix + "feed_forward.up", layer.up);
            put(prefix + "feed_forward.down", layer.down);
            put(prefix + "feed_forward.norm", layer.norm);
        }
        ForeignTensor positions = tensors.get("embedding.position.weight").tensor;
        return new TransformerSpec("bert", TransformerSpec.Shape.ENCODER, embedding,
                new PositionSpec(PositionSpec.Kind.LEARNED, size(positions, 0), 0),
                new StackSpec(layers.size(), size(positions, 1), StackSpec.NormPlacement.POST,
                        new NormSpec(NormSpec.Kind.LAYER, first.norm.epsilon), attention,
                        new FeedForwardSpec(number(first.up.weight.outputs()), first.activation)),
                null);
    }

    private void put(String module, Linear linear) {
        tensors.put(module + ".weight", linear.weight);
        tensors.put(module + ".bias", new Matrix(linear.bias, false));
    }

    private void put(String module, Norm norm) {
        tensors.put(module + ".weight", new Matrix(norm.weight, false));
        tensors.put(module + ".bias", new Matrix(norm.bias, false));
    }

    private void checkShapes() {
        for (TensorInfo tensor : spec.tensors(DataType.F32).toList()) {
            Matrix matrix = tensors.get(tensor.name());
            List<Long> expected = tensor.shape().stream().map(Integer::longValue).toList();
            if (!matrix.shape().equals(expected)) {
                throw new ModelFormatException(graph.file(), matrix.tensor.offset(),
                        "tensor " + quoted(matrix.tensor.name()) + ", the encoder's " + tensor.name() + ", shape",
                        expected.toString(), matrix.shape().toString());
            }
        }
    }

    private ForeignTensor vector(String value, String of) {
        ForeignTensor tensor = values.tensor(value);
        require(tensor != null && tensor.shape().size() == 1, of, "a vector of weights of a layer normalisation");
        return tensor;
    }

    private Operands operands(String value, String operation, String what) {
        OnnxNode node = expect(value, operation, what);
        for (int i = 0; i < 2; i++) {
            if (values.isConstant(values.input(node, i))) {
                return new Operands(values.input(node, i), values.input(node, 1 - i));
            }
        }
        throw unexpected(value, "a constant, " + what);
    }

    private OnnxNode expect(String value, String operation, String what) {
        OnnxNode node = values.producer(value);
        require(node != null && node.is(operation), value, operation + ", " + what);
        return node;
    }

    private void require(boolean sound, String value, String expected) {
        if (!sound) {
            throw unexpected(value, expected);
        }
    }

    private UnsupportedModelException unexpected(String value, String expected) {
        OnnxNode node = values.producer(value);
        return unsupported((node == null ? "value " + quoted(value) : node.described()) + ": expected " + expected);
    }

    private UnsupportedModelException unsupported(String what) {
        return new UnsupportedModelException(
                graph.file() + ": this graph is not one that can be converted: " + what + SUPPORTED);
    }

    private int size(ForeignTensor tensor, int dimension) {
        return number(tensor.shape().get(dimension));
    }

    /** A dimension as the specification takes it, before {@link SpecLimits} has the last word. */
    private int number(long dimension) {
        if (dimension < 1 || dimension > SpecLimits.VOCABULARY) {
            throw unsupported("a dimension of " + dimension + ", outside 1 to " + SpecLimits.VOCABULARY);
        }
        return (int) dimension;
    }

    private static String quoted(String name) {
        return "'" + Json.printable(name, 100) + "'";
    }
}
