package dev.lanewise.tools.convert.onnx;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.ForeignFile;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.MappedFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * An ONNX file (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto): its nodes, and its weights as slices of the mapped
 * file or of the files that it keeps them in. Checked: the wire format, names, types, shapes against lengths, and that nodes
 * stand in the order of computation, so that walking from a value to its inputs always ends.
 */
public final class OnnxGraph implements ForeignFile {
    private final OnnxFiles files;
    private final ModelReader model;

    private OnnxGraph(OnnxFiles files) throws IOException {
        this.files = files;
        model = new ModelReader(files);
        model.read();
        checkOrder();
    }

    /**
     * Maps and checks a file.
     *
     * @throws ModelFormatException if it is not a sound ONNX file
     * @throws UnsupportedModelException if it is sound, and uses a part of ONNX that is not read
     * @throws NoSuchFileException if a file with its weights is missing
     */
    public static OnnxGraph open(Path path) throws IOException {
        OnnxFiles files = new OnnxFiles(MappedFile.open(path));
        try {
            return new OnnxGraph(files);
        } catch (Throwable e) {
            files.close();
            throw e;
        }
    }

    @Override
    public String format() {
        return "ONNX graph of " + model.nodes.size() + " nodes";
    }

    @Override
    public long size() {
        return files.size();
    }

    @Override
    public Map<String, Object> metadata() {
        Map<String, Object> metadata = new TreeMap<>(model.properties);
        metadata.put("producer", producer());
        metadata.put("opset", opset());
        return metadata;
    }

    /** The weights and constants by name. */
    @Override
    public Map<String, ForeignTensor> tensors() {
        return Collections.unmodifiableMap(model.tensors);
    }

    @Override
    public void close() {
        files.close();
    }

    String file() {
        return files.graph().name();
    }

    /** The file, and the files beside it that hold weights. */
    @Override
    public List<Path> files() {
        return files.paths();
    }

    /** The operations, each after those whose results it uses. */
    List<OnnxNode> nodes() {
        return Collections.unmodifiableList(model.nodes);
    }

    /** The names of the inputs that have no default. */
    List<String> inputs() {
        return model.inputs.stream().filter(input -> !model.tensors.containsKey(input)).toList();
    }

    /** The names of the outputs. */
    List<String> outputs() {
        return Collections.unmodifiableList(model.outputs);
    }

    /** The version of ONNX's own operations, or 0 where the file does not say. */
    long opset() {
        return model.opsets.getOrDefault("", model.opsets.getOrDefault("ai.onnx", 0L));
    }

    /** What wrote it: name and version; may be empty. */
    String producer() {
        return (model.producer + " " + model.producerVersion).strip();
    }

    private void checkOrder() {
        Set<String> known = new HashSet<>(model.tensors.keySet());
        known.addAll(model.inputs);
        for (OnnxNode node : model.nodes) {
            for (String input : node.inputs()) {
                if (!input.isEmpty() && !known.contains(input)) {
                    throw files.failure(node.described(),
                            "inputs that an earlier node, the graph or its weights provide", Json.quoted(input));
                }
            }
            for (String output : node.outputs()) {
                if (!output.isEmpty() && !known.add(output)) {
                    throw files.failure(node.described(), "an output of a new name", Json.quoted(output));
                }
            }
        }
        for (String output : model.outputs) {
            if (!known.contains(output)) {
                throw files.failure("output of the graph", "a value that a node makes", Json.quoted(output));
            }
        }
    }
}
