package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.MappedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What sentence-transformers keeps beside a model: {@code modules.json} with the chain of modules, the folder of each, and
 * settings. The chain must be the transformer, one kind of pooling, and normalisation or not.
 */
final class SentenceTransformers {
    private static final long LARGEST = 4 << 20;
    private static final Map<String, PoolingSpec.Kind> MODES = Map.of("pooling_mode_mean_tokens",
            PoolingSpec.Kind.MEAN, "pooling_mode_cls_token", PoolingSpec.Kind.CLS, "pooling_mode_lasttoken",
            PoolingSpec.Kind.LAST);

    private final Path folder;
    private final List<String> notes = new ArrayList<>();

    private SentenceTransformers(Path folder) {
        this.folder = folder;
    }

    /**
     * Adds the pooling that a folder states to a specification.
     *
     * @param notes gets what was left out, for people
     * @return the specification, unchanged where the folder states none
     * @throws UnsupportedModelException if the folder states something that there is no word for
     */
    static TransformerSpec apply(Path folder, TransformerSpec spec, List<String> notes) throws IOException {
        if (!Files.exists(folder.resolve("modules.json"))) {
            return spec;
        }
        SentenceTransformers files = new SentenceTransformers(folder);
        PoolingSpec pooling = files.modules(spec);
        files.settings(spec);
        notes.addAll(files.notes);
        return spec.withPooling(pooling);
    }

    private PoolingSpec modules(TransformerSpec spec) throws IOException {
        Path file = folder.resolve("modules.json");
        JsonNode modules;
        try (MappedFile mapped = MappedFile.open(file)) {
            modules = Json.tree(mapped, LARGEST);
        }
        if (!modules.isArray()) {
            throw new ModelFormatException(file.toString(), -1, "modules", "a list", Json.kind(modules));
        }
        PoolingSpec.Kind kind = null;
        boolean normalize = false;
        for (int i = 0; i < modules.size(); i++) {
            String type = modules.get(i).path("type").asText();
            String name = type.startsWith("sentence_transformers.") ? type.substring(type.lastIndexOf('.') + 1) : type;
            if (i == 0 && name.equals("Transformer")) {
                continue;
            }
            if (i == 1 && name.equals("Pooling")) {
                kind = pooling(modules.get(i).path("path").asText(), spec.stack().width());
            } else if (i == 2 && name.equals("Normalize")) {
                normalize = true;
            } else {
                throw new UnsupportedModelException(file + ": module " + i + " is '" + Json.printable(type, 100)
                        + "'; supported are Transformer, Pooling and, possibly, Normalize, in this order");
            }
        }
        return kind == null ? null : new PoolingSpec(kind, normalize);
    }

    private PoolingSpec.Kind pooling(String path, int width) throws IOException {
        if (path.isEmpty() || path.contains("/") || path.contains("\\") || path.contains(":") || path.startsWith(".")) {
            throw new ModelFormatException(folder.resolve("modules.json").toString(), -1, "path of a module",
                    "the name of a folder", "'" + Json.printable(path, 100) + "'");
        }
        Path file = folder.resolve(path).resolve("config.json");
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
                                + " is not supported; one of mean, cls and last token is");
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
            default -> throw new UnsupportedModelException(file + ": the pooling_mode " + Json.kind(value)
                    + " is not supported; mean, cls and lasttoken are");
        };
    }

    private void settings(TransformerSpec spec) throws IOException {
        Path sentence = folder.resolve("sentence_bert_config.json");
        if (Files.exists(sentence)) {
            JsonNode settings = object(sentence);
            if (settings.path("do_lower_case").asBoolean()) {
                throw new UnsupportedModelException(sentence + ": do_lower_case is true: the text is changed before the"
                        + " tokenizer sees it, which is not supported");
            }
            JsonNode longest = settings.path("max_seq_length");
            if (longest.isIntegralNumber() && longest.asLong() < spec.maxTokens()) {
                notes.add("sentence_bert_config.json cuts texts at " + longest.asLong() + " tokens; the converted model"
                        + " takes " + spec.maxTokens());
            }
        }
        Path config = folder.resolve("config_sentence_transformers.json");
        if (Files.exists(config)) {
            JsonNode prompt = object(config).path("default_prompt_name");
            if (prompt.isTextual()) {
                notes.add("the prompt '" + Json.printable(prompt.asText(), 60)
                        + "', which sentence-transformers puts before each text by default, is left out");
            }
        }
    }

    private static JsonNode object(Path file) throws IOException {
        try (MappedFile mapped = MappedFile.open(file)) {
            return Json.object(mapped, LARGEST);
        }
    }
}
