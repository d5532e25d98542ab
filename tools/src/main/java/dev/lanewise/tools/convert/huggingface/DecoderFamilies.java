package dev.lanewise.tools.convert.huggingface;

import static dev.lanewise.tools.convert.huggingface.LayerConfig.fromMaxWindowLayers;
import static dev.lanewise.tools.convert.huggingface.LayerConfig.rotatedLayers;
import static dev.lanewise.tools.convert.huggingface.LayerConfig.sliding;
import static dev.lanewise.tools.convert.huggingface.LayerConfig.slidingWindow;
import static dev.lanewise.tools.convert.huggingface.LayerConfig.window;
import static dev.lanewise.tools.convert.huggingface.LayerConfig.windows;
import static dev.lanewise.tools.convert.huggingface.RotaryConfig.partial;
import static dev.lanewise.tools.convert.huggingface.RotaryConfig.rotary;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec.Scope;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.tools.convert.SpecLimits;
import dev.lanewise.tools.convert.family.DecoderDraft;
import dev.lanewise.tools.convert.family.DecoderDraft.Sizes;
import dev.lanewise.tools.convert.family.TensorNames;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * The families of decoders that transformers publishes, as a table: of each, under which names its checkpoints keep their
 * tensors, what an absent key means, and which keys say which words of the specification. Sizes are stated alike by all, see
 * {@link #draft}. The words of each family are in docs/families.md too.
 */
final class DecoderFamilies {
    /** Keys without a part in a decoder's numbers, besides those that no model needs: training, speed, other classes. */
    private static final Set<String> IRRELEVANT = ConfigReader
            .irrelevant("attn_pdrop embd_pdrop resid_pdrop attention_dropout"
                    + " hidden_dropout dropout layerdrop embedding_dropout residual_dropout activation_dropout init_std"
                    + " summary_activation summary_first_dropout summary_proj_to_labels summary_type summary_use_proj"
                    + " reorder_and_upcast_attn n_ctx pretraining_tp slow_but_exact output_router_logits router_aux_loss_coef"
                    + " router_jitter_noise cache_implementation auto_map attention_softmax_in_fp32 masked_softmax_fusion"
                    + " offset_alibi skip_bias_add skip_bias_add_qkv bias_dropout_fusion scale_attention_softmax_in_fp32"
                    + " unk_token_id model_max_length max_window_layers sliding_window_size is_llama_config"
                    + " transformers.js_config is_decoder use_flash_attn _flash_attn_2_enabled max_sequence_length"
                    + " n_special predict_special_tokens unsloth_version unsloth_fixed"
                    + " _sliding_window_pattern");

    private static final Map<String, Family> ALL = new TreeMap<>();

    static {
        add("llama", DecoderNames.LLAMA, "{}", (in, out) -> out.rotary(rotary(in, out)).gated()
                .biases(in.flag("attention_bias"), in.flag("attention_bias"), in.flag("mlp_bias")));
        add("mistral", DecoderNames.LLAMA, "{'sliding_window': 4096}",
                (in, out) -> out.rotary(rotary(in, out)).gated().window(window(in)));
        add("qwen2", DecoderNames.LLAMA, "{'sliding_window': 4096}",
                (in, out) -> windows(in, out.rotary(rotary(in, out)).gated().biases(true, false, false),
                        slidingWindow(in), fromMaxWindowLayers(in)));
        add("qwen3", DecoderNames.LLAMA, "{'sliding_window': 4096}",
                (in, out) -> windows(in, out.rotary(rotary(in, out)).gated().queryKeyNorm(Scope.HEAD, false)
                        .biases(in.flag("attention_bias"), in.flag("attention_bias"), false),
                        slidingWindow(in), fromMaxWindowLayers(in)));
        add("qwen3_moe", DecoderNames.LLAMA, "{'sliding_window': 4096}",
                (in, out) -> {
                    in.neutral("decoder_sparse_step", "1");
                    in.neutral("mlp_only_layers", "[]");
                    int experts = in.integer("num_experts num_local_experts", 4096);
                    out.rotary(rotary(in, out)).gated().queryKeyNorm(Scope.HEAD, false)
                            .window(slidingWindow(in))
                            .biases(in.flag("attention_bias"), in.flag("attention_bias"), false)
                            .inner(in.integer("moe_intermediate_size", SpecLimits.FEED_FORWARD_WIDTH))
                            .experts(experts, in.integer("num_experts_per_tok", experts), in.flag("norm_topk_prob"));
                });
        add("mixtral", DecoderNames.MIXTRAL, "{'rope_theta': 1e6}",
                (in, out) -> {
                    int experts = in.integer("num_local_experts num_experts", 4096);
                    out.rotary(rotary(in, out)).gated().window(window(in))
                            .experts(experts, in.integer("num_experts_per_tok", experts), true);
                });
        add("smollm3", DecoderNames.LLAMA, "{'rope_theta': 2e6, 'tie_word_embeddings': true}",
                (in, out) -> {
                    boolean[] rotated = rotatedLayers(in, out.sizes().layers());
                    RotarySpec rotary = rotary(in, out);
                    for (int i = 0; i < rotated.length; i++) {
                        out.rotary(i, rotated[i] ? rotary : null);
                    }
                    windows(in, out.gated().biases(in.flag("attention_bias"), in.flag("attention_bias"),
                            in.flag("mlp_bias")), slidingWindow(in), i -> !rotated[i]);
                });
        add("granite", DecoderNames.LLAMA, "{}",
                (in, out) -> out.rotary(rotary(in, out)).gated()
                        .biases(in.flag("attention_bias"), in.flag("attention_bias"), in.flag("mlp_bias"))
                        .embeddingScale(in.number("embedding_multiplier", 1, -1e6, 1e6))
                        .scale(in.number("attention_multiplier", 1, 1e-6, 1e6))
                        .residualScale(in.number("residual_multiplier", 1, -1e6, 1e6))
                        .logits(1 / in.number("logits_scaling", 1, 1e-6, 1e6), 0));
        add("olmo2", DecoderNames.OUTPUT_NORMS, "{}",
                (in, out) -> out.rotary(rotary(in, out)).gated().placement(NormPlacement.OUTPUT)
                        .queryKeyNorm(Scope.ALL, false)
                        .biases(in.flag("attention_bias"), in.flag("attention_bias"), false));
        add("gemma", DecoderNames.LLAMA.withPlusOne(), "{'tie_word_embeddings': true}",
                (in, out) -> gemma(in, out).rotary(rotary(in, out)));
        add("gemma2", DecoderNames.SANDWICH,
                "{'tie_word_embeddings': true, 'sliding_window': 4096, 'attn_logit_softcapping': 50,"
                        + " 'final_logit_softcapping': 30}",
                (in, out) -> windows(in, sandwich(in, out).rotary(rotary(in, out)), window(in),
                        i -> i % 2 == 0));
        add("gemma3_text", DecoderNames.SANDWICH, "{'tie_word_embeddings': true, 'sliding_window': 4096}",
                (in, out) -> {
                    int every = in.has("sliding_window_pattern") ? in.integer("sliding_window_pattern", 10_000) : 6;
                    boolean[] sliding = sliding(in, out.sizes().layers(), i -> (i + 1) % every != 0);
                    RotarySpec full = RotaryConfig.ofFullLayers(in, out);
                    RotarySpec local = RotaryConfig.ofSlidingLayers(in, out);
                    int window = window(in);
                    in.neutral("attn_logit_softcapping", "null");
                    sandwich(in, out).queryKeyNorm(Scope.HEAD, false);
                    for (int i = 0; i < sliding.length; i++) {
                        out.rotary(i, sliding[i] ? local : full).window(i, sliding[i] ? window : 0);
                    }
                });
        add("phi", DecoderNames.PHI, "{'partial_rotary_factor': 0.5}",
                (in, out) -> {
                    out.layerNorm(true).rotary(partial(in, out)).placement(NormPlacement.PARALLEL)
                            .biases(true, true, true).head(in.flag("tie_word_embeddings"), true);
                    if (in.flag("qk_layernorm")) {
                        out.queryKeyNorm(Scope.HEAD, true);
                    }
                });
        add("phi3", DecoderNames.PHI3, "{}",
                (in, out) -> {
                    for (String bias : new String[]{"attention_bias", "mlp_bias", "lm_head_bias"}) {
                        in.neutral(bias, "false");
                    }
                    in.neutral("full_attn_mod", "1");
                    in.neutral("interpolate_factor", "1");
                    out.rotary(partial(in, out)).gated().window(window(in));
                });
        add("stablelm", DecoderNames.STABLELM, "{'partial_rotary_factor': 0.25}",
                (in, out) -> {
                    in.neutral("rotary_scaling_factor", "1.0");
                    boolean ofHeads = in.flag("use_qkv_bias");
                    out.layerNorm(true).rotary(partial(in, out)).gated().biases(ofHeads, false, false);
                    if (in.flag("use_parallel_residual")) {
                        out.placement(NormPlacement.PARALLEL);
                    }
                    if (in.flag("qk_layernorm")) {
                        out.queryKeyNorm(Scope.HEAD, false);
                    }
                });
        add("starcoder2", DecoderNames.STARCODER2, "{'tie_word_embeddings': true, 'use_bias': true}",
                (in, out) -> {
                    in.neutral("mlp_type", "\"default\"");
                    in.neutral("norm_type", "\"layer_norm\"");
                    in.neutral("scale_attn_weights", "true");
                    boolean biases = in.flag("use_bias");
                    out.layerNorm(true).rotary(rotary(in, out)).window(window(in)).biases(biases, biases,
                            biases);
                });
        add("cohere", DecoderNames.LLAMA.withNeighbours(), "{'tie_word_embeddings': true, 'rope_theta': 5e5}",
                (in, out) -> {
                    out.layerNorm(false).rotary(rotary(in, out)).gated().placement(NormPlacement.PARALLEL)
                            .biases(in.flag("attention_bias"), in.flag("attention_bias"), false)
                            .logits(in.number("logit_scale", 0.0625, 1e-6, 1e6), 0);
                    if (in.flag("use_qk_norm")) {
                        out.queryKeyNorm(Scope.HEAD, false);
                    }
                });
        add("opt", DecoderNames.OPT, "{'layer_norm_eps': 1e-5, 'tie_word_embeddings': true, 'enable_bias': true,"
                + " 'do_layer_norm_before': true, 'activation_function': 'relu'}",
                (in, out) -> {
                    in.neutral("word_embed_proj_dim", Integer.toString(out.sizes().width()));
                    in.neutral("layer_norm_elementwise_affine", "true");
                    boolean biases = in.flag("enable_bias");
                    boolean before = in.flag("do_layer_norm_before");
                    out.layerNorm(true).learnedPositions(2).biases(biases, biases, biases)
                            .placement(before ? NormPlacement.PRE : NormPlacement.POST);
                    if (in.flag("_remove_final_layer_norm") || !before) {
                        out.withoutFinalNorm();
                    }
                });
        add("gpt2", DecoderNames.GPT2,
                "{'intermediate_size': 0, 'tie_word_embeddings': true, 'activation_function': 'gelu_new',"
                        + " 'scale_attn_weights': true}",
                (in, out) -> {
                    in.neutral("scale_attn_by_inverse_layer_idx", "false");
                    out.layerNorm(true).learnedPositions(0).biases(true, true, true)
                            .scale(in.flag("scale_attn_weights") ? 1 / Math.sqrt(out.sizes().headSize()) : 1);
                });
        add("gptj", DecoderNames.GPTJ, "{'intermediate_size': 0, 'activation_function': 'gelu_new', 'rotary_dim': 64}",
                (in, out) -> {
                    in.neutral("rotary", "true");
                    in.neutral("scale_attn_weights", "true");
                    out.layerNorm(true).placement(NormPlacement.PARALLEL).biases(false, false, true)
                            .head(in.flag("tie_word_embeddings"), true)
                            .rotary(new RotarySpec(10_000, in.integer("rotary_dim", 4096)));
                });
        add("gpt_neox", DecoderNames.GPT_NEOX, "{'partial_rotary_factor': 0.25, 'attention_bias': true,"
                + " 'use_parallel_residual': true}",
                (in, out) -> out.layerNorm(true).rotary(partial(in, out))
                        .biases(in.flag("attention_bias"), in.flag("attention_bias"), true)
                        .placement(in.flag("use_parallel_residual") ? NormPlacement.PARALLEL_TWO : NormPlacement.PRE));
        add("bloom", DecoderNames.BLOOM,
                "{'intermediate_size': 0, 'tie_word_embeddings': true, 'activation_function': 'gelu_new',"
                        + " 'max_position_embeddings': 2048}",
                (in, out) -> {
                    in.neutral("apply_residual_connection_post_layernorm", "false");
                    out.layerNorm(true).embeddingNorm().alibi(1).biases(true, true, true);
                });
        add("falcon", DecoderNames.FALCON,
                "{'intermediate_size': 0, 'tie_word_embeddings': true, 'activation': 'gelu', 'multi_query': true,"
                        + " 'parallel_attn': true, 'max_position_embeddings': 2048}",
                (in, out) -> {
                    in.neutral("apply_residual_connection_post_layernorm", "false");
                    in.neutral("ff_factor", "4");
                    boolean recent = in.flag("new_decoder_architecture");
                    int heads = out.sizes().heads();
                    int stated = in.has("num_kv_heads") ? in.integer("num_kv_heads", heads) : heads;
                    boolean single = in.flag("multi_query") && !recent;
                    boolean parallel = in.flag("parallel_attn") || recent;
                    boolean biases = in.flag("bias");
                    RotarySpec rotary = rotary(in, out); // stated even where nothing is rotated
                    if (in.flag("alibi")) {
                        rotary = null;
                        out.alibi(1 / Math.sqrt(out.sizes().headSize())).note("ALiBi: transformers rounds its biases to"
                                + " bfloat16; they are not rounded here");
                    }
                    out.layerNorm(true).rotary(rotary).biases(biases, biases, biases)
                            .keyValueHeads(single ? 1 : recent ? stated : heads)
                            .placement(!parallel
                                    ? NormPlacement.PRE
                                    : falconNorms(in) == 2 ? NormPlacement.PARALLEL_TWO : NormPlacement.PARALLEL);
                });
    }

    private DecoderFamilies() {}

    /**
     * A family.
     *
     * @param type as {@code model_type} says it
     * @param names of its tensors
     * @param absent what keys mean that are not there
     * @param words from keys to words
     */
    record Family(String type, TensorNames names, String absent, BiConsumer<ConfigReader, DecoderDraft> words) {}

    private static void add(String type, TensorNames names, String absent,
            BiConsumer<ConfigReader, DecoderDraft> words) {
        ALL.put(type, new Family(type, names, absent, words));
    }

    /** The families by the word that {@code model_type} has for them. */
    static Set<String> types() {
        return ALL.keySet();
    }

    /** Whether there is one of this name. */
    static boolean knows(String type) {
        return ALL.containsKey(type);
    }

    /**
     * What a configuration says.
     *
     * @param type one of {@link #types}
     * @throws UnsupportedModelException if it has a key or a value that there is no word for
     * @throws ModelFormatException if a value is missing, impossible, or contradicts another
     */
    static DecoderDraft draft(String type, String file, JsonNode config) {
        Family family = ALL.get(type);
        ConfigReader in = new ConfigReader(file, config, family.absent);
        in.neutral("is_encoder_decoder", "false");
        in.neutral("add_cross_attention", "false");
        in.neutral("use_bidirectional_attention", "false");
        in.neutral("rope_interleaved", "false");
        in.neutral("use_mrope", "false");
        DecoderDraft out = new DecoderDraft(sizes(in)).head(in.flag("tie_word_embeddings"), false);
        family.words.accept(in, out);
        in.refuseUnknown(IRRELEVANT, "a plain configuration of " + type + " in transformers");
        return out;
    }

    /** Where the tensors of a family are. */
    static TensorNames names(String type) {
        return ALL.get(type).names;
    }

    private static Sizes sizes(ConfigReader in) {
        int width = in.integer("hidden_size n_embd n_embed", SpecLimits.WIDTH);
        int heads = in.integer("num_attention_heads n_head num_heads", 4096);
        int headSize;
        if (in.has("head_dim")) {
            headSize = in.integer("head_dim", 4096);
        } else if (width % heads == 0) {
            headSize = width / heads;
        } else {
            throw in.failure("num_attention_heads", "a divisor of hidden_size, " + width + ", as there is no head_dim",
                    Integer.toString(heads));
        }
        int inner = in.integer("intermediate_size ffn_dim n_inner ffn_hidden_size", 0, SpecLimits.FEED_FORWARD_WIDTH);
        return new Sizes(in.integer("vocab_size", SpecLimits.VOCABULARY), width,
                in.integer("num_hidden_layers n_layer", 10_000),
                in.integer("max_position_embeddings n_positions seq_length", SpecLimits.POSITIONS), heads,
                in.has("num_key_value_heads") ? in.integer("num_key_value_heads", heads) : heads, headSize,
                inner == 0 ? 4 * width : inner, activation(in),
                in.number("rms_norm_eps layer_norm_eps layer_norm_epsilon norm_epsilon", 0, 1));
    }

    private static Activation activation(ConfigReader in) {
        return in.activation("hidden_activation", "hidden_act", "activation_function", "activation");
    }

    /** What the three generations of gemma share. Where hidden_act alone says gelu, the tanh form is meant. */
    private static DecoderDraft gemma(ConfigReader in, DecoderDraft out) {
        return out.gated().biases(in.flag("attention_bias"), in.flag("attention_bias"), false)
                .activation(out.sizes().activation() == Activation.GELU && !in.has("hidden_activation")
                        ? Activation.GELU_TANH
                        : out.sizes().activation())
                .embeddingScale((float) Math.sqrt(out.sizes().width()));
    }

    private static DecoderDraft sandwich(ConfigReader in, DecoderDraft out) {
        return gemma(in, out).placement(NormPlacement.SANDWICH)
                .scale(1 / Math.sqrt(in.number("query_pre_attn_scalar", 256, 1e-6, 1e6)))
                .softCap(cap(in, "attn_logit_softcapping")).logits(1, cap(in, "final_logit_softcapping"));
    }

    private static double cap(ConfigReader in, String key) {
        return in.isNull(key) ? 0 : in.number(key, 0, 1e-6, 1e6);
    }

    private static int falconNorms(ConfigReader in) {
        int stated = in.has("num_ln_in_parallel_attn") ? in.integer("num_ln_in_parallel_attn", 2) : 0;
        return !in.flag("new_decoder_architecture") ? 1 : stated == 0 ? 2 : stated;
    }
}
