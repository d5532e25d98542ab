package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.PositionSpec.Kind;
import dev.lanewise.spec.RelativeBiasSpec;
import dev.lanewise.spec.SourceSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.spec.StemSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tools.convert.SpecLimits;
import dev.lanewise.tools.convert.family.TensorNames;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The families of encoder-decoders that transformers publishes, as a table: of each, under which names its checkpoints keep
 * their tensors, what an absent key means, and which keys say which words of the specification. Those words are in
 * docs/families.md too.
 */
final class EncoderDecoderFamilies {
    /** Keys without a part in an encoder-decoder's numbers, besides those that no model needs: training, other classes. */
    private static final Set<String> IRRELEVANT = ConfigReader
            .irrelevant("attention_dropout activation_dropout dropout dropout_rate"
                    + " encoder_layerdrop decoder_layerdrop init_std classif_dropout num_hidden_layers is_decoder"
                    + " force_bos_token_to_be_generated extra_pos_embeddings add_bias_logits save_step use_task_specific_params"
                    + " max_new_tokens renormalize_logits suppress_tokens begin_suppress_tokens forced_decoder_ids"
                    + " classifier_proj_size use_weighted_layer_sum apply_spec_augment mask_time_prob mask_time_length"
                    + " mask_time_min_masks mask_feature_prob mask_feature_length mask_feature_min_masks median_filter_width"
                    + " encoder_no_repeat_ngram_size unk_token_id");
    private static final String ABSENT = "{'tie_word_embeddings': true, 'layer_norm_epsilon': 1e-6,"
            + " 'feed_forward_proj': 'relu', 'relative_attention_num_buckets': 32,"
            + " 'relative_attention_max_distance': 128, 'share_encoder_decoder_embeddings': true,"
            + " 'activation_function': 'gelu', 'pad_token_id': 1}";
    /** Where positions have no end by themselves: longer sources would take minutes. */
    private static final int RELATIVE_POSITIONS = 1 << 14;
    private static final double BART_EPSILON = 1e-5; // torch's own, in no configuration

    private static final Map<String, Family> ALL = new TreeMap<>();

    static {
        add("bart", EncoderDecoderNames.BART, (type, in, stored) -> bart(type, in, stored, NormPlacement.POST, true,
                new Places(Kind.LEARNED, 2, false)));
        add("mbart", EncoderDecoderNames.BART, (type, in, stored) -> bart(type, in, stored, NormPlacement.PRE, true,
                new Places(Kind.LEARNED, 2, false)));
        add("marian", EncoderDecoderNames.BART, (type, in, stored) -> bart(type, in, stored, NormPlacement.POST, false,
                new Places(Kind.SINUSOIDAL_HALVES, 0, false)));
        add("pegasus", EncoderDecoderNames.BART, (type, in, stored) -> bart(type, in, stored, NormPlacement.PRE, false,
                new Places(Kind.SINUSOIDAL_HALVES, 0, false)));
        add("m2m_100", EncoderDecoderNames.BART,
                (type, in, stored) -> bart(type, in, stored, NormPlacement.PRE, false, behindPadding(in)));
        add("whisper", EncoderDecoderNames.BART.with("output proj_out"), (type, in, stored) -> whisper(type, in));
        add("t5", EncoderDecoderNames.T5, (type, in, stored) -> t5(type, in, stored));
    }

    private EncoderDecoderFamilies() {}

    /** From keys to words. */
    @FunctionalInterface
    private interface Words {
        /** @param stored whether a tensor of this name, without the prefix, is there */
        TransformerSpec spec(String type, ConfigReader in, Predicate<String> stored);
    }

    private record Family(TensorNames names, Words words) {}

    /** Where positions begin, and in which scheme; where a table is stored it is taken instead of sines. */
    private record Places(Kind kind, int offset, boolean inclusive) {
        PositionSpec spec(int count, boolean stored) {
            return kind.sinusoidal() && stored
                    ? new PositionSpec(Kind.LEARNED, count, 0)
                    : new PositionSpec(kind, count, offset, inclusive);
        }
    }

