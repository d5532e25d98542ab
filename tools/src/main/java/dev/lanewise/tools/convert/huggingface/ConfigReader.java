package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.tools.convert.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a configuration key by key and remembers what was read, so that a key that nobody knows is refused by its name: it
 * might change the numbers. Where several keys mean the same they are given in one text, separated by blanks; the first is
 * the one that failures name. What is null is as good as absent.
 */
final class ConfigReader {
    /**
     * Keys without a part in any model's numbers: training, bookkeeping, heads of encoders (which are not converted), and the settings
     * of text generation that older releases wrote into every configuration.
     */
    private static final Set<String> IRRELEVANT = Set.of("model_type", "architectures", "transformers_version",
            "_name_or_path", "name_or_path", "_commit_hash", "_attn_implementation", "attn_implementation",
            "_attn_implementation_autoset", "attention_probs_dropout_prob", "hidden_dropout_prob",
            "classifier_dropout", "initializer_range", "initializer_factor", "gradient_checkpointing", "use_cache",
            "output_past", "torch_dtype", "dtype", "use_bfloat16", "torchscript", "tf_legacy_loss", "return_dict",
            "output_hidden_states", "output_attentions", "chunk_size_feed_forward", "id2label",
            "label2id", "num_labels", "_num_labels", "problem_type", "finetuning_task", "task_specific_params",
            "tokenizer_class", "prefix", "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id",
            "cls_token_id", "mask_token_id", "decoder_start_token_id", "directionality", "pooler_fc_size",
            "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type", "language",
            "license", "sentence_transformers", "matryoshka_dimensions", "max_length", "min_length", "do_sample",
            "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty", "temperature", "top_k", "top_p",
            "typical_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size",
            "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "output_scores",
            "return_dict_in_generate", "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values",
            "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens", "xla_device");

    private final String file;
    private final String path;
    private final JsonNode config;
    private final JsonNode absent;
    private final Set<String> read = new HashSet<>();
    private final Map<String, ConfigReader> children = new LinkedHashMap<>();

    /**
     * @param file the name that failures give
     * @param absent the values of keys that are not there, as {@link Json#ours} reads them
     */
    ConfigReader(String file, JsonNode config, String absent) {
        this(file, "", config, Json.ours(absent));
    }

    private ConfigReader(String file, String path, JsonNode config, JsonNode absent) {
        this.file = file;
        this.path = path;
        this.config = config;
        this.absent = absent;
    }

    /** Keys without a part in the numbers: those that no model needs, and more, separated by blanks. */
    static Set<String> irrelevant(String more) {
        Set<String> all = new HashSet<>(IRRELEVANT);
        all.addAll(List.of(more.split(" ")));
        return Set.copyOf(all);
    }

    /** The name that failures give. */
    String file() {
        return file;
    }

    /** Whether one of the keys has a value. */
    boolean has(String keys) {
        return value(keys) != null;
    }

    /** Whether a key is there, and says that there is no such thing. */
    boolean isNull(String key) {
        read.add(key);
        return config.path(key).isNull();
    }

    /** A whole number from 1 on. */
    int integer(String keys, int most) {
        return integer(keys, 1, most);
    }

