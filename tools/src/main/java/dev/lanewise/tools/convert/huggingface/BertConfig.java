package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.SpecLimits;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The {@code config.json} of a BERT as transformers writes it (BertConfig). Each key is mapped to the specification, must
 * have the value that changes nothing, or is known to have no part in the numbers; any other key is refused by its name.
 */
final class BertConfig {
    /**
     * Keys without a part in an encoder's numbers: training, bookkeeping, heads (which are not converted), and the settings
     * of text generation that older releases wrote into every configuration.
     */
    private static final Set<String> IRRELEVANT = Set.of("model_type", "architectures", "transformers_version",
            "_name_or_path", "name_or_path", "_commit_hash", "_attn_implementation", "attn_implementation",
            "_attn_implementation_autoset", "attention_probs_dropout_prob", "hidden_dropout_prob",
            "classifier_dropout", "initializer_range", "initializer_factor", "gradient_checkpointing", "use_cache",
            "output_past", "torch_dtype", "dtype", "use_bfloat16", "torchscript", "tf_legacy_loss", "return_dict",
            "output_hidden_states", "output_attentions", "chunk_size_feed_forward", "tie_word_embeddings", "id2label",
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
    private final JsonNode config;
    private final Set<String> read = new HashSet<>();

    private BertConfig(String file, JsonNode config) {
        this.file = file;
        this.config = config;
    }

    /**
     * Maps a configuration.
     *
     * @param file the name that failures give
     * @throws UnsupportedModelException if it has a key or a value that there is no word for
     * @throws ModelFormatException if a value is missing or impossible
     */
    static TransformerSpec spec(String file, JsonNode config) {
        return new BertConfig(file, config).spec();
    }

    private TransformerSpec spec() {
        neutral("is_decoder", "false");
        neutral("add_cross_attention", "false");
        neutral("is_encoder_decoder", "false");
        neutral("tie_encoder_decoder", "false");
        neutral("cross_attention_hidden_size", "null");
        neutral("position_embedding_type", "\"absolute\"");
        neutral("pruned_heads", "{}");
        int width = integer("hidden_size", null, SpecLimits.WIDTH);
        int heads = integer("num_attention_heads", null, 4096);
        if (width % heads != 0) {
            throw new ModelFormatException(file, -1, "num_attention_heads", "a divisor of hidden_size, " + width,
                    Integer.toString(heads));
        }
        NormSpec norm = new NormSpec(NormSpec.Kind.LAYER, epsilon());
        TransformerSpec spec = TransformerSpec.encoder("bert",
                new EmbeddingSpec(integer("vocab_size", 30_522, SpecLimits.VOCABULARY),
                        integer("type_vocab_size", 2, SpecLimits.VOCABULARY), norm),
                new PositionSpec(PositionSpec.Kind.LEARNED,
                        integer("max_position_embeddings", 512, SpecLimits.POSITIONS), 0),
                new StackSpec(integer("num_hidden_layers", null, 10_000), width, StackSpec.NormPlacement.POST, norm,
                        new AttentionSpec(heads, width / heads, 1 / Math.sqrt(width / heads)),
                        new FeedForwardSpec(integer("intermediate_size", 3072, SpecLimits.FEED_FORWARD_WIDTH),
                                activation())),
                null);
        refuseUnknown();
        return SpecLimits.check(file, spec);
    }

    private Activation activation() {
        String word = has("hidden_act") ? config.get("hidden_act").asText() : "gelu";
        read.add("hidden_act");
        return switch (word) {
            case "gelu", "gelu_python" -> Activation.GELU;
            case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> Activation.GELU_TANH;
            case "relu" -> Activation.RELU;
            case "silu", "swish" -> Activation.SILU;
            default -> throw new UnsupportedModelException(file + ": hidden_act is '" + Json.printable(word, 40)
                    + "'; supported are gelu, gelu_new, gelu_pytorch_tanh, relu, silu");
        };
    }

    private double epsilon() {
        read.add("layer_norm_eps");
        if (!has("layer_norm_eps")) {
            return 1e-12;
        }
        JsonNode value = config.get("layer_norm_eps");
        if (!value.isNumber() || !(value.asDouble() >= 0 && value.asDouble() <= 1)) {
            throw new ModelFormatException(file, -1, "layer_norm_eps", "a number from 0 to 1", Json.kind(value));
        }
        return value.asDouble();
    }

    private int integer(String key, Integer absent, int most) {
        read.add(key);
        if (!has(key)) {
            if (absent == null) {
                throw new ModelFormatException(file, -1, key, "a whole number", "nothing");
            }
            return absent;
        }
        JsonNode value = config.get(key);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < 1 || value.asInt() > most) {
            throw new ModelFormatException(file, -1, key, "a whole number from 1 to " + most, Json.kind(value));
        }
        return value.asInt();
    }

    private void neutral(String key, String only) {
        read.add(key);
        if (has(key) && !config.get(key).toString().equals(only)) {
            throw new UnsupportedModelException(file + ": " + key + " is " + Json.kind(config.get(key))
                    + "; supported is " + only);
        }
    }

    private void refuseUnknown() {
        for (Map.Entry<String, JsonNode> entry : config.properties()) {
            // What is null is as good as absent: the default of a class this release knows completely.
            if (!read.contains(entry.getKey()) && !IRRELEVANT.contains(entry.getKey()) && !entry.getValue().isNull()) {
                throw new UnsupportedModelException(file + ": the key '" + Json.printable(entry.getKey(), 100)
                        + "' is not known and might change the numbers; a plain BertConfig of transformers is supported");
            }
        }
    }

    private boolean has(String key) {
        return config.hasNonNull(key);
    }
}
