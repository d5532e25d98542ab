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
import dev.lanewise.spec.PositionSpec.Kind;
import dev.lanewise.spec.RelativeBiasSpec;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.SpecLimits;
import dev.lanewise.tools.convert.family.TensorNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The families of encoders that transformers publishes, as a table: of each, under which names its checkpoints keep their
 * tensors, what an absent key means, and which keys say which words of the specification. Those words are in
 * docs/families.md too; heads are in {@link EncoderHeads}.
 */
final class EncoderFamilies {
    /** Keys without a part in an encoder's numbers, besides those that no model needs: training, speed, other classes. */
    private static final Set<String> IRRELEVANT = ConfigReader
            .irrelevant("attention_dropout dropout qa_dropout seq_classif_dropout"
                    + " classifier_dropout_prob tie_weights_ sinusoidal_pos_embds summary_type summary_use_proj"
                    + " summary_activation summary_last_dropout summary_first_dropout summary_proj_to_labels head_dim"
                    + " attn_pdrop embd_pdrop resid_pdrop dense_seq_output fused_bias_fc fused_dropout_add_ln"
                    + " last_layer_subset max_trained_positions n_ctx pad_vocab_size_multiple parallel_block_tied_norm"
                    + " reorder_and_upcast_attn use_flash_attn use_xentropy scale_attn_weights classifier_activation"
                    + " classifier_bias classifier_pooling decoder_bias deterministic_flash_attn embedding_dropout mlp_dropout"
                    + " initializer_cutoff_factor sparse_pred_ignore_index sparse_prediction reference_compile"
                    + " repad_logits_with_grad unk_token_id model_max_length net_structure_type layers_to_keep"
                    + " num_memory_blocks gap_size bert_model_name tie_word_embeddings sbert_ce_default_activation_function");

    private static final Map<String, Family> ALL = new TreeMap<>();

    static {
        add("bert", EncoderNames.BERT, "{'vocab_size': 30522, 'type_vocab_size': 2, 'max_position_embeddings': 512,"
                + " 'intermediate_size': 3072, 'layer_norm_eps': 1e-12, 'hidden_act': 'gelu'}",
                in -> plain(in, "bert", 0));
        for (String type : List.of("roberta", "xlm-roberta", "camembert")) {
            add(type, EncoderNames.ROBERTA, "{'type_vocab_size': 2, 'max_position_embeddings': 512, 'pad_token_id': 1,"
                    + " 'intermediate_size': 3072, 'layer_norm_eps': 1e-12, 'hidden_act': 'gelu'}",
                    in -> plain(in, type, in.integer("pad_token_id", 0, SpecLimits.VOCABULARY) + 1));
        }
        add("electra", EncoderNames.ELECTRA,
                "{'vocab_size': 30522, 'type_vocab_size': 2, 'max_position_embeddings': 512,"
                        + " 'embedding_size': 128, 'intermediate_size': 1024, 'layer_norm_eps': 1e-12,"
                        + " 'hidden_act': 'gelu'}",
                in -> plain(in, "electra", 0));
        add("albert", EncoderNames.ALBERT,
                "{'type_vocab_size': 2, 'max_position_embeddings': 512, 'embedding_size': 128,"
                        + " 'num_hidden_groups': 1, 'layer_norm_eps': 1e-12, 'hidden_act': 'gelu_new'}",
                in -> {
                    in.neutral("inner_group_num", "1");
                    in.neutral("down_scale_factor", "1");
                    return plain(in, "albert", 0);
                });
        add("mpnet", EncoderNames.MPNET, "{'max_position_embeddings': 512,"
                + " 'layer_norm_eps': 1e-12, 'hidden_act': 'gelu', 'pad_token_id': 1}",
                in -> plain(in, "mpnet", in.integer("pad_token_id", 0, SpecLimits.VOCABULARY) + 1));
        add("distilbert", EncoderNames.DISTILBERT, "{'max_position_embeddings': 512, 'activation': 'gelu'}",
                in -> plain(in, "distilbert", 0));
        add("nomic_bert", EncoderNames.NOMIC,
                "{'type_vocab_size': 2, 'layer_norm_eps': 1e-12, 'hidden_act': 'silu'}", EncoderFamilies::nomic);
        add("modernbert", EncoderNames.MODERNBERT,
                "{'norm_eps': 1e-5, 'hidden_activation': 'gelu', 'local_attention': 128,"
                        + " 'global_attn_every_n_layers': 3, 'max_position_embeddings': 8192}",
                EncoderFamilies::modern);
    }

    private EncoderFamilies() {}

    private record Family(TensorNames names, String absent, Function<ConfigReader, TransformerSpec> words) {}

    private static void add(String type, TensorNames names, String absent,
            Function<ConfigReader, TransformerSpec> words) {
        ALL.put(type, new Family(names, absent, words));
    }

