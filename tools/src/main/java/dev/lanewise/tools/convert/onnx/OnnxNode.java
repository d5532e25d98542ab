package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Json;
import java.util.List;
import java.util.Map;

/**
 * An operation of a graph.
 *
 * @param name its name, possibly empty
 * @param op what it does
 * @param domain whose operation it is; empty for ONNX's own
 * @param inputs names of values; an empty name stands for an optional input that is not there
 * @param outputs names of values
 * @param attributes by name: {@link Long}, {@link Float}, {@link String}, a list of {@link Long} or a
 *            {@link ForeignTensor}; {@link #OTHER} for kinds that nothing here reads, such as graphs
 */
record OnnxNode(String name, String op, String domain, List<String> inputs, List<String> outputs,
        Map<String, Object> attributes) {

    /** The value of an attribute of a kind that nothing here reads. */
    static final Object OTHER = new Object();

    OnnxNode {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = Map.copyOf(attributes);
    }

    /** Whether it is ONNX's own operation of this name. */
    boolean is(String operation) {
        return op.equals(operation) && (domain.isEmpty() || domain.equals("ai.onnx"));
    }

    /** Whether it is this operation of the extensions that ONNX Runtime's optimiser writes. */
    boolean isExtension(String operation) {
        return op.equals(operation) && domain.equals("com.microsoft");
    }

    /** Its name, or what else tells it from others, and its operation; for people. */
    String described() {
        String called = !name.isEmpty() ? name : outputs.isEmpty() ? "without a name" : "that makes " + outputs.get(0);
        return "node " + Json.printable(called, 100) + " ("
                + Json.printable(domain.isEmpty() ? op : domain + "." + op, 80) + ")";
    }

    /** An attribute that is a whole number, or what its absence means; null if it is of another kind. */
    Long integer(String attribute, long absent) {
        Object value = attributes.getOrDefault(attribute, absent);
        return value instanceof Long n ? n : null;
    }

    /** Whether an attribute, or what its absence means, is this whole number. */
    boolean has(String attribute, long absent, long value) {
        return attributes.getOrDefault(attribute, absent).equals(value);
    }

    /** An attribute that is a number, or what its absence means; null if it is of another kind. */
    Float number(String attribute, float absent) {
        Object value = attributes.getOrDefault(attribute, absent);
        return value instanceof Float x ? x : null;
    }

    /** An attribute that is a list of whole numbers; null if it is absent or of another kind. */
    @SuppressWarnings("unchecked") // the only lists there are
    List<Long> integers(String attribute) {
        return attributes.get(attribute) instanceof List<?> list ? (List<Long>) list : null;
    }
}
