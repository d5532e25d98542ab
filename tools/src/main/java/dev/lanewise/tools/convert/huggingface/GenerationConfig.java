package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.spec.TransformerSpec.Shape;
import dev.lanewise.tools.convert.Generation;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.MappedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a folder says of generating text: the ids that end one, in {@code generation_config.json} or, without that, in the
 * configuration; and the template of conversations, from any of the places that transformers reads.
 */
final class GenerationConfig {
    private static final long LARGEST = 4 << 20;
    /** It lists all added tokens. */
    private static final long LARGEST_TOKENIZER_CONFIG = 64 << 20;
    private static final int LONGEST_TEMPLATE = 1 << 20;
    private static final int MOST_ENDS = 1000;

    private GenerationConfig() {}

    /**
     * Reads what is there.
     *
     * @param config the configuration of the model
     * @param spec of the model; ends beyond its ids, which old configurations keep of another vocabulary, can never be
     *            generated and are left out
     * @param remarks gets what it says of an encoder-decoder that is left out
     */
    static Generation read(Path folder, JsonNode config, TransformerSpec spec, List<String> remarks)
            throws IOException {
        int vocabulary = spec.embedding().vocabulary();
        Optional<JsonNode> stated = object(folder.resolve("generation_config.json"), LARGEST);
        JsonNode ends = stated.map(json -> json.path("eos_token_id")).orElse(config.path("eos_token_id"));
        List<Integer> ids = new ArrayList<>();
        for (JsonNode end : ends.isArray() ? ends : List.of(ends)) {
            if (end.isNull() || end.isMissingNode()) {
                continue;
            }
            if (!end.canConvertToInt() || ids.size() == MOST_ENDS) {
                throw new ModelFormatException(folder.toString(), -1, "eos_token_id",
                        "an id, or at most " + MOST_ENDS + " of them", Json.kind(ends));
            }
            if (end.asInt() >= 0 && end.asInt() < vocabulary && !ids.contains(end.asInt())) {
                ids.add(end.asInt());
            }
        }
        if (spec.shape() != Shape.ENCODER_DECODER) {
            return new Generation(ids, template(folder), Optional.empty());
        }
        remarks.addAll(SequenceConfig.remarks(stated.orElse(config)));
        return new Generation(ids, template(folder),
                SequenceConfig.read(folder.toString(), stated.orElse(config), vocabulary, ids));
    }

    private static Optional<String> template(Path folder) throws IOException {
        Path file = folder.resolve("chat_template.jinja");
        if (Files.exists(file)) {
            if (Files.size(file) > LONGEST_TEMPLATE) {
                throw tooLong(file);
            }
            return Optional.of(Files.readString(file, StandardCharsets.UTF_8));
        }
        for (String name : List.of("chat_template.json", "tokenizer_config.json")) {
            Path json = folder.resolve(name);
            Optional<String> found = object(json, LARGEST_TOKENIZER_CONFIG)
                    .map(object -> chosen(object.path("chat_template")));
            if (found.isPresent()) {
                if (found.get().length() > LONGEST_TEMPLATE) {
                    throw tooLong(json);
                }
                return found;
            }
        }
        return Optional.empty();
    }

    /** A text, or of several templates with names the one that is called default. */
    private static String chosen(JsonNode templates) {
        if (templates.isTextual()) {
            return templates.asText();
        }
        for (JsonNode template : templates) {
            if (template.path("name").asText().equals("default") && template.path("template").isTextual()) {
                return template.path("template").asText();
            }
        }
        return null;
    }

    private static Optional<JsonNode> object(Path file, long most) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (MappedFile mapped = MappedFile.open(file)) {
            return Optional.of(Json.object(mapped, most));
        }
    }

    private static ModelFormatException tooLong(Path file) {
        return new ModelFormatException(file.toString(), -1, "chat_template",
                "at most " + LONGEST_TEMPLATE + " characters", "more");
    }
}
