package dev.lanewise.tools.convert.onnx;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.SpecLimits;
import java.util.HashSet;
import java.util.Set;

/** What all that recognise a block of a graph share: its values, what is known of their shapes, and how a failure reads. */
final class GraphWalk {
    private static final String SUPPORTED = "; supported are encoders of the BERT, RoBERTa, XLM-R, DistilBERT and MPNet kind in F32, F16, BF16"
            + " or dynamically quantised to 8 bits, as exported by torch.onnx or Optimum, with the inputs input_ids,"
            + " attention_mask and perhaps token_type_ids";
    /** Of a sample whose third is masked. */
    private static final int FEW_TOKENS = 7;
    /** Not that of padding in any vocabulary. */
    private static final long ID = 5;

    final OnnxGraph graph;
    final OnnxValues values;
    final AttentionMask mask;
    private final Sample few;
    private final Set<String> tokenShaped;
    private final Set<String> shapesUsed = new HashSet<>();

    /** The two sides of a commutative operation: the name of a constant, and that of another value. */
    record Operands(String constant, String other) {}

    /** @param inputs values that begin with the dimensions [texts][tokens] */
    GraphWalk(OnnxGraph graph, Set<String> inputs) {
        this.graph = graph;
        values = new OnnxValues(graph);
        tokenShaped = new HashSet<>(inputs);
        few = sample(FEW_TOKENS);
        mask = new AttentionMask(values, few);
    }

    /** The number that a value is, perhaps computed from constants; null if it is none. */
    Double scalar(String value) {
        Double number = values.scalar(value);
        Cells cells = number == null ? few.of(value) : null;
        return cells != null && cells.data().length == 1 && cells.rank() <= 1
                ? Double.valueOf(cells.data()[0])
                : number;
    }

    /** What the graph computes of texts of so many tokens without its weights. */
    Sample sample(int tokens) {
        return new Sample(values, tokens, ID, shapesUsed);
    }

    /** Learns that a value begins with the dimensions [texts][tokens]. */
    void learnTokenShaped(String value) {
        tokenShaped.add(value);
    }

    /** Checks that every value whose shape was taken to begin so does, now that all of them are known. */
    void checkShapesUsed() {
        for (String used : shapesUsed) {
            if (!tokenShaped.contains(used)) {
                throw unsupported("a Reshape takes its dimensions from " + Json.quoted(used)
                        + ", which is not one of the encoder's own values");
            }
        }
    }

    /** A shape that the graph computes; null if it is not computed in one of the usual ways. */
    TokenShape shape(String value) {
        return TokenShape.of(values, value, shapesUsed);
    }

    /** The target of a Reshape; null if it is not of the usual kind. */
    TokenShape target(OnnxNode reshape) {
        TokenShape shape = shape(values.input(reshape, 1));
        boolean zerosCopy = reshape.has("allowzero", 0, 0);
        return shape != null && shape.inferred() <= 1 && (zerosCopy || !shape.hasZeros()) ? shape : null;
    }

    /** The constant and the other input of an operation. */
    Operands operands(String value, String operation, String what) {
        OnnxNode node = expect(value, operation, what);
        for (int i = 0; i < 2; i++) {
            if (values.isConstant(values.input(node, i))) {
                return new Operands(values.input(node, i), values.input(node, 1 - i));
            }
        }
        throw unexpected(value, "a constant, " + what);
    }

    /** The node that makes a value, which must be this operation. */
    OnnxNode expect(String value, String operation, String what) {
        OnnxNode node = values.producer(value, operation);
        require(node != null, value, operation + ", " + what);
        return node;
    }

    void require(boolean sound, String value, String expected) {
        if (!sound) {
            throw unexpected(value, expected);
        }
    }

    UnsupportedModelException unexpected(String value, String expected) {
        OnnxNode node = values.producer(value);
        return unsupported(
                (node == null ? "value " + Json.quoted(value) : node.described()) + ": expected " + expected);
    }

    UnsupportedModelException unsupported(String what) {
        return new UnsupportedModelException(
                graph.file() + ": this graph is not one that can be converted: " + what + SUPPORTED);
    }

    int size(ForeignTensor tensor, int dimension) {
        return number(tensor.shape().get(dimension));
    }

    /** A dimension as the specification takes it, before {@link SpecLimits} has the last word. */
    int number(long dimension) {
        if (dimension < 1 || dimension > SpecLimits.VOCABULARY) {
            throw unsupported("a dimension of " + dimension + ", outside 1 to " + SpecLimits.VOCABULARY);
        }
        return (int) dimension;
    }
}