    /** The families by the word that {@code model_type} has for them. */
    static Set<String> types() {
        return ALL.keySet();
    }

    /** Whether there is one of this name. */
    static boolean knows(String type) {
        return ALL.containsKey(type);
    }

    /** Where the tensors of a family are. */
    static TensorNames names(String type) {
        return ALL.get(type).names;
    }

    /**
     * What a configuration says.
     *
     * @param type one of {@link #types}
     * @param head the family's head that the configuration names, or null
     * @param outputs how many outputs the head's weights have
     * @throws UnsupportedModelException if it has a key or a value that there is no word for
     * @throws ModelFormatException if a value is missing, impossible, or contradicts another
     */
    static TransformerSpec spec(String type, String file, JsonNode config, EncoderHeads.Head head, int outputs) {
        Family family = ALL.get(type);
        ConfigReader in = new ConfigReader(file, config, family.absent);
        in.neutral("is_decoder", "false");
        in.neutral("add_cross_attention", "false");
        in.neutral("is_encoder_decoder", "false");
        in.neutral("tie_encoder_decoder", "false");
        in.neutral("cross_attention_hidden_size", "null");
        in.neutral("pruned_heads", "{}");
        TransformerSpec spec = family.words.apply(in);
        if (head != null) {
            spec = spec.withHead(head.spec(in, spec, outputs));
        }
        in.refuseUnknown(IRRELEVANT, "a plain configuration of " + type + " in transformers");
        return SpecLimits.check(file, spec);
    }

    /** As the first encoders are: positions that are learned from a row on, norms behind the sums. */
    private static TransformerSpec plain(ConfigReader in, String type, int offset) {
        in.neutral("position_embedding_type", "\"absolute\"");
        int width = in.integer("hidden_size dim", SpecLimits.WIDTH);
        boolean albert = type.equals("albert");
        int narrow = albert || type.equals("electra") ? in.integer("embedding_size", SpecLimits.WIDTH) : width;
        int layers = in.integer("num_hidden_layers n_layers", 10_000);
        int rows = in.integer("max_position_embeddings", SpecLimits.POSITIONS);
        if (rows <= offset) {
            throw in.failure("max_position_embeddings", "more than " + offset + ", where positions begin",
                    Integer.toString(rows));
        }
        NormSpec norm = new NormSpec(NormSpec.Kind.LAYER, in.number("layer_norm_eps", 1e-12, 0, 1));
        int heads = heads(in, width);
        // transformers has these buckets and this distance in its code, whatever a configuration says.
        RelativeBiasSpec relative = type.equals("mpnet") ? new RelativeBiasSpec(32, 128, true, true) : null;
        in.neutral("relative_attention_num_buckets", "32");
        AttentionSpec attention = new AttentionSpec(heads, heads, width / heads, 1 / Math.sqrt(width / heads), 0, 0,
                true, true, null, null, 0, relative);
        StackSpec stack = new StackSpec(layers, width, NormPlacement.POST, norm, List.of(attention), List.of(0), null,
                new FeedForwardSpec(in.integer("intermediate_size hidden_dim", SpecLimits.FEED_FORWARD_WIDTH),
                        in.activation(type.equals("distilbert") ? "activation" : "hidden_act")),
                1, false, true, albert ? in.integer("num_hidden_groups", layers) : layers);
        // Albert's has a map behind it even where it is no narrower.
        boolean projected = narrow != width || albert;
        return TransformerSpec.encoder(type,
                new EmbeddingSpec(in.integer("vocab_size", SpecLimits.VOCABULARY),
                        in.has("type_vocab_size") ? in.integer("type_vocab_size", 0, SpecLimits.VOCABULARY) : 0, 1,
                        norm, projected ? narrow : 0),
                new PositionSpec(Kind.LEARNED, rows - offset, offset), stack, null);
    }