    /** A whole number between two bounds. */
    int integer(String keys, int least, int most) {
        JsonNode value = required(keys, "a whole number");
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < least || value.asInt() > most) {
            throw failure(keys, "a whole number from " + least + " to " + most, Json.kind(value));
        }
        return value.asInt();
    }

    /** A finite number between two bounds. */
    double number(String keys, double least, double most) {
        return number(keys, required(keys, "a number"), least, most);
    }

    /** A finite number between two bounds, or what holds where there is none. */
    double number(String keys, double otherwise, double least, double most) {
        return has(keys) ? number(keys, least, most) : otherwise;
    }

    private double number(String keys, JsonNode value, double least, double most) {
        if (!value.isNumber() || !(value.asDouble() >= least && value.asDouble() <= most)) {
            throw failure(keys, "a number from " + least + " to " + most, Json.kind(value));
        }
        return value.asDouble();
    }

    /** Numbers, at most some. */
    List<Double> numbers(String keys, int most) {
        JsonNode value = required(keys, "a list of numbers");
        if (!value.isArray() || value.size() > most) {
            throw failure(keys, "a list of at most " + most + " numbers", Json.kind(value));
        }
        List<Double> numbers = new ArrayList<>();
        value.forEach(element -> numbers.add(number(keys, element, -1e9, 1e9)));
        return numbers;
    }

    /** Texts, at most some. */
    List<String> texts(String keys, int most) {
        JsonNode value = required(keys, "a list of texts");
        if (!value.isArray() || value.size() > most) {
            throw failure(keys, "a list of at most " + most + " texts", Json.kind(value));
        }
        List<String> texts = new ArrayList<>();
        value.forEach(element -> texts.add(element.asText()));
        return texts;
    }

    /** A truth value, or false where there is none. */
    boolean flag(String keys) {
        JsonNode value = value(keys);
        if (value != null && !value.isBoolean()) {
            throw failure(keys, "true or false", Json.kind(value));
        }
        return value != null && value.asBoolean();
    }

    /** A text, or null where there is none. */
    String text(String keys) {
        JsonNode value = value(keys);
        if (value != null && !value.isTextual()) {
            throw failure(keys, "a text", Json.kind(value));
        }
        return value == null ? null : value.asText();
    }

    /** The activation that the first of the keys with a value says: of several, the others are leftovers. */
    Activation activation(String... keys) {
        String stated = null;
        for (String key : keys) {
            stated = text(key) != null && stated == null ? key : stated;
        }
        if (stated == null) {
            throw failure(keys[0], "the name of an activation", "nothing");
        }
        return activation(stated, text(stated));
    }

    /** The activation of a name that a key says. */
    Activation activation(String key, String word) {
        return switch (word) {
            case "gelu", "gelu_python" -> Activation.GELU;
            case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> Activation.GELU_TANH;
            case "relu" -> Activation.RELU;
            case "silu", "swish" -> Activation.SILU;
            case "tanh" -> Activation.TANH;
            default -> throw new UnsupportedModelException(file + ": " + path + key + " is "
                    + Json.quoted(word) + "; supported are gelu, gelu_new, gelu_pytorch_tanh, relu, silu, tanh");
        };
    }

    /** Refuses any value but the one that changes nothing, written as in JSON. */
    void neutral(String keys, String only) {
        JsonNode value = value(keys);
        if (value != null && !value.toString().equals(only)) {
            throw new UnsupportedModelException(file + ": " + path + first(keys) + " is " + Json.kind(value)
                    + "; supported is " + only);
        }
    }

    /** Takes note of keys that have no part in the numbers. */
    void ignore(String keys) {
        read.addAll(List.of(keys.split(" ")));
    }

    /** The value of a key, or null; only for what has no other reader. */
    JsonNode node(String keys) {
        return value(keys);
    }

    /** The object under a key, the same reader each time; an empty one where there is none. */
    ConfigReader child(String keys) {
        return children.computeIfAbsent(keys, this::readChild);
    }

    private ConfigReader readChild(String keys) {
        JsonNode value = value(keys);
        if (value != null && !value.isObject()) {
            throw failure(keys, "an object", Json.kind(value));
        }
        JsonNode none = JsonNodeFactory.instance.objectNode();
        return new ConfigReader(file, path + first(keys) + ".", value == null ? none : value, none);
    }

    /**
     * Refuses what nobody has read.
     *
     * @param irrelevant keys without a part in the numbers
     * @param kind what is supported, for failures
     */
    void refuseUnknown(Set<String> irrelevant, String kind) {
        for (Map.Entry<String, JsonNode> entry : config.properties()) {
            if (!read.contains(entry.getKey()) && !irrelevant.contains(entry.getKey()) && !entry.getValue().isNull()) {
                throw new UnsupportedModelException(
                        file + ": the key '" + path + Json.printable(entry.getKey(), 100)
                                + "' is not known and might change the numbers; " + kind + " is supported");
            }
        }
        children.values().forEach(child -> child.refuseUnknown(Set.of(), kind));
    }

    /** A failure of one of these keys. */
    ModelFormatException failure(String keys, String expected, String found) {
        return new ModelFormatException(file, -1, path + first(keys), expected, found);
    }

    private JsonNode required(String keys, String expected) {
        JsonNode value = value(keys);
        if (value == null) {
            throw failure(keys, expected, "nothing");
        }
        return value;
    }

    private JsonNode value(String keys) {
        JsonNode found = null;
        for (String key : keys.split(" ")) {
            read.add(key);
            if (!config.hasNonNull(key)) {
                continue;
            }
            if (found != null && !found.equals(config.get(key))) {
                throw failure(key, "the same as another key for it says, " + Json.kind(found),
                        Json.kind(config.get(key)));
            }
            found = config.get(key);
        }
        for (String key : keys.split(" ")) {
            found = found == null && absent.hasNonNull(key) ? absent.get(key) : found;
        }
        return found;
    }

    private static String first(String keys) {
        return keys.split(" ")[0];
    }
}
