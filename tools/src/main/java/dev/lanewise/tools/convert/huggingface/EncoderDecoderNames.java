package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.tools.convert.family.TensorNames;

/** Where the checkpoints of the {@link EncoderDecoderFamilies} keep their tensors. */
final class EncoderDecoderNames {
    static final TensorNames BART = TensorNames.of("model.", """
            source.token                  ~encoder.embed_tokens
            source.position               ~encoder.embed_positions
            source.norm                   ~encoder.layernorm_embedding
            source.stem.0                 ~encoder.conv1
            source.stem.1                 ~encoder.conv2
            encoder.attention.norm        ~encoder.layers.{layer}.self_attn_layer_norm
            encoder.attention.query       ~encoder.layers.{layer}.self_attn.q_proj
            encoder.attention.key         ~encoder.layers.{layer}.self_attn.k_proj
            encoder.attention.value       ~encoder.layers.{layer}.self_attn.v_proj
            encoder.attention.output      ~encoder.layers.{layer}.self_attn.out_proj
            encoder.feed_forward.norm     ~encoder.layers.{layer}.final_layer_norm
            encoder.feed_forward.up       ~encoder.layers.{layer}.fc1
            encoder.feed_forward.down     ~encoder.layers.{layer}.fc2
            encoder.norm                  ~encoder.layer_norm
            embedding.token               ~shared|~decoder.embed_tokens
            embedding.position            ~decoder.embed_positions
            embedding.norm                ~decoder.layernorm_embedding
            decoder.attention.norm        ~decoder.layers.{layer}.self_attn_layer_norm
            decoder.attention.query       ~decoder.layers.{layer}.self_attn.q_proj
            decoder.attention.key         ~decoder.layers.{layer}.self_attn.k_proj
            decoder.attention.value       ~decoder.layers.{layer}.self_attn.v_proj
            decoder.attention.output      ~decoder.layers.{layer}.self_attn.out_proj
            decoder.cross_attention.norm   ~decoder.layers.{layer}.encoder_attn_layer_norm
            decoder.cross_attention.query  ~decoder.layers.{layer}.encoder_attn.q_proj
            decoder.cross_attention.key    ~decoder.layers.{layer}.encoder_attn.k_proj
            decoder.cross_attention.value  ~decoder.layers.{layer}.encoder_attn.v_proj
            decoder.cross_attention.output ~decoder.layers.{layer}.encoder_attn.out_proj
            decoder.feed_forward.norm     ~decoder.layers.{layer}.final_layer_norm
            decoder.feed_forward.up       ~decoder.layers.{layer}.fc1
            decoder.feed_forward.down     ~decoder.layers.{layer}.fc2
            decoder.norm                  ~decoder.layer_norm
            output                        lm_head|final_logits_bias
            """);
    static final TensorNames T5 = TensorNames.of("",
            """
                    source.token                  encoder.embed_tokens
                    encoder.relative_bias         encoder.block.0.layer.0.SelfAttention.relative_attention_bias
                    encoder.attention.norm        encoder.block.{layer}.layer.0.layer_norm
                    encoder.attention.query       encoder.block.{layer}.layer.0.SelfAttention.q
                    encoder.attention.key         encoder.block.{layer}.layer.0.SelfAttention.k
                    encoder.attention.value       encoder.block.{layer}.layer.0.SelfAttention.v
                    encoder.attention.output      encoder.block.{layer}.layer.0.SelfAttention.o
                    encoder.feed_forward.norm     encoder.block.{layer}.layer.1.layer_norm
                    encoder.feed_forward.gate     encoder.block.{layer}.layer.1.DenseReluDense.wi_0
                    encoder.feed_forward.up       encoder.block.{layer}.layer.1.DenseReluDense.wi|encoder.block.{layer}.layer.1.DenseReluDense.wi_1
                    encoder.feed_forward.down     encoder.block.{layer}.layer.1.DenseReluDense.wo
                    encoder.norm                  encoder.final_layer_norm
                    embedding.token               shared|decoder.embed_tokens
                    decoder.relative_bias         decoder.block.0.layer.0.SelfAttention.relative_attention_bias
                    decoder.attention.norm        decoder.block.{layer}.layer.0.layer_norm
                    decoder.attention.query       decoder.block.{layer}.layer.0.SelfAttention.q
                    decoder.attention.key         decoder.block.{layer}.layer.0.SelfAttention.k
                    decoder.attention.value       decoder.block.{layer}.layer.0.SelfAttention.v
                    decoder.attention.output      decoder.block.{layer}.layer.0.SelfAttention.o
                    decoder.cross_attention.norm   decoder.block.{layer}.layer.1.layer_norm
                    decoder.cross_attention.query  decoder.block.{layer}.layer.1.EncDecAttention.q
                    decoder.cross_attention.key    decoder.block.{layer}.layer.1.EncDecAttention.k
                    decoder.cross_attention.value  decoder.block.{layer}.layer.1.EncDecAttention.v
                    decoder.cross_attention.output decoder.block.{layer}.layer.1.EncDecAttention.o
                    decoder.feed_forward.norm     decoder.block.{layer}.layer.2.layer_norm
                    decoder.feed_forward.gate     decoder.block.{layer}.layer.2.DenseReluDense.wi_0
                    decoder.feed_forward.up       decoder.block.{layer}.layer.2.DenseReluDense.wi|decoder.block.{layer}.layer.2.DenseReluDense.wi_1
                    decoder.feed_forward.down     decoder.block.{layer}.layer.2.DenseReluDense.wo
                    decoder.norm                  decoder.final_layer_norm
                    output                        lm_head
                    """);

    private EncoderDecoderNames() {}
}
