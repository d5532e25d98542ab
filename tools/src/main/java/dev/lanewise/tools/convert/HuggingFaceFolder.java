package dev.lanewise.tools.convert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.weights.DataType;
import dev.lanewise.weights.TensorInfo;
import dev.lanewise.weights.TensorRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A folder as transformers writes it: {@code config.json}, safetensors, and a tokenizer if there is one. */
final class HuggingFaceFolder implements ModelSource {
    static final String CONFIG = "config.json";
    private static final long LARGEST_CONFIG = 4 << 20;
    private static final String PREFIX = "bert.";
    /** What stands upon the encoder and is not converted; each followed by a dot. */
    private static final Set<String> HEADS = Set.of("pooler", "cls", "classifier", "qa_outputs");
    private static final String POSITION_IDS = "embeddings.position_ids";

    private final Path folder;
    private final WeightFiles weights;
    private final TransformerSpec spec;
    private final Optional<Tokenizer> tokenizer;
    private final Map<String, ForeignTensor> tensors = new HashMap<>();
    private final List<String> notes = new ArrayList<>();

    /**
     * @param folder the folder with the configuration
     * @param weights of the model; closed with this, also if it cannot be made
     */
    HuggingFaceFolder(Path folder, WeightFiles weights) throws IOException {
        this.folder = folder;
        this.weights = weights;
        try {
            TransformerSpec configured = spec(folder.resolve(CONFIG));
            assign(configured);
            spec = SentenceTransformers.apply(folder, configured, notes);
            tokenizer = ModelFolder.tokenizer(
                    List.of(folder.resolve("tokenizer.json"), folder.resolve("vocab.txt")), spec);
        } catch (Throwable e) {
            weights.close();
            throw e;
        }
    }

    @Override
    public String format() {
        return "Hugging Face folder (safetensors)";
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
        ForeignTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("not a tensor of the specification: " + name);
        }
        return tensor.rows();
    }

    @Override
    public List<Path> files() {
        return weights.files();
    }

    @Override
    public Map<String, String> provenance() throws IOException {
        Map<String, String> provenance = new TreeMap<>();
        ModelFolder.licence(folder).ifPresent(licence -> provenance.put("license", licence));
        return provenance;
    }

    @Override
    public List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public void close() {
        weights.close();
    }

    private static TransformerSpec spec(Path file) throws IOException {
        JsonNode config;
        try (MappedFile mapped = MappedFile.open(file)) {
            config = Json.object(mapped, LARGEST_CONFIG);
        }
        String type = config.path("model_type").asText();
        if (!type.equals("bert")) {
            throw new UnsupportedModelException(file + ": "
                    + (type.isEmpty() ? "no model_type" : "the model_type '" + Json.printable(type, 60) + "'")
                    + " is not supported; 'bert' is");
        }
        return BertConfig.spec(file.toString(), config);
    }

    /** Finds each tensor of the specification, and a reason for every other one. */
    private void assign(TransformerSpec configured) {
        Map<String, ForeignTensor> found = weights.tensors();
        String prefix = found.containsKey(PREFIX + "embeddings.word_embeddings.weight") ? PREFIX : "";
        Set<String> used = new TreeSet<>();
        for (TensorInfo wanted : configured.tensors(DataType.F32).toList()) {
            List<String> names = BertNames.of(wanted.name()).stream().map(name -> prefix + name)
                    .filter(found::containsKey).toList();
            if (names.size() != 1) {
                throw new ModelFormatException(folder.toString(), -1,
                        "tensor " + prefix + BertNames.of(wanted.name()).getFirst(), "one such tensor",
                        names.isEmpty() ? "none" : "it under two names");
            }
            ForeignTensor tensor = found.get(names.getFirst());
            List<Long> expected = wanted.shape().stream().map(Integer::longValue).toList();
            if (!tensor.shape().equals(expected)) {
                throw new ModelFormatException(tensor.file(), tensor.offset(), "tensor " + tensor.name() + ", shape",
                        expected + ", as " + CONFIG + " says", tensor.shape().toString());
            }
            tensors.put(wanted.name(), tensor);
            used.add(names.getFirst());
        }
        explainOthers(found, prefix, used, configured.position().count());
    }

    private void explainOthers(Map<String, ForeignTensor> found, String prefix, Set<String> used, int positions) {
        Set<String> heads = new TreeSet<>();
        for (Map.Entry<String, ForeignTensor> entry : found.entrySet()) {
            String name = entry.getKey();
            String bare = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
            String head = bare.substring(0, Math.max(0, bare.indexOf('.')));
            if (HEADS.contains(head)) {
                heads.add(head);
            } else if (bare.equals(POSITION_IDS)) {
                checkPositions(entry.getValue(), positions);
            } else if (!used.contains(name)) {
                throw new UnsupportedModelException(entry.getValue().file() + ": the tensor '"
                        + Json.printable(name, 100) + "' has no place in a plain BERT encoder; supported are encoders"
                        + " without additions (adapters, other norms, cross-attention)");
            }
        }
        if (!heads.isEmpty()) {
            notes.add("left out, because encoders are converted without heads: the tensors of "
                    + String.join(", ", heads));
        }
    }

    /** A buffer that older releases saved: it must say what everyone takes for granted. */
    private static void checkPositions(ForeignTensor tensor, int positions) {
        long[] ids = tensor.integers(positions);
        boolean ascending = ids != null;
        for (int i = 0; ascending && i < ids.length; i++) {
            ascending = ids[i] == i;
        }
        if (!ascending) {
            throw new UnsupportedModelException(tensor.file() + ": the tensor " + tensor.name()
                    + " does not hold the positions 0, 1, 2, ... as I64; others are not supported");
        }
    }
}
