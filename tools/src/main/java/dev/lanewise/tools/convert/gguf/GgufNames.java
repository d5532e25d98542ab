package dev.lanewise.tools.convert.gguf;

import dev.lanewise.tools.convert.family.TensorNames;
import java.util.Map;

/** Where GGUF files keep their tensors: under the same names in all architectures, some of them fused. */
final class GgufNames {
    private static final TensorNames NAMES = TensorNames.of("", """
            embedding.token              token_embd
            embedding.position           position_embd
            embedding.norm               token_embd_norm
            decoder.norm                 output_norm
            output                       output
            attention.norm               blk.{layer}.attn_norm
            attention.query              blk.{layer}.attn_q
            attention.key                blk.{layer}.attn_k
            attention.value              blk.{layer}.attn_v
            attention.output             blk.{layer}.attn_output
            attention.query_norm         blk.{layer}.attn_q_norm
            attention.key_norm           blk.{layer}.attn_k_norm
            attention.output_norm        blk.{layer}.post_attention_norm
            feed_forward.norm            blk.{layer}.ffn_norm
            feed_forward.gate            blk.{layer}.ffn_gate
            feed_forward.up              blk.{layer}.ffn_up
            feed_forward.down            blk.{layer}.ffn_down
            feed_forward.output_norm     blk.{layer}.post_ffw_norm
            feed_forward.router          blk.{layer}.ffn_gate_inp
            feed_forward.experts.gate    blk.{layer}.ffn_gate_exps
            feed_forward.experts.up      blk.{layer}.ffn_up_exps
            feed_forward.experts.down    blk.{layer}.ffn_down_exps
            """);
    private static final String FUSED_HEADS = """
            attention.query              blk.{layer}.attn_qkv
            attention.key                blk.{layer}.attn_qkv
            attention.value              blk.{layer}.attn_qkv
            """;
    private static final String FUSED_GATE = """
            feed_forward.gate            blk.{layer}.ffn_up
            """;
    private static final String SINGLE_EXPERTS = """
            feed_forward.experts.gate    blk.{layer}.ffn_gate.{expert}
            feed_forward.experts.up      blk.{layer}.ffn_up.{expert}
            feed_forward.experts.down    blk.{layer}.ffn_down.{expert}
            """;
    private static final String TWO_NORMS = """
            attention.norm               blk.{layer}.attn_norm_2
            feed_forward.norm            blk.{layer}.attn_norm
            """;

    private GgufNames() {}

    /**
     * Where those of a file are.
     *
     * @param neighbours whether a rotation pairs neighbours
     */
    static TensorNames of(Map<String, GgufTensor> tensors, boolean neighbours) {
        TensorNames names = neighbours ? NAMES.withNeighbours() : NAMES;
        if (tensors.containsKey("blk.0.attn_qkv.weight")) {
            names = names.with(FUSED_HEADS);
        }
        GgufTensor up = tensors.get("blk.0.ffn_up.weight");
        GgufTensor down = tensors.get("blk.0.ffn_down.weight");
        if (!tensors.containsKey("blk.0.ffn_gate.weight") && up != null && down != null
                && up.rows() == 2 * down.columns()) {
            names = names.with(FUSED_GATE);
        }
        if (tensors.containsKey("blk.0.ffn_up.0.weight")) {
            names = names.with(SINGLE_EXPERTS);
        }
        return tensors.containsKey("blk.0.attn_norm_2.weight") ? names.with(TWO_NORMS) : names;
    }
}
