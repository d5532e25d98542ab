package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.tools.convert.family.TensorNames;

/** Where the checkpoints of the {@link DecoderFamilies} keep their tensors; most families are like llama's but for a few. */
final class DecoderNames {
    static final TensorNames LLAMA = TensorNames.of("model.", """
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
    static final TensorNames SANDWICH = LLAMA.withPlusOne().with("""
            attention.output_norm        ~layers.{layer}.post_attention_layernorm
            feed_forward.norm            ~layers.{layer}.pre_feedforward_layernorm
            feed_forward.output_norm     ~layers.{layer}.post_feedforward_layernorm
            """);
    static final TensorNames OUTPUT_NORMS = LLAMA.with("""
            attention.output_norm        ~layers.{layer}.post_attention_layernorm
            feed_forward.output_norm     ~layers.{layer}.post_feedforward_layernorm
            """);
    static final TensorNames PHI = LLAMA.with("""
            decoder.norm                 ~final_layernorm
            attention.output             ~layers.{layer}.self_attn.dense
            attention.query_norm         ~layers.{layer}.self_attn.q_layernorm
            attention.key_norm           ~layers.{layer}.self_attn.k_layernorm
            feed_forward.up              ~layers.{layer}.mlp.fc1
            feed_forward.down            ~layers.{layer}.mlp.fc2
            """);
    static final TensorNames PHI3 = LLAMA.with("""
            attention.query              ~layers.{layer}.self_attn.qkv_proj
            attention.key                ~layers.{layer}.self_attn.qkv_proj
            attention.value              ~layers.{layer}.self_attn.qkv_proj
            feed_forward.gate            ~layers.{layer}.mlp.gate_up_proj
            feed_forward.up              ~layers.{layer}.mlp.gate_up_proj
            """);
    static final TensorNames STABLELM = LLAMA.with("""
            attention.query_norm         ~layers.{layer}.self_attn.q_layernorm.norms.{head}
            attention.key_norm           ~layers.{layer}.self_attn.k_layernorm.norms.{head}
            """);
    static final TensorNames STARCODER2 = LLAMA.with("""
            feed_forward.up              ~layers.{layer}.mlp.c_fc
            feed_forward.down            ~layers.{layer}.mlp.c_proj
            """);
    static final TensorNames MIXTRAL = LLAMA.with("""
            feed_forward.router          ~layers.{layer}.block_sparse_moe.gate
            feed_forward.experts.gate    ~layers.{layer}.block_sparse_moe.experts.{expert}.w1
            feed_forward.experts.up      ~layers.{layer}.block_sparse_moe.experts.{expert}.w3
            feed_forward.experts.down    ~layers.{layer}.block_sparse_moe.experts.{expert}.w2
            """);
    static final TensorNames OPT = TensorNames.of("model.", """
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
    static final TensorNames GPT2 = TensorNames.of("transformer.", """
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
    static final TensorNames GPTJ = TensorNames.of("transformer.", """
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
    static final TensorNames BLOOM = TensorNames.of("transformer.", """
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
    static final TensorNames FALCON = BLOOM.with("""
            attention.norm               ~h.{layer}.input_layernorm|~h.{layer}.ln_attn
            feed_forward.norm            ~h.{layer}.post_attention_layernorm|~h.{layer}.ln_mlp
            """);
    static final TensorNames GPT_NEOX = TensorNames.of("gpt_neox.", """
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

    private DecoderNames() {}
}
