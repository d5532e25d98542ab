package dev.lanewise.tools.convert.onnx;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.ProtobufReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads a ModelProto with its GraphProto; the numbers are those of onnx.proto. */
final class ModelReader {
    final List<OnnxNode> nodes = new ArrayList<>();
    final Map<String, ForeignTensor> tensors = new LinkedHashMap<>();
    final List<String> inputs = new ArrayList<>();
    final List<String> outputs = new ArrayList<>();
    final Map<String, Long> opsets = new TreeMap<>();
    final Map<String, String> properties = new TreeMap<>();
    String producer = "";
    String producerVersion = "";
    private final OnnxFiles files;
    private final ProtobufReader in;
    private int graphs;

    ModelReader(OnnxFiles files) {
        this.files = files;
        in = new ProtobufReader(files.graph());
    }

    void read() throws IOException {
        in.readAll(field -> {
            switch (field) {
                case 2 -> producer = in.text("producer_name");
                case 3 -> producerVersion = in.text("producer_version");
                case 7 -> {
                    graphs++;
                    in.message(this::graph);
                }
                case 8 -> opset();
                case 14 -> in.entry(properties);
                case 25 -> throw unsupported("functions of its own; graphs without are supported");
                default -> in.skip();
            }
        });
        if (graphs != 1) {
            throw files.failure("graph", "one graph", Integer.toString(graphs));
        }
    }

    private void graph(int field) throws IOException {
        switch (field) {
            case 1 -> nodes.add(NodeReader.read(in, files));
            case 5 -> {
                ForeignTensor tensor = new TensorReader(in, files).read();
                if (tensor.name().isEmpty() || tensors.put(tensor.name(), tensor) != null) {
                    throw in.failure("initializer, name", "a new name", Json.quoted(tensor.name()));
                }
            }
            case 11 -> inputs.add(value());
            case 12 -> outputs.add(value());
            case 15 -> throw unsupported("sparse weights; dense ones are supported");
            default -> in.skip();
        }
    }

    private void opset() throws IOException {
        String[] domain = {""};
        long[] version = {0};
        in.message(field -> {
            switch (field) {
                case 1 -> domain[0] = in.text("opset, domain");
                case 2 -> version[0] = in.integer("opset, version");
                default -> in.skip();
            }
        });
        opsets.put(domain[0], version[0]);
    }

    /** The name of an input or output. */
    private String value() throws IOException {
        String[] name = {""};
        in.message(field -> {
            if (field == 1) {
                name[0] = in.text("name of a value");
            } else {
                in.skip();
            }
        });
        return name[0];
    }

    private UnsupportedModelException unsupported(String what) {
        return new UnsupportedModelException(files.graph().name() + ": the graph has " + what);
    }
}
