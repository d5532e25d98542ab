package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.DenseSpec;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.MappedFile;
import dev.lanewise.tools.convert.Prompts;
import dev.lanewise.tools.convert.SpecLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What sentence-transformers keeps beside a model: {@code modules.json} with the chain of modules, the folder of each, and
 * settings. The chain must be the transformer, one kind of pooling, any number of dense maps, and normalisation or not.
 */
final class SentenceTransformers implements AutoCloseable {
    private static final long LARGEST = 4 << 20;
    /** What the settings of the transformer are called, by the family that it was first written for. */
    private static final List<String> SETTINGS = Stream
            .of("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
            .map(family -> "sentence_" + family + "_config.json").toList();
    private static final int MOST_MODULES = 16;
    private static final int MOST_PROMPTS = 1000;
    private static final Map<String, PoolingSpec.Kind> MODES = Map.of("pooling_mode_mean_tokens",
            PoolingSpec.Kind.MEAN, "pooling_mode_cls_token", PoolingSpec.Kind.CLS, "pooling_mode_lasttoken",
            PoolingSpec.Kind.LAST, "pooling_mode_max_tokens", PoolingSpec.Kind.MAX,
            "pooling_mode_weightedmean_tokens", PoolingSpec.Kind.WEIGHTED_MEAN);

    private final Path folder;
    private final List<DenseSpec> dense = new ArrayList<>();
    private final List<Safetensors> files = new ArrayList<>();
    private final Map<String, ForeignTensor> tensors = new HashMap<>(); // by the names of the specification
    private PoolingSpec pooling; // null where nothing is stated
    private Prompts prompts = Prompts.NONE;
    private final List<String> notes = new ArrayList<>();
    private int longest; // how many tokens a text may have, 0 where nothing is stated

    private SentenceTransformers(Path folder) {
        this.folder = folder;
    }

    /**
     * Reads what a folder states.
     *
     * @param spec of the transformer
     * @throws UnsupportedModelException if the folder states something that there is no word for
     */
    static SentenceTransformers open(Path folder, TransformerSpec spec) throws IOException {
        SentenceTransformers all = new SentenceTransformers(folder);
        int stated = all.longest();
        all.longest = stated < spec.maxTokens() ? stated : 0;
        if (Files.exists(folder.resolve("modules.json"))) {
            try {
                all.readPrompts();
                all.modules(spec);
            } catch (Throwable e) {
                all.close();
                throw e;
            }
        }
        return all;
    }

    /** The specification of the transformer with what the folder states of texts. */
    TransformerSpec complete(TransformerSpec bare) {
        boolean ofTexts = bare.head() != null && bare.head().pooling() != null;
        return bare.withPooling(pooling).withHead(ofTexts ? bare.head().withMaxTokens(longest) : bare.head());
    }

    /** What can be put before a text. */
    Prompts prompts() {
        return prompts;
    }

    /** The tensors of dense maps, by their names in the specification. */
    Map<String, ForeignTensor> tensors() {
        return tensors;
    }

    /** The files that hold those. */
    List<Path> files() {
        return files.stream().flatMap(file -> file.files().stream()).toList();
    }

    /** What a person should know. */
    List<String> notes() {
        return notes;
    }

    @Override
    public void close() {
        files.forEach(Safetensors::close);
    }

    private void modules(TransformerSpec spec) throws IOException {
        Path file = folder.resolve("modules.json");
        JsonNode modules;
        try (MappedFile mapped = MappedFile.open(file)) {
            modules = Json.tree(mapped, LARGEST);
        }
        if (!modules.isArray() || modules.size() > MOST_MODULES) {
            throw new ModelFormatException(file.toString(), -1, "modules", "a list of at most " + MOST_MODULES,
                    Json.kind(modules));
        }
        PoolingSpec.Kind kind = null;
        boolean normalize = false;
        for (int i = 0; i < modules.size(); i++) {
            String type = modules.get(i).path("type").asText();
            String name = type.startsWith("sentence_transformers.") ? type.substring(type.lastIndexOf('.') + 1) : type;
            String path = modules.get(i).path("path").asText();
            if (i == 0 && name.equals("Transformer") || kind != null && name.equals("Dropout")) {
                continue; // dropout is for training alone
            }
            if (i == 1 && name.equals("Pooling")) {
                kind = pooling(module(path).resolve("config.json"), spec.stack().width());
            } else if (kind != null && name.equals("Dense") && !normalize) {
                dense(module(path), DenseSpec.width(dense, spec.stack().width()));
            } else if (kind != null && name.equals("Normalize") && i == modules.size() - 1) {
                normalize = true;
            } else {
                throw new UnsupportedModelException(file + ": module " + i + " is '" + Json.printable(type, 100)
                        + "'; supported are Transformer, Pooling and, possibly, Dense and Normalize, in this order");
            }
        }
        pooling = kind == null ? null : new PoolingSpec(kind, dense, normalize, longest);
    }

    /** The folder of a module. */
    private Path module(String path) {
        if (path.isEmpty() || path.contains("/") || path.contains("\\") || path.contains(":") || path.startsWith(".")) {
            throw new ModelFormatException(folder.resolve("modules.json").toString(), -1, "path of a module",
                    "the name of a folder", "'" + Json.printable(path, 100) + "'");
        }
        return folder.resolve(path);
    }

    /** A linear map with an activation. */
    private void dense(Path module, int inputs) throws IOException {
        Path file = module.resolve("config.json");
        ConfigReader in = new ConfigReader(file.toString(), object(file), "{'bias': true}");
        in.neutral("in_features", Integer.toString(inputs));
        int outputs = in.integer("out_features", SpecLimits.WIDTH);
        boolean bias = in.flag("bias");
        String function = in.text("activation_function");
        Activation activation = switch (function == null ? "" : function.substring(function.lastIndexOf('.') + 1)) {
            case "Tanh" -> Activation.TANH;
            case "Identity" -> null;
            case "ReLU" -> Activation.RELU;
            case "GELU" -> Activation.GELU;
            case "SiLU" -> Activation.SILU;
            default -> throw new UnsupportedModelException(file + ": activation_function is " + Json.quoted(function)
                    + "; supported are Tanh, Identity, ReLU, GELU, SiLU of torch");
        };
        in.neutral("module_input_name", "\"sentence_embedding\"");
        in.neutral("module_output_name", "\"sentence_embedding\"");
        in.neutral("use_residual", "false");
        in.refuseUnknown(Set.of(), "a plain Dense of sentence-transformers");
        Path weights = module.resolve("model.safetensors");
        if (!Files.exists(weights)) {
            throw new NoSuchFileException(weights.toString(), null,
                    "no such file; weights of PyTorch, a format that runs"
                            + " code when it is read, are not: save the model as safetensors");
        }
        Safetensors opened = Safetensors.open(weights);
        files.add(opened);
        String name = "pooling.dense." + dense.size();
        take(opened, "linear.weight", name + ".weight", List.of((long) outputs, (long) inputs));
        if (bias) {
            take(opened, "linear.bias", name + ".bias", List.of((long) outputs));
        }
        dense.add(new DenseSpec(outputs, bias, activation, null));
    }

    private void take(Safetensors file, String stored, String name, List<Long> shape) {
        ForeignTensor tensor = file.tensors().get(stored);
        if (tensor == null || !tensor.shape().equals(shape)) {
            throw new ModelFormatException(file.files().getFirst().toString(), tensor == null ? -1 : tensor.offset(),
                    "tensor " + stored, "one of shape " + shape, tensor == null ? "none" : tensor.shape().toString());
        }
        tensors.put(name, tensor);
    }

    private static PoolingSpec.Kind pooling(Path file, int width) throws IOException {
        PoolingSpec.Kind kind = null;
        for (Map.Entry<String, JsonNode> entry : object(file).properties()) {
            String key = entry.getKey();
            JsonNode value = entry.getValue();
            if (key.startsWith("pooling_mode_")) {
                if (!value.isBoolean()) {
                    throw new ModelFormatException(file.toString(), -1, key, "true or false", Json.kind(value));
                }
                if (value.asBoolean()) {
                    if (kind != null || !MODES.containsKey(key)) {
                        throw new UnsupportedModelException(file + ": " + Json.printable(key, 60)
                                + (kind != null ? " beside another mode" : "")
                                + " is not supported; one of mean, cls, last token, max and weighted mean is");
                    }
                    kind = MODES.get(key);
                }
            } else if (key.equals("word_embedding_dimension") || key.equals("embedding_dimension")) {
                if (!value.isIntegralNumber() || value.asLong() != width) {
                    throw new ModelFormatException(file.toString(), -1, key, width + ", the width of the model",
                            Json.kind(value));
                }
            } else if (key.equals("pooling_mode")) {
                kind = mode(file, value);
            } else if (key.equals("include_prompt") && !value.asBoolean(true)) {
                throw new UnsupportedModelException(
                        file + ": include_prompt is false: the tokens of a prompt do not count, which is not supported");
            } else if (!key.equals("include_prompt")) {
                throw new UnsupportedModelException(
                        file + ": the key '" + Json.printable(key, 60) + "' is not known and might change the vectors");
            }
        }
        if (kind == null) {
            throw new ModelFormatException(file.toString(), -1, "pooling_mode", "one that is chosen", "none");
        }
        return kind;
    }

    private static PoolingSpec.Kind mode(Path file, JsonNode value) {
        return switch (value.asText()) {
            case "mean" -> PoolingSpec.Kind.MEAN;
            case "cls" -> PoolingSpec.Kind.CLS;
            case "lasttoken" -> PoolingSpec.Kind.LAST;
            case "max" -> PoolingSpec.Kind.MAX;
            case "weightedmean" -> PoolingSpec.Kind.WEIGHTED_MEAN;
            default -> throw new UnsupportedModelException(file + ": the pooling_mode " + Json.kind(value)
                    + " is not supported; mean, cls, lasttoken, max and weightedmean are");
        };
    }

    /** How many tokens a text may have: as sentence-transformers has it, which otherwise takes the tokenizer's word. */
    private int longest() throws IOException {
        Path sentence = SETTINGS.stream().map(folder::resolve).filter(Files::exists).findFirst().orElse(null);
        if (sentence != null) {
            JsonNode settings = object(sentence);
            if (settings.path("do_lower_case").asBoolean()) {
                throw new UnsupportedModelException(sentence + ": do_lower_case is true: the text is changed before the"
                        + " tokenizer sees it, which is not supported");
            }
            if (settings.hasNonNull("max_seq_length")) {
                return longest(sentence, "max_seq_length", settings.get("max_seq_length"));
            }
        }
        Path tokenizer = folder.resolve("tokenizer_config.json");
        JsonNode stated = Files.exists(tokenizer) ? object(tokenizer).get("model_max_length") : null;
        // A number beyond all numbers stands for none.
        return stated == null || stated.isNull() || stated.isNumber() && stated.asDouble() > Integer.MAX_VALUE
                ? Integer.MAX_VALUE
                : longest(tokenizer, "model_max_length", stated);
    }

    private static int longest(Path file, String key, JsonNode stated) {
        if (!stated.isIntegralNumber() || !stated.canConvertToInt() || stated.asInt() < 1) {
            throw new ModelFormatException(file.toString(), -1, key, "a whole number from 1 on", Json.kind(stated));
        }
        return stated.asInt();
    }

    private void readPrompts() throws IOException {
        Path config = folder.resolve("config_sentence_transformers.json");
        if (Files.exists(config)) {
            prompts = prompts(config, object(config));
        }
    }

    private Prompts prompts(Path config, JsonNode settings) {
        JsonNode stated = settings.path("prompts");
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> prompt : stated.properties()) {
            if (!prompt.getValue().isTextual() || prompt.getKey().isEmpty() || texts.size() == MOST_PROMPTS) {
                throw new ModelFormatException(config.toString(), -1, "prompts",
                        "at most " + MOST_PROMPTS + " texts by name", Json.kind(prompt.getValue()));
            }
            texts.put(prompt.getKey(), prompt.getValue().asText());
        }
        JsonNode standard = settings.path("default_prompt_name");
        if (standard.isTextual() && !texts.containsKey(standard.asText())) {
            throw new ModelFormatException(config.toString(), -1, "default_prompt_name", "the name of a prompt",
                    Json.kind(standard));
        }
        if (settings.path("truncate_dim").isNumber()) {
            notes.add("config_sentence_transformers.json keeps " + settings.path("truncate_dim").asText()
                    + " dimensions of a vector; the converted model gives all, unless fewer are asked for");
        }
        return new Prompts(texts, standard.isTextual() ? standard.asText() : "");
    }

    private static JsonNode object(Path file) throws IOException {
        try (MappedFile mapped = MappedFile.open(file)) {
            return Json.object(mapped, LARGEST);
        }
    }
}
