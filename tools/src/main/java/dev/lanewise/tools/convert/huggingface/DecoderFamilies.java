package dev.lanewise.tools.convert.huggingface;

import static dev.lanewise.tools.convert.huggingface.RotaryConfig.rotary;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec.Scope;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.SpecLimits;
import dev.lanewise.tools.convert.family.DecoderDraft;
import dev.lanewise.tools.convert.family.DecoderDraft.Sizes;
import dev.lanewise.tools.convert.family.TensorNames;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.IntPredicate;

/**
 * The families of decoders that transformers publishes, as a table: of each, under which names its checkpoints keep their
 * tensors, what an absent key means, and which keys say which words of the specification. Sizes are stated alike by all, see
 * {@link #draft}. The words of each family are in docs/families.md too.
 */
final class DecoderFamilies {
    /** Keys without a part in a decoder's numbers, besides those that no model needs: training, speed, other classes. */
    private static final Set<String> IRRELEVANT = irrelevant("attn_pdrop embd_pdrop resid_pdrop attention_dropout"
            + " hidden_dropout dropout layerdrop embedding_dropout residual_dropout activation_dropout init_std"
            + " summary_activation summary_first_dropout summary_proj_to_labels summary_type summary_use_proj"
            + " reorder_and_upcast_attn n_ctx pretraining_tp slow_but_exact output_router_logits router_aux_loss_coef"
            + " router_jitter_noise cache_implementation auto_map attention_softmax_in_fp32 masked_softmax_fusion"
            + " offset_alibi skip_bias_add skip_bias_add_qkv bias_dropout_fusion scale_attention_softmax_in_fp32"
            + " unk_token_id model_max_length max_window_layers sliding_window_size is_llama_config"
            + " transformers.js_config is_decoder use_flash_attn _flash_attn_2_enabled"
            + " _sliding_window_pattern");

