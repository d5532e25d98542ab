package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tools.convert.ForeignTensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * What stands behind the names of a graph's values: the node that makes one, the constant that it is. Nodes that hand their
 * input through (Identity, Dropout outside of training) are seen through: {@link #canonical} names what they hand through.
 */
final class OnnxValues {
    /** Axes and shapes are shorter. */
    private static final int MOST_INTEGERS = 64;

    private final Map<String, OnnxNode> producers = new HashMap<>();
    private final Map<String, ForeignTensor> constants = new HashMap<>();
    private final Map<String, Double> scalars = new HashMap<>();
    private final Map<String, List<Long>> integers = new HashMap<>();
    private final Map<String, String> aliases = new HashMap<>();

    OnnxValues(OnnxGraph graph) {
        constants.putAll(graph.tensors());
        for (OnnxNode node : graph.nodes()) {
            boolean handsThrough = (node.is("Identity") || node.is("Dropout") && node.inputs().size() < 3)
                    && !node.inputs().isEmpty() && !node.outputs().isEmpty();
            if (handsThrough) {
                aliases.put(node.outputs().getFirst(), canonical(node.inputs().getFirst()));
            } else if (node.is("Constant") && node.outputs().size() == 1) {
                constant(node);
            } else {
                node.outputs().forEach(output -> producers.put(output, node));
            }
        }
    }

    private void constant(OnnxNode node) {
        String name = node.outputs().getFirst();
        Map<String, Object> attributes = node.attributes();
        if (attributes.get("value") instanceof ForeignTensor tensor) {
            constants.put(name, tensor);
        } else if (attributes.get("value_float") instanceof Float x) {
            scalars.put(name, shortest(x));
        } else if (attributes.get("value_int") instanceof Long n) {
            scalars.put(name, (double) n);
            integers.put(name, List.of(n));
        } else if (node.integers("value_ints") != null) {
            integers.put(name, node.integers("value_ints"));
        }
    }

    /** The first name of a value. */
    String canonical(String value) {
        return aliases.getOrDefault(value, value);
    }

    /** An input of a node by its first name; empty where the node has no such input. */
    String input(OnnxNode node, int index) {
        return index < node.inputs().size() ? canonical(node.inputs().get(index)) : "";
    }

    /** The node that makes a value as its first output, or null: an input, a constant, or another output of a node. */
    OnnxNode producer(String value) {
        OnnxNode node = producers.get(canonical(value));
        return node != null && node.outputs().getFirst().equals(canonical(value)) ? node : null;
    }

    /** The same, or null if that node is not ONNX's own operation of this name. */
    OnnxNode producer(String value, String operation) {
        OnnxNode node = producer(value);
        return node != null && node.is(operation) ? node : null;
    }

    /** The constant that a value is, or null. */
    ForeignTensor tensor(String value) {
        return constants.get(canonical(value));
    }

    /** Whether a value is the same for all inputs. */
    boolean isConstant(String value) {
        return tensor(value) != null || scalars.containsKey(canonical(value))
                || integers.containsKey(canonical(value));
    }

    /** The number that a value is, or null if it is no constant of one element. */
    Double scalar(String value) {
        Double scalar = scalars.get(canonical(value));
        if (scalar != null) {
            return scalar;
        }
        ForeignTensor tensor = tensor(value);
        if (tensor == null || !tensor.isScalar() || tensor.data() == null) {
            return null;
        }
        if (tensor.type().isWeight()) {
            float[] x = new float[1];
            tensor.type().decode(tensor.data(), 0, x, 1);
            return shortest(x[0]);
        }
        long[] n = tensor.integers(1);
        return n == null ? null : (double) n[0];
    }

    /** Whether a value is a constant of this number. */
    boolean isNumber(String value, double number) {
        return Double.valueOf(number).equals(scalar(value));
    }

    /** The whole numbers that a value is, or null if it is no constant of such. */
    List<Long> integers(String value) {
        ForeignTensor tensor = tensor(value);
        long[] numbers = tensor == null ? null : tensor.integers(MOST_INTEGERS);
        return numbers == null
                ? integers.get(canonical(value))
                : LongStream.of(numbers).boxed().toList();
    }

    /** The axes of a node: an attribute in older versions of an operation, an input in newer ones; null if neither. */
    List<Long> axes(OnnxNode node) {
        List<Long> attribute = node.integers("axes");
        return attribute != null ? attribute : integers(input(node, 1));
    }

    /** A float as the double that a person would write: 1e-12, not 9.999999960041972e-13. */
    static double shortest(float x) {
        return Double.parseDouble(Float.toString(x));
    }
}
