package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.ProtobufReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads a NodeProto with its AttributeProtos; the numbers are those of onnx.proto. */
final class NodeReader {
    private NodeReader() {}

    static OnnxNode read(ProtobufReader in, OnnxFiles files) throws IOException {
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        String[] words = {"", "", ""};
        Map<String, Object> attributes = new HashMap<>();
        in.message(field -> {
            switch (field) {
                case 1 -> inputs.add(in.text("node, input"));
                case 2 -> outputs.add(in.text("node, output"));
                case 3 -> words[0] = in.text("node, name");
                case 4 -> words[1] = in.text("node, op_type");
                case 5 -> attribute(in, files, attributes);
                case 7 -> words[2] = in.text("node, domain");
                default -> in.skip();
            }
        });
        return new OnnxNode(words[0], words[1], words[2], inputs, outputs, attributes);
    }

    private static void attribute(ProtobufReader in, OnnxFiles files, Map<String, Object> attributes)
            throws IOException {
        String[] name = {""};
        Object[] value = {null};
        List<Long> integers = new ArrayList<>();
        long[] type = {0};
        in.message(field -> {
            switch (field) {
                case 1 -> name[0] = in.text("attribute, name");
                case 2 -> value[0] = in.number("attribute, f");
                case 3 -> value[0] = in.integer("attribute, i");
                case 4 -> value[0] = in.word("attribute, s");
                case 5 -> value[0] = new TensorReader(in, files).read();
                case 8 -> in.integers("attribute, ints", integers::add);
                case 20 -> type[0] = in.integer("attribute, type");
                case 13 -> in.skip(); // documentation
                default -> {
                    value[0] = OnnxNode.OTHER;
                    in.skip();
                }
            }
        });
        if (!integers.isEmpty()) {
            value[0] = List.copyOf(integers);
        } else if (value[0] == null) {
            // Writers may leave out a value that is zero or empty; the type then says which.
            value[0] = switch (Math.clamp(type[0], 0, 100)) {
                case 1 -> (Object) 0f;
                case 2 -> 0L;
                case 3 -> "";
                case 7 -> List.of();
                default -> OnnxNode.OTHER;
            };
        }
        if (attributes.put(name[0], value[0]) != null) {
            throw in.failure("attribute, name", "a new name", Json.quoted(name[0]));
        }
    }
}