    private static final TensorNames LLAMA = TensorNames.of("model.", """
            embedding.token              ~embed_tokens
            decoder.norm                 ~norm
            output                       lm_head
            attention.norm               ~layers.{layer}.input_layernorm
            attention.query              ~layers.{layer}.self_attn.q_proj
            attention.key                ~layers.{layer}.self_attn.k_proj
            attention.value              ~layers.{layer}.self_attn.v_proj
            attention.output             ~layers.{layer}.self_attn.o_proj
            attention.query_norm         ~layers.{layer}.self_attn.q_norm
            attention.key_norm           ~layers.{layer}.self_attn.k_norm
            feed_forward.norm            ~layers.{layer}.post_attention_layernorm
            feed_forward.gate            ~layers.{layer}.mlp.gate_proj
            feed_forward.up              ~layers.{layer}.mlp.up_proj
            feed_forward.down            ~layers.{layer}.mlp.down_proj
            feed_forward.router          ~layers.{layer}.mlp.gate
            feed_forward.experts.gate    ~layers.{layer}.mlp.experts.{expert}.gate_proj
            feed_forward.experts.up      ~layers.{layer}.mlp.experts.{expert}.up_proj
            feed_forward.experts.down    ~layers.{layer}.mlp.experts.{expert}.down_proj
            """);
    private static final TensorNames SANDWICH = LLAMA.withPlusOne().with("""
            attention.output_norm        ~layers.{layer}.post_attention_layernorm
            feed_forward.norm            ~layers.{layer}.pre_feedforward_layernorm
            feed_forward.output_norm     ~layers.{layer}.post_feedforward_layernorm
            """);
    private static final TensorNames OUTPUT_NORMS = LLAMA.with("""
            attention.output_norm        ~layers.{layer}.post_attention_layernorm
            feed_forward.output_norm     ~layers.{layer}.post_feedforward_layernorm
            """);
    private static final TensorNames PHI = LLAMA.with("""
            decoder.norm                 ~final_layernorm
            attention.output             ~layers.{layer}.self_attn.dense
            attention.query_norm         ~layers.{layer}.self_attn.q_layernorm
            attention.key_norm           ~layers.{layer}.self_attn.k_layernorm
            feed_forward.up              ~layers.{layer}.mlp.fc1
            feed_forward.down            ~layers.{layer}.mlp.fc2
            """);
    private static final TensorNames PHI3 = LLAMA.with("""
            attention.query              ~layers.{layer}.self_attn.qkv_proj
            attention.key                ~layers.{layer}.self_attn.qkv_proj
            attention.value              ~layers.{layer}.self_attn.qkv_proj
            feed_forward.gate            ~layers.{layer}.mlp.gate_up_proj
            feed_forward.up              ~layers.{layer}.mlp.gate_up_proj
            """);
    private static final TensorNames STABLELM = LLAMA.with("""
            attention.query_norm         ~layers.{layer}.self_attn.q_layernorm.norms.{head}
            attention.key_norm           ~layers.{layer}.self_attn.k_layernorm.norms.{head}
            """);
    private static final TensorNames STARCODER2 = LLAMA.with("""
            feed_forward.up              ~layers.{layer}.mlp.c_fc
            feed_forward.down            ~layers.{layer}.mlp.c_proj
            """);
    private static final TensorNames MIXTRAL = LLAMA.with("""
            feed_forward.router          ~layers.{layer}.block_sparse_moe.gate
            feed_forward.experts.gate    ~layers.{layer}.block_sparse_moe.experts.{expert}.w1
            feed_forward.experts.up      ~layers.{layer}.block_sparse_moe.experts.{expert}.w3
            feed_forward.experts.down    ~layers.{layer}.block_sparse_moe.experts.{expert}.w2
            """);
    private static final TensorNames OPT = TensorNames.of("model.", """
            embedding.token              ~decoder.embed_tokens
            embedding.position           ~decoder.embed_positions
            decoder.norm                 ~decoder.final_layer_norm
            output                       lm_head
            attention.norm               ~decoder.layers.{layer}.self_attn_layer_norm
            attention.query              ~decoder.layers.{layer}.self_attn.q_proj
            attention.key                ~decoder.layers.{layer}.self_attn.k_proj
            attention.value              ~decoder.layers.{layer}.self_attn.v_proj
            attention.output             ~decoder.layers.{layer}.self_attn.out_proj
            feed_forward.norm            ~decoder.layers.{layer}.final_layer_norm
            feed_forward.up              ~decoder.layers.{layer}.fc1
            feed_forward.down            ~decoder.layers.{layer}.fc2
            """);
    private static final TensorNames GPT2 = TensorNames.of("transformer.", """
            embedding.token              ~wte
            embedding.position           ~wpe
            decoder.norm                 ~ln_f
            output                       lm_head
            attention.norm               ~h.{layer}.ln_1
            attention.query              ~h.{layer}.attn.c_attn
            attention.key                ~h.{layer}.attn.c_attn
            attention.value              ~h.{layer}.attn.c_attn
            attention.output             ~h.{layer}.attn.c_proj
            feed_forward.norm            ~h.{layer}.ln_2
            feed_forward.up              ~h.{layer}.mlp.c_fc
            feed_forward.down            ~h.{layer}.mlp.c_proj
            """).withTransposedMatrices();
    private static final TensorNames GPTJ = TensorNames.of("transformer.", """
            embedding.token              ~wte
            decoder.norm                 ~ln_f
            output                       lm_head
            attention.norm               ~h.{layer}.ln_1
            attention.query              ~h.{layer}.attn.q_proj
            attention.key                ~h.{layer}.attn.k_proj
            attention.value              ~h.{layer}.attn.v_proj
            attention.output             ~h.{layer}.attn.out_proj
            feed_forward.up              ~h.{layer}.mlp.fc_in
            feed_forward.down            ~h.{layer}.mlp.fc_out
            """).withNeighbours();
    private static final TensorNames BLOOM = TensorNames.of("transformer.", """
            embedding.token              ~word_embeddings
            embedding.norm               ~word_embeddings_layernorm
            decoder.norm                 ~ln_f
            output                       lm_head
            attention.norm               ~h.{layer}.input_layernorm
            attention.query              ~h.{layer}.self_attention.query_key_value
            attention.key                ~h.{layer}.self_attention.query_key_value
            attention.value              ~h.{layer}.self_attention.query_key_value
            attention.output             ~h.{layer}.self_attention.dense
            feed_forward.norm            ~h.{layer}.post_attention_layernorm
            feed_forward.up              ~h.{layer}.mlp.dense_h_to_4h
            feed_forward.down            ~h.{layer}.mlp.dense_4h_to_h
            """).withInterleavedHeads();
    private static final TensorNames FALCON = BLOOM.with("""
            attention.norm               ~h.{layer}.input_layernorm|~h.{layer}.ln_attn
            feed_forward.norm            ~h.{layer}.post_attention_layernorm|~h.{layer}.ln_mlp
            """);
    private static final TensorNames GPT_NEOX = TensorNames.of("gpt_neox.", """
            embedding.token              ~embed_in
            decoder.norm                 ~final_layer_norm
            output                       embed_out
            attention.norm               ~layers.{layer}.input_layernorm
            attention.query              ~layers.{layer}.attention.query_key_value
            attention.key                ~layers.{layer}.attention.query_key_value
            attention.value              ~layers.{layer}.attention.query_key_value
            attention.output             ~layers.{layer}.attention.dense
            feed_forward.norm            ~layers.{layer}.post_attention_layernorm
            feed_forward.up              ~layers.{layer}.mlp.dense_h_to_4h
            feed_forward.down            ~layers.{layer}.mlp.dense_4h_to_h
            """).withInterleavedHeads();