    private static void add(String type, TensorNames names, Words words) {
        ALL.put(type, new Family(names, words));
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
     * @param stored whether there is a tensor of a name, without the prefix of the family
     * @throws UnsupportedModelException if it has a key or a value that there is no word for
     * @throws ModelFormatException if a value is missing, impossible, or contradicts another
     */
    static TransformerSpec spec(String type, String file, JsonNode config, Predicate<String> stored) {
        ConfigReader in = new ConfigReader(file, config, ABSENT);
        in.neutral("is_encoder_decoder", "true");
        TransformerSpec spec = ALL.get(type).words.spec(type, in, stored);
        in.refuseUnknown(IRRELEVANT, "a plain configuration of " + type + " in transformers");
        return SpecLimits.check(file, spec);
    }

    private static TransformerSpec bart(String type, ConfigReader in, Predicate<String> stored, NormPlacement placement,
            boolean embeddingNorm, Places places) {
        boolean before = placement == NormPlacement.PRE;
        in.neutral("normalize_before", Boolean.toString(before));
        in.neutral("add_final_layer_norm", Boolean.toString(before));
        in.neutral("normalize_embedding", Boolean.toString(embeddingNorm));
        in.neutral("static_position_embeddings", Boolean.toString(places.kind.sinusoidal()));
        int width = in.integer("d_model hidden_size", SpecLimits.WIDTH);
        int count = in.integer("max_position_embeddings", SpecLimits.POSITIONS);
        double scale = in.flag("scale_embedding") ? (float) Math.sqrt(width) : 1;
        NormSpec norm = embeddingNorm ? norm() : null;
        int ids = in.integer("vocab_size", SpecLimits.VOCABULARY);
        boolean shared = in.flag("share_encoder_decoder_embeddings");
        int others = in.has("decoder_vocab_size") ? in.integer("decoder_vocab_size", SpecLimits.VOCABULARY) : ids;
        if (shared && others != ids) {
            throw in.failure("decoder_vocab_size", "that of the encoder, " + ids + ", as they share a table",
                    Integer.toString(others));
        }
        boolean tied = in.flag("tie_word_embeddings");
        boolean one = shared && (tied || !stored.test("encoder.embed_tokens.weight"));
        return TransformerSpec.encoderDecoder(type, new SourceSpec(new EmbeddingSpec(ids, 0, scale, norm), one,
                places.spec(count, stored.test("encoder.embed_positions.weight")),
                stack(in, "encoder", width, placement),
                null), new EmbeddingSpec(others, 0, scale, norm),
                places.spec(count, stored.test("decoder.embed_positions.weight")),
                stack(in, "decoder", width, placement),
                new OutputSpec(tied, stored.test("final_logits_bias"), 1, 0));
    }

    private static Places behindPadding(ConfigReader in) {
        int padding = in.integer("pad_token_id", 0, SpecLimits.VOCABULARY);
        if (in.has("decoder_start_token_id")
                && in.integer("decoder_start_token_id", 0, SpecLimits.VOCABULARY) == padding) {
            throw new UnsupportedModelException(in.file() + ": decoder_start_token_id is " + padding + ", as"
                    + " pad_token_id; positions that begin behind padding are supported, one of padding itself is not");
        }
        return new Places(Kind.SINUSOIDAL_HALVES, padding + 1, true);
    }

    private static TransformerSpec whisper(String type, ConfigReader in) {
        in.neutral("scale_embedding", "false");
        int width = in.integer("d_model hidden_size", SpecLimits.WIDTH);
        StemSpec stem = new StemSpec(in.integer("num_mel_bins", 1 << 12), 2, 2, Activation.GELU);
        return TransformerSpec.encoderDecoder(type,
                new SourceSpec(null, false,
                        new PositionSpec(Kind.LEARNED, in.integer("max_source_positions", SpecLimits.POSITIONS), 0),
                        stack(in, "encoder", width, NormPlacement.PRE), stem),
                new EmbeddingSpec(in.integer("vocab_size", SpecLimits.VOCABULARY), 0, null),
                new PositionSpec(Kind.LEARNED, in.integer("max_target_positions", SpecLimits.POSITIONS), 0),
                stack(in, "decoder", width, NormPlacement.PRE),
                new OutputSpec(in.flag("tie_word_embeddings"), false, 1, 0));
    }

    private static NormSpec norm() {
        return new NormSpec(NormSpec.Kind.LAYER, BART_EPSILON);
    }

    private static StackSpec stack(ConfigReader in, String name, int width, NormPlacement placement) {
        int heads = in.integer(name + "_attention_heads", 4096);
        if (width % heads != 0) {
            throw in.failure(name + "_attention_heads", "a divisor of d_model, " + width, Integer.toString(heads));
        }
        AttentionSpec attention = new AttentionSpec(heads, width / heads, 1 / Math.sqrt(width / heads));
        return new StackSpec(in.integer(name + "_layers", 10_000), width, placement, norm(), List.of(attention),
                List.of(0), name.equals("decoder") ? attention : null,
                new FeedForwardSpec(in.integer(name + "_ffn_dim", SpecLimits.FEED_FORWARD_WIDTH),
                        in.activation("activation_function")),
                1, placement == NormPlacement.PRE);
    }

    private static TransformerSpec t5(String type, ConfigReader in, Predicate<String> stored) {
        int width = in.integer("d_model hidden_size", SpecLimits.WIDTH);
        int ids = in.integer("vocab_size", SpecLimits.VOCABULARY);
        int layers = in.integer("num_layers", 10_000);
        String[] network = in.text("feed_forward_proj").split("-", -1);
        boolean gated = network.length == 2 && network[0].equals("gated");
        if (network.length > 2 || network.length == 2 && !gated || in.flag("is_gated_act") && !gated) {
            throw in.failure("feed_forward_proj", "the name of an activation, with gated- before it if there is a gate",
                    String.join("-", network));
        }
        // The first to say gated-gelu meant the tanh form.
        String stated = gated && network[1].equals("gelu") ? "gelu_new" : network[network.length - 1];
        Activation activation = in.has("dense_act_fn")
                ? in.activation("dense_act_fn")
                : in.activation("feed_forward_proj", stated);
        FeedForwardSpec feedForward = new FeedForwardSpec(in.integer("d_ff", SpecLimits.FEED_FORWARD_WIDTH), activation,
                gated, false, null);
        PositionSpec position = new PositionSpec(Kind.NONE, Math.max(RELATIVE_POSITIONS,
                in.has("n_positions") ? in.integer("n_positions", SpecLimits.POSITIONS) : 0), 0);
        boolean asTied = in.flag("tie_word_embeddings");
        boolean scaled = in.has("scale_decoder_outputs") ? in.flag("scale_decoder_outputs") : asTied;
        // Release 5 of transformers writes that every head is tied; one that is not has no scale, and a matrix.
        boolean tied = asTied && (scaled || !stored.test("lm_head.weight"));
        EmbeddingSpec embedding = new EmbeddingSpec(ids, 0, null);
        return TransformerSpec.encoderDecoder(type,
                new SourceSpec(embedding, true, position, t5(in, layers, width, feedForward, true), null), embedding,
                position,
                t5(in, in.has("num_decoder_layers") ? in.integer("num_decoder_layers", 10_000) : layers, width,
                        feedForward, false),
                new OutputSpec(tied, false, scaled ? 1 / Math.sqrt(width) : 1, 0));
    }

    private static StackSpec t5(ConfigReader in, int layers, int width, FeedForwardSpec feedForward,
            boolean encoder) {
        int heads = in.integer("num_heads", 4096);
        int size = in.integer("d_kv", 4096);
        RelativeBiasSpec relative = new RelativeBiasSpec(in.integer("relative_attention_num_buckets", 1 << 16),
                in.integer("relative_attention_max_distance", SpecLimits.POSITIONS), encoder, true);
        return new StackSpec(layers, width, NormPlacement.PRE,
                new NormSpec(NormSpec.Kind.RMS, in.number("layer_norm_epsilon", 0, 1)),
                List.of(new AttentionSpec(heads, heads, size, 1, 0, 0, false, false, null, null, 0, relative)),
                List.of(0),
                encoder ? null : new AttentionSpec(heads, heads, size, 1, 0, 0, false, false, null, null, false),
                feedForward, 1, true);
    }
}
