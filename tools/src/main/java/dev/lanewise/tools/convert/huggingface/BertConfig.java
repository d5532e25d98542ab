package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tools.convert.SpecLimits;

/**
 * The {@code config.json} of a BERT as transformers writes it (BertConfig). Each key is mapped to the specification, must
 * have the value that changes nothing, or is known to have no part in the numbers; any other key is refused by its name.
 */
final class BertConfig {
    private BertConfig() {}

    /**
     * Maps a configuration.
     *
     * @param file the name that failures give
     * @throws UnsupportedModelException if it has a key or a value that there is no word for
     * @throws ModelFormatException if a value is missing or impossible
     */
    static TransformerSpec spec(String file, JsonNode config) {
        ConfigReader in = new ConfigReader(file, config, JsonNodeFactory.instance.objectNode()
                .put("vocab_size", 30_522).put("type_vocab_size", 2).put("max_position_embeddings", 512)
                .put("intermediate_size", 3072).put("layer_norm_eps", 1e-12).put("hidden_act", "gelu"));
        in.neutral("is_decoder", "false");
        in.neutral("add_cross_attention", "false");
        in.neutral("is_encoder_decoder", "false");
        in.neutral("tie_encoder_decoder", "false");
        in.neutral("cross_attention_hidden_size", "null");
        in.neutral("position_embedding_type", "\"absolute\"");
        in.neutral("pruned_heads", "{}");
        int width = in.integer("hidden_size", SpecLimits.WIDTH);
        int heads = in.integer("num_attention_heads", 4096);
        if (width % heads != 0) {
            throw in.failure("num_attention_heads", "a divisor of hidden_size, " + width, Integer.toString(heads));
        }
        NormSpec norm = new NormSpec(NormSpec.Kind.LAYER, in.number("layer_norm_eps", 0, 1));
        TransformerSpec spec = TransformerSpec.encoder("bert",
                new EmbeddingSpec(in.integer("vocab_size", SpecLimits.VOCABULARY),
                        in.integer("type_vocab_size", SpecLimits.VOCABULARY), norm),
                new PositionSpec(PositionSpec.Kind.LEARNED,
                        in.integer("max_position_embeddings", SpecLimits.POSITIONS), 0),
                new StackSpec(in.integer("num_hidden_layers", 10_000), width, StackSpec.NormPlacement.POST, norm,
                        new AttentionSpec(heads, width / heads, 1 / Math.sqrt(width / heads)),
                        new FeedForwardSpec(in.integer("intermediate_size", SpecLimits.FEED_FORWARD_WIDTH),
                                in.activation("hidden_act"))),
                null);
        in.refuseUnknown(ConfigReader.IRRELEVANT, "a plain BertConfig of transformers");
        return SpecLimits.check(file, spec);
    }
}