    private static final Map<String, Family> ALL = new TreeMap<>();

    static {
        add("llama", LLAMA, "{}", (in, out) -> out.rotary(rotary(in, out)).gated()
                .biases(in.flag("attention_bias"), in.flag("attention_bias"), in.flag("mlp_bias")));
        add("mistral", LLAMA, "{\"sliding_window\": 4096}",
                (in, out) -> out.rotary(rotary(in, out)).gated().window(window(in)));
        add("qwen2", LLAMA, "{\"sliding_window\": 4096}",
                (in, out) -> windows(in, out.rotary(rotary(in, out)).gated().biases(true, false, false),
                        slidingWindow(in), fromMaxWindowLayers(in)));
        add("qwen3", LLAMA, "{\"sliding_window\": 4096}",
                (in, out) -> windows(in, out.rotary(rotary(in, out)).gated().queryKeyNorm(Scope.HEAD, false)
                        .biases(in.flag("attention_bias"), in.flag("attention_bias"), false),
                        slidingWindow(in), fromMaxWindowLayers(in)));
        add("qwen3_moe", LLAMA, "{\"sliding_window\": 4096}",
                (in, out) -> {
                    in.neutral("decoder_sparse_step", "1");
                    in.neutral("mlp_only_layers", "[]");
                    int experts = in.integer("num_experts num_local_experts", 4096);
                    out.rotary(rotary(in, out)).gated().queryKeyNorm(Scope.HEAD, false).window(slidingWindow(in))
                            .biases(in.flag("attention_bias"), in.flag("attention_bias"), false)
                            .inner(in.integer("moe_intermediate_size", SpecLimits.FEED_FORWARD_WIDTH))
                            .experts(experts, in.integer("num_experts_per_tok", experts), in.flag("norm_topk_prob"));
                });
        add("mixtral", MIXTRAL, "{\"rope_theta\": 1e6}",
                (in, out) -> {
                    int experts = in.integer("num_local_experts num_experts", 4096);
                    out.rotary(rotary(in, out)).gated().window(window(in))
                            .experts(experts, in.integer("num_experts_per_tok", experts), true);
                });
        add("smollm3", LLAMA, "{\"rope_theta\": 2e6, \"tie_word_embeddings\": true}",
                (in, out) -> {
                    boolean[] rotated = rotatedLayers(in, out.sizes().layers());
                    RotarySpec rotary = rotary(in, out);
                    for (int i = 0; i < rotated.length; i++) {
                        out.rotary(i, rotated[i] ? rotary : null);
                    }
                    windows(in, out.gated().biases(in.flag("attention_bias"), in.flag("attention_bias"),
                            in.flag("mlp_bias")), slidingWindow(in), i -> !rotated[i]);
                });
        add("granite", LLAMA, "{}",
                (in, out) -> out.rotary(rotary(in, out)).gated()
                        .biases(in.flag("attention_bias"), in.flag("attention_bias"), in.flag("mlp_bias"))
                        .embeddingScale(in.number("embedding_multiplier", 1, -1e6, 1e6))
                        .scale(in.number("attention_multiplier", 1, 1e-6, 1e6))
                        .residualScale(in.number("residual_multiplier", 1, -1e6, 1e6))
                        .logits(1 / in.number("logits_scaling", 1, 1e-6, 1e6), 0));
        add("olmo2", OUTPUT_NORMS, "{}",
                (in, out) -> out.rotary(rotary(in, out)).gated().placement(NormPlacement.OUTPUT)
                        .queryKeyNorm(Scope.ALL, false)
                        .biases(in.flag("attention_bias"), in.flag("attention_bias"), false));
        add("gemma", LLAMA.withPlusOne(), "{\"tie_word_embeddings\": true}",
                (in, out) -> gemma(in, out).rotary(rotary(in, out)));
        add("gemma2", SANDWICH,
                "{\"tie_word_embeddings\": true, \"sliding_window\": 4096, \"attn_logit_softcapping\": 50,"
                        + " \"final_logit_softcapping\": 30}",
                (in, out) -> windows(in, sandwich(in, out).rotary(rotary(in, out)), window(in), i -> i % 2 == 0));
        add("gemma3_text", SANDWICH, "{\"tie_word_embeddings\": true, \"sliding_window\": 4096}",
                (in, out) -> {
                    int every = in.has("sliding_window_pattern") ? in.integer("sliding_window_pattern", 10_000) : 6;
                    boolean[] sliding = sliding(in, out.sizes().layers(), i -> (i + 1) % every != 0);
                    RotarySpec full = RotaryConfig.ofFullLayers(in, out);
                    RotarySpec local = RotaryConfig.ofSlidingLayers(in, out);
                    int window = window(in);
                    sandwich(in, out).queryKeyNorm(Scope.HEAD, false);
                    for (int i = 0; i < sliding.length; i++) {
                        out.rotary(i, sliding[i] ? local : full).window(i, sliding[i] ? window : 0);
                    }
                });
        add("phi", PHI, "{\"partial_rotary_factor\": 0.5}",
                (in, out) -> {
                    out.layerNorm(true).rotary(rotary(in, out)).placement(NormPlacement.PARALLEL)
                            .biases(true, true, true).head(in.flag("tie_word_embeddings"), true);
                    if (in.flag("qk_layernorm")) {
                        out.queryKeyNorm(Scope.HEAD, true);
                    }
                });
        add("phi3", PHI3, "{}", (in, out) -> out.rotary(rotary(in, out)).gated().window(window(in)));
        add("stablelm", STABLELM, "{\"partial_rotary_factor\": 0.25}",
                (in, out) -> {
                    boolean ofHeads = in.flag("use_qkv_bias");
                    out.layerNorm(true).rotary(rotary(in, out)).gated().biases(ofHeads, false, false);
                    if (in.flag("use_parallel_residual")) {
                        out.placement(NormPlacement.PARALLEL);
                    }
                    if (in.flag("qk_layernorm")) {
                        out.queryKeyNorm(Scope.HEAD, false);
                    }
                });
        add("starcoder2", STARCODER2, "{\"tie_word_embeddings\": true, \"use_bias\": true}",
                (in, out) -> {
                    in.neutral("mlp_type", "\"default\"");
                    in.neutral("norm_type", "\"layer_norm\"");
                    in.neutral("scale_attn_weights", "true");
                    boolean biases = in.flag("use_bias");
                    out.layerNorm(true).rotary(rotary(in, out)).window(window(in)).biases(biases, biases, biases);
                });
        add("cohere", LLAMA.withNeighbours(), "{\"tie_word_embeddings\": true, \"rope_theta\": 5e5}",
                (in, out) -> {
                    out.layerNorm(false).rotary(rotary(in, out)).gated().placement(NormPlacement.PARALLEL)
                            .biases(in.flag("attention_bias"), in.flag("attention_bias"), false)
                            .logits(in.number("logit_scale", 0.0625, 1e-6, 1e6), 0);
                    if (in.flag("use_qk_norm")) {
                        out.queryKeyNorm(Scope.HEAD, false);
                    }
                });
        add("opt", OPT, "{\"layer_norm_eps\": 1e-5, \"tie_word_embeddings\": true, \"enable_bias\": true,"
                + " \"do_layer_norm_before\": true, \"activation_function\": \"relu\"}",
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
        add("gpt2", GPT2,
                "{\"intermediate_size\": 0, \"tie_word_embeddings\": true, \"activation_function\": \"gelu_new\","
                        + " \"scale_attn_weights\": true}",
                (in, out) -> {
                    in.neutral("scale_attn_by_inverse_layer_idx", "false");
                    out.layerNorm(true).learnedPositions(0).biases(true, true, true)
                            .scale(in.flag("scale_attn_weights") ? 1 / Math.sqrt(out.sizes().headSize()) : 1);
                });
        add("gptj", GPTJ, "{\"intermediate_size\": 0, \"activation_function\": \"gelu_new\", \"rotary_dim\": 64}",
                (in, out) -> {
                    in.neutral("rotary", "true");
                    in.neutral("scale_attn_weights", "true");
                    out.layerNorm(true).placement(NormPlacement.PARALLEL).biases(false, false, true)
                            .head(in.flag("tie_word_embeddings"), true)
                            .rotary(new RotarySpec(10_000, in.integer("rotary_dim", 4096)));
                });
        add("gpt_neox", GPT_NEOX, "{\"partial_rotary_factor\": 0.25, \"attention_bias\": true,"
                + " \"use_parallel_residual\": true}",
                (in, out) -> out.layerNorm(true).rotary(rotary(in, out))
                        .biases(in.flag("attention_bias"), in.flag("attention_bias"), true)
                        .placement(in.flag("use_parallel_residual") ? NormPlacement.PARALLEL_TWO : NormPlacement.PRE));
        add("bloom", BLOOM,
                "{\"intermediate_size\": 0, \"tie_word_embeddings\": true, \"activation_function\": \"gelu_new\","
                        + " \"max_position_embeddings\": 2048}",
                (in, out) -> {
                    in.neutral("apply_residual_connection_post_layernorm", "false");
                    out.layerNorm(true).embeddingNorm().alibi(1).biases(true, true, true);
                });
        add("falcon", FALCON,
                "{\"intermediate_size\": 0, \"tie_word_embeddings\": true, \"activation\": \"gelu\", \"multi_query\": true,"
                        + " \"parallel_attn\": true}",
                (in, out) -> {
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
    record Family(String type, TensorNames names, JsonNode absent, BiConsumer<ConfigReader, DecoderDraft> words) {}

    private static void add(String type, TensorNames names, String absent,
            BiConsumer<ConfigReader, DecoderDraft> words) {
        try {
            ALL.put(type, new Family(type, names, new JsonMapper().readTree(absent), words));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
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
        int heads = in.integer("num_attention_heads n_head", 4096);
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

    /** What the three generations of gemma share. Its first configurations say gelu and mean the tanh form. */
    private static DecoderDraft gemma(ConfigReader in, DecoderDraft out) {
        return out.gated().biases(in.flag("attention_bias"), in.flag("attention_bias"), false)
                .activation(out.sizes().activation() == Activation.GELU
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

    /** The window of all layers, 0 for none. */
    private static int window(ConfigReader in) {
        boolean stated = in.has("sliding_window") && !in.isNull("sliding_window");
        return stated ? in.integer("sliding_window", 1 << 24) : 0;
    }

    /** The window, where another key says that it is used. */
    private static int slidingWindow(ConfigReader in) {
        int window = window(in);
        return in.flag("use_sliding_window") ? window : 0;
    }

    private static IntPredicate fromMaxWindowLayers(ConfigReader in) {
        int first = in.has("max_window_layers") ? in.integer("max_window_layers", 0, 1 << 24) : 28;
        return layer -> layer >= first;
    }

    private static void windows(ConfigReader in, DecoderDraft out, int window, IntPredicate otherwise) {
        boolean[] sliding = sliding(in, out.sizes().layers(), layer -> window > 0 && otherwise.test(layer));
        for (int i = 0; i < sliding.length; i++) {
            if (sliding[i] && window == 0) {
                throw in.failure("layer_types", "layers without a window, as none is stated", "sliding_attention");
            }
            out.window(i, sliding[i] ? window : 0);
        }
    }

    /** Which layers have a window: as {@code layer_types} says, or as the family has it. */
    private static boolean[] sliding(ConfigReader in, int layers, IntPredicate otherwise) {
        boolean[] sliding = new boolean[layers];
        List<String> types = in.has("layer_types") ? in.texts("layer_types", 10_000) : List.of();
        if (in.has("layer_types") && types.size() != layers) {
            throw in.failure("layer_types", layers + " layers", Integer.toString(types.size()));
        }
        for (int i = 0; i < layers; i++) {
            sliding[i] = types.isEmpty() ? otherwise.test(i) : switch (types.get(i)) {
                case "sliding_attention" -> true;
                case "full_attention" -> false;
                default -> throw new UnsupportedModelException(in.file() + ": layer_types has "
                        + Json.quoted(types.get(i)) + "; supported are full_attention and sliding_attention");
            };
        }
        return sliding;
    }

    private static boolean[] rotatedLayers(ConfigReader in, int layers) {
        int every = in.has("no_rope_layer_interval") ? in.integer("no_rope_layer_interval", 10_000) : 4;
        List<Double> stated = in.has("no_rope_layers") ? in.numbers("no_rope_layers", 10_000) : List.of();
        if (in.has("no_rope_layers") && stated.size() != layers) {
            throw in.failure("no_rope_layers", layers + " layers", Integer.toString(stated.size()));
        }
        boolean[] rotated = new boolean[layers];
        for (int i = 0; i < layers; i++) {
            rotated[i] = stated.isEmpty() ? (i + 1) % every != 0 : stated.get(i) != 0;
        }
        return rotated;
    }

    private static Set<String> irrelevant(String keys) {
        Set<String> all = new HashSet<>(ConfigReader.IRRELEVANT);
        all.remove("tie_word_embeddings");
        all.addAll(List.of(keys.split(" ")));
        return Set.copyOf(all);
    }
}
