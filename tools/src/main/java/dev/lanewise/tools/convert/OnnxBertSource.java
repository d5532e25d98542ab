package dev.lanewise.tools.convert;

import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.weights.TensorRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A BERT encoder as an ONNX graph, with the tokenizer that lies beside it. */
final class OnnxBertSource implements ModelSource {
    private final OnnxGraph graph;
    private final BertGraph encoder;
    private final TransformerSpec spec;
    private final Optional<Tokenizer> tokenizer;
    private final Path folder;
    private final List<String> notes = new ArrayList<>();

    /** @param file the graph */
    OnnxBertSource(Path file) throws IOException {
        graph = OnnxGraph.open(file);
        try {
            encoder = new BertGraph(graph);
            folder = modelFolder(file.toAbsolutePath());
            spec = SentenceTransformers.apply(folder, encoder.spec(), notes);
            String name = file.getFileName().toString();
            String stem = name.endsWith(".onnx") ? name.substring(0, name.length() - 5) : name;
            tokenizer = ModelFolder.tokenizer(List.of(file.resolveSibling(stem + "-tokenizer.json"),
                    file.resolveSibling("tokenizer.json"), folder.resolve("tokenizer.json"),
                    file.resolveSibling("vocab.txt"), folder.resolve("vocab.txt")), spec);
            List<String> others = graph.outputs().stream().filter(o -> !o.equals(encoder.recognised())).toList();
            if (!others.isEmpty()) {
                notes.add("left out, because encoders are converted without heads: the outputs "
                        + Json.printable(String.join(", ", others), 200));
            }
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

    @Override
    public String format() {
        return "ONNX graph (BERT encoder)";
    }

    @Override
    public TransformerSpec spec() {
        return spec;
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return tokenizer;
    }

    @Override
    public TensorRows rows(String name) {
        return encoder.rows(name);
    }

    @Override
    public List<Path> files() {
        return graph.files();
    }

    @Override
    public Map<String, String> provenance() throws IOException {
        Map<String, String> provenance = new TreeMap<>();
        ModelFolder.licence(folder).ifPresent(licence -> provenance.put("license", licence));
        if (!graph.producer().isEmpty()) {
            provenance.put("producer", Json.printable(graph.producer(), 100));
        }
        return provenance;
    }

    @Override
    public List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public void close() {
        graph.close();
    }
}
