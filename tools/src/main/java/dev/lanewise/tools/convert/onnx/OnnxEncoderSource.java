package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tensor.DataType;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.huggingface.HuggingFaceFolder;
import dev.lanewise.tools.convert.huggingface.PublishedModel;
import dev.lanewise.writer.TensorRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An encoder as an ONNX graph, with the tokenizer that lies beside it. */
public final class OnnxEncoderSource extends PublishedModel {
    private final OnnxGraph graph;
    private final EncoderGraph encoder;

    private OnnxEncoderSource(Path file, OnnxGraph graph, EncoderGraph encoder) throws IOException {
        Path folder = modelFolder(file.toAbsolutePath());
        super(graph, folder, encoder.spec(), tokenizers(file, folder), remarks(graph, encoder));
        this.graph = graph;
        this.encoder = encoder;
    }

    /** @param file the graph */
    public static OnnxEncoderSource open(Path file) throws IOException {
        OnnxGraph graph = OnnxGraph.open(file);
        try {
            return new OnnxEncoderSource(file, graph, new EncoderGraph(graph));
        } catch (Throwable e) {
            graph.close();
            throw e;
        }
    }

    /** Published models keep graphs in a folder "onnx" within the folder that has everything else. */
    private static Path modelFolder(Path file) {
        Path folder = file.getParent();
        boolean nested = folder.getFileName() != null && folder.getFileName().toString().equals("onnx")
                && Files.exists(folder.resolveSibling(HuggingFaceFolder.CONFIG));
        return nested ? folder.getParent() : folder;
    }

    private static List<Path> tokenizers(Path file, Path folder) {
        String name = file.getFileName().toString();
        String stem = name.endsWith(".onnx") ? name.substring(0, name.length() - 5) : name;
        return List.of(file.resolveSibling(stem + "-tokenizer.json"), file.resolveSibling("tokenizer.json"),
                folder.resolve("tokenizer.json"), file.resolveSibling("vocab.txt"), folder.resolve("vocab.txt"));
    }

    private static List<String> remarks(OnnxGraph graph, EncoderGraph encoder) {
        List<String> remarks = new ArrayList<>(leftOut(heads(graph, encoder)));
        if (encoder.isQuantised()) {
            remarks.add(
                    "weights are codes of 8 bits, taken as they are; inputs of products are not rounded to 8 bits as the graph does it");
        }
        return remarks;
    }

    /** What stands upon the encoder. */
    private static String heads(OnnxGraph graph, EncoderGraph encoder) {
        List<String> others = graph.outputs().stream().filter(o -> !o.equals(encoder.recognised())).toList();
        return others.isEmpty() ? "" : "the outputs " + Json.printable(String.join(", ", others), 200);
    }

    @Override
    public String format() {
        return "ONNX graph (encoder)";
    }

    @Override
    protected TensorRows networkRows(String name) {
        return encoder.rows(name);
    }

    @Override
    protected DataType networkType(String name) {
        return encoder.type(name);
    }

    @Override
    public Map<String, String> provenance() throws IOException {
        Map<String, String> provenance = super.provenance();
        if (!graph.producer().isEmpty()) {
            provenance.put("producer", Json.printable(graph.producer(), 100));
        }
        return provenance;
    }
}
