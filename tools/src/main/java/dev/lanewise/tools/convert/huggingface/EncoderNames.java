package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.tools.convert.family.TensorNames;

/** Where the checkpoints of the {@link EncoderFamilies} keep their tensors; most families are like BERT but for a few. */
final class EncoderNames {
    static final TensorNames BERT = TensorNames.of("bert.", """
            embedding.token              ~embeddings.word_embeddings
            embedding.position           ~embeddings.position_embeddings
            embedding.token_type         ~embeddings.token_type_embeddings
            embedding.norm               ~embeddings.LayerNorm
            encoder.attention.query      ~encoder.layer.{layer}.attention.self.query
            encoder.attention.key        ~encoder.layer.{layer}.attention.self.key
            encoder.attention.value      ~encoder.layer.{layer}.attention.self.value
            encoder.attention.output     ~encoder.layer.{layer}.attention.output.dense
            encoder.attention.norm       ~encoder.layer.{layer}.attention.output.LayerNorm
            encoder.feed_forward.up      ~encoder.layer.{layer}.intermediate.dense
            encoder.feed_forward.down    ~encoder.layer.{layer}.output.dense
            encoder.feed_forward.norm    ~encoder.layer.{layer}.output.LayerNorm
            """);
    static final TensorNames ROBERTA = BERT.withPrefix("roberta.");
    static final TensorNames ELECTRA = BERT.withPrefix("electra.").with("""
            embedding.projection         ~embeddings_project
            """);
    static final TensorNames MPNET = BERT.withPrefix("mpnet.").with("""
            encoder.relative_bias        ~encoder.relative_attention_bias
            encoder.attention.query      ~encoder.layer.{layer}.attention.attn.q
            encoder.attention.key        ~encoder.layer.{layer}.attention.attn.k
            encoder.attention.value      ~encoder.layer.{layer}.attention.attn.v
            encoder.attention.output     ~encoder.layer.{layer}.attention.attn.o
            encoder.attention.norm       ~encoder.layer.{layer}.attention.LayerNorm
            """);
    static final TensorNames ALBERT = BERT.withPrefix("albert.").with("""
            embedding.projection         ~encoder.embedding_hidden_mapping_in
            encoder.attention.query      ~encoder.albert_layer_groups.{layer}.albert_layers.0.attention.query
            encoder.attention.key        ~encoder.albert_layer_groups.{layer}.albert_layers.0.attention.key
            encoder.attention.value      ~encoder.albert_layer_groups.{layer}.albert_layers.0.attention.value
            encoder.attention.output     ~encoder.albert_layer_groups.{layer}.albert_layers.0.attention.dense
            encoder.attention.norm       ~encoder.albert_layer_groups.{layer}.albert_layers.0.attention.LayerNorm
            encoder.feed_forward.up      ~encoder.albert_layer_groups.{layer}.albert_layers.0.ffn
            encoder.feed_forward.down    ~encoder.albert_layer_groups.{layer}.albert_layers.0.ffn_output
            encoder.feed_forward.norm    ~encoder.albert_layer_groups.{layer}.albert_layers.0.full_layer_layer_norm
            """);
    static final TensorNames DISTILBERT = BERT.withPrefix("distilbert.").with("""
            encoder.attention.query      ~transformer.layer.{layer}.attention.q_lin
            encoder.attention.key        ~transformer.layer.{layer}.attention.k_lin
            encoder.attention.value      ~transformer.layer.{layer}.attention.v_lin
            encoder.attention.output     ~transformer.layer.{layer}.attention.out_lin
            encoder.attention.norm       ~transformer.layer.{layer}.sa_layer_norm
            encoder.feed_forward.up      ~transformer.layer.{layer}.ffn.lin1
            encoder.feed_forward.down    ~transformer.layer.{layer}.ffn.lin2
            encoder.feed_forward.norm    ~transformer.layer.{layer}.output_layer_norm
            """);
    /** The publisher's own code has BERT's prefix, transformers another. */
    static final TensorNames NOMIC = BERT.withPrefix("bert.|nomic_bert.").with("""
            embedding.norm               ~emb_ln
            encoder.attention.query      ~encoder.layers.{layer}.attn.Wqkv
            encoder.attention.key        ~encoder.layers.{layer}.attn.Wqkv
            encoder.attention.value      ~encoder.layers.{layer}.attn.Wqkv
            encoder.attention.output     ~encoder.layers.{layer}.attn.out_proj
            encoder.attention.norm       ~encoder.layers.{layer}.norm1
            encoder.feed_forward.gate    ~encoder.layers.{layer}.mlp.fc12
            encoder.feed_forward.up      ~encoder.layers.{layer}.mlp.fc11
            encoder.feed_forward.down    ~encoder.layers.{layer}.mlp.fc2
            encoder.feed_forward.norm    ~encoder.layers.{layer}.norm2
            """);
    static final TensorNames MODERNBERT = TensorNames.of("model.", """
            embedding.token              ~embeddings.tok_embeddings
            embedding.norm               ~embeddings.norm
            encoder.attention.norm       ~layers.{layer}.attn_norm
            encoder.attention.query      ~layers.{layer}.attn.Wqkv
            encoder.attention.key        ~layers.{layer}.attn.Wqkv
            encoder.attention.value      ~layers.{layer}.attn.Wqkv
            encoder.attention.output     ~layers.{layer}.attn.Wo
            encoder.feed_forward.norm    ~layers.{layer}.mlp_norm
            encoder.feed_forward.gate    ~layers.{layer}.mlp.Wi
            encoder.feed_forward.up      ~layers.{layer}.mlp.Wi
            encoder.feed_forward.down    ~layers.{layer}.mlp.Wo
            encoder.norm                 ~final_norm
            """);

    private EncoderNames() {}
}