    private static TransformerSpec nomic(ConfigReader in) {
        for (String off : List.of("prenorm", "parallel_block", "use_rms_norm", "rotary_emb_interleaved",
                "qkv_proj_bias", "mlp_fc1_bias", "mlp_fc2_bias", "causal", "scale_attn_by_inverse_layer_idx")) {
            in.neutral(off, "false");
        }
        in.ignore("auto_map"); // the publisher's own code, which does what the keys say
        in.neutral("position_embedding_type", "\"absolute\"");
        in.neutral("rotary_scaling_factor", "null");
        in.neutral("rotary_emb_scale_base", "null");
        // Published files have both, and the old name with a number that transformers does not heed.
        int longest = in.has("n_positions") ? in.integer("n_positions", SpecLimits.POSITIONS) : 2048;
        int positions = in.has("max_position_embeddings")
                ? in.integer("max_position_embeddings", SpecLimits.POSITIONS)
                : longest;
        int width = in.integer("hidden_size n_embd", SpecLimits.WIDTH);
        int heads = heads(in, width);
        int size = width / heads;
        in.neutral("head_dim", Integer.toString(size));
        String stated = in.text("activation_function");
        Activation activation = in.activation("hidden_act");
        if (stated != null) {
            activation = switch (stated) {
                case "swiglu" -> Activation.SILU;
                case "geglu" -> Activation.GELU;
                default -> throw new UnsupportedModelException(in.file() + ": activation_function is "
                        + Json.quoted(stated) + "; supported are swiglu, geglu");
            };
        }
        NormSpec norm = new NormSpec(NormSpec.Kind.LAYER, in.number("layer_norm_eps layer_norm_epsilon", 0, 1));
        double theta = theta(in, in.child("rope_parameters rope_scaling"), "rotary_emb_base rope_theta", 1000);
        int rotated = (int) (size * in.number("rotary_emb_fraction partial_rotary_factor", 1, 0, 1));
        AttentionSpec attention = new AttentionSpec(heads, heads, size, 1 / Math.sqrt(size), 0, 0, false, false, null,
                new RotarySpec(theta, rotated), false);
        return TransformerSpec.encoder("nomic_bert",
                new EmbeddingSpec(in.integer("vocab_size", SpecLimits.VOCABULARY),
                        in.integer("type_vocab_size", 0, SpecLimits.VOCABULARY), norm),
                new PositionSpec(Kind.NONE, positions, 0),
                new StackSpec(in.integer("num_hidden_layers n_layer", 10_000), width, NormPlacement.POST, norm,
                        attention, new FeedForwardSpec(in.integer("intermediate_size n_inner",
                                SpecLimits.FEED_FORWARD_WIDTH), activation, true, false, null)),
                null);
    }

    private static TransformerSpec modern(ConfigReader in) {
        // Positions are rotations, whatever is said of them.
        in.ignore("layer_norm_eps position_embedding_type");
        int width = in.integer("hidden_size", SpecLimits.WIDTH);
        int layers = in.integer("num_hidden_layers", 10_000);
        int heads = heads(in, width);
        int size = width / heads;
        boolean bias = in.flag("attention_bias");
        ConfigReader rotary = in.child("rope_parameters rope_scaling");
        double far = theta(in, rotary.child("full_attention"), "global_rope_theta rope_theta", 160_000);
        double near = theta(in, rotary.child("sliding_attention"), "local_rope_theta", 10_000);
        // So many to each side, and the token itself.
        int window = in.integer("local_attention", SpecLimits.POSITIONS) / 2 + 1;
        List<AttentionSpec> kinds = List.of(
                new AttentionSpec(heads, heads, size, 1 / Math.sqrt(size), 0, 0, bias, bias, null,
                        new RotarySpec(far, size), false),
                new AttentionSpec(heads, heads, size, 1 / Math.sqrt(size), 0, window, bias, bias, null,
                        new RotarySpec(near, size), false));
        NormSpec norm = new NormSpec(NormSpec.Kind.LAYER, in.number("norm_eps", 0, 1), in.flag("norm_bias"));
        return TransformerSpec.encoder("modernbert",
                new EmbeddingSpec(in.integer("vocab_size", SpecLimits.VOCABULARY), 0, norm),
                new PositionSpec(Kind.NONE, in.integer("max_position_embeddings", SpecLimits.POSITIONS), 0),
                new StackSpec(layers, width, NormPlacement.PRE, norm, kinds, pattern(in, layers), null,
                        new FeedForwardSpec(in.integer("intermediate_size", SpecLimits.FEED_FORWARD_WIDTH),
                                in.activation("hidden_activation"), true, in.flag("mlp_bias"), null),
                        1, true, false, layers),
                null);
    }

    /** 0 for layers that see all, 1 for those with a window. */
    private static List<Integer> pattern(ConfigReader in, int layers) {
        int every = in.integer("global_attn_every_n_layers", 10_000);
        List<Integer> pattern = new ArrayList<>();
        for (boolean near : LayerConfig.sliding(in, layers, layer -> layer % every != 0)) {
            pattern.add(near ? 1 : 0);
        }
        return pattern;
    }

    private static double theta(ConfigReader in, ConfigReader rotary, String keys, double otherwise) {
        rotary.neutral("rope_type", "\"default\"");
        double stated = in.number(keys, otherwise, 1e-6, 1e12);
        return rotary.number("rope_theta", stated, 1e-6, 1e12);
    }

    private static int heads(ConfigReader in, int width) {
        int heads = in.integer("num_attention_heads n_heads n_head", 4096);
        if (width % heads != 0) {
            throw in.failure("num_attention_heads", "a divisor of hidden_size, " + width, Integer.toString(heads));
        }
        return heads;
    }
}
