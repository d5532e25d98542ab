package dev.lanewise.tools.convert.gguf;

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

/**
 * The architectures of decoders in GGUF files, as a table: of each, its activation, which keys say which words of the
 * specification, and how queries and keys are ordered. Names of tensors are the same for all; which biases and which fused
 * tensors there are is told by their presence. What llama.cpp decides by the architecture alone is decided so here.
 */
final class GgufFamilies {
    private static final Map<String, Family> ALL = new TreeMap<>();

    static {
        // Rows of queries and keys in pairs of neighbours: as Meta published them, and as Cohere does.
        neighbours("llama", Activation.SILU, (in, out) -> {
            rotary(in, out).gated();
            experts(in, out);
        });
        neighbours("granite", Activation.SILU, (in, out) -> rotary(in, out).gated()
                .embeddingScale(in.keys.number("embedding_scale", 1, -1e6, 1e6))
                .residualScale(in.keys.number("residual_scale", 1, -1e6, 1e6))
                .logits(1 / in.keys.number("logit_scale", 1, 1e-6, 1e6), 0));
        neighbours("smollm3", Activation.SILU, (in, out) -> {
            rotary(in, out).gated();
            for (int i = 3; i < out.sizes().layers(); i += 4) {
                out.rotary(i, null);
            }
        });
        neighbours("command-r", Activation.SILU, (in, out) -> {
            rotary(in, out).layerNorm(false).gated().placement(NormPlacement.PARALLEL)
                    .logits(in.keys.number("logit_scale", 1, 1e-6, 1e6), 0);
            headNorms(in, out);
        });
        halves("qwen2", Activation.SILU, (in, out) -> rotary(in, out).gated());
        halves("qwen3", Activation.SILU, (in, out) -> headNorms(in, rotary(in, out).gated()));
        halves("qwen3moe", Activation.SILU, (in, out) -> experts(in, headNorms(in, rotary(in, out).gated())
                .inner(in.keys.integer("expert_feed_forward_length", out.sizes().inner(),
                        SpecLimits.FEED_FORWARD_WIDTH))));
        halves("gemma", Activation.GELU_TANH, GgufFamilies::gemma);
        halves("gemma2", Activation.GELU_TANH, (in, out) -> {
            sandwich(in, out, 46);
            out.softCap(in.keys.number("attn_logit_softcapping", 50, 1e-6, 1e6))
                    .logits(1, in.keys.number("final_logit_softcapping", 30, 1e-6, 1e6));
            int window = in.keys.integer("attention.sliding_window", 4096, 1 << 24);
            for (int i = 0; i < out.sizes().layers(); i += 2) {
                out.window(i, window);
            }
        });
        halves("gemma3", Activation.GELU_TANH, (in, out) -> {
            sandwich(in, out, 62);
            headNorms(in, out).logits(1, in.keys.number("final_logit_softcapping", 0, 1e-6, 1e6));
            RotarySpec local = new RotarySpec(in.keys.number("rope.freq_base_swa", 10_000, 1e-6, 1e12),
                    out.sizes().headSize());
            int window = in.keys.integer("attention.sliding_window", 1 << 24);
            int every = in.keys.integer("attention.sliding_window_pattern", 6, 10_000);
            for (int i = 0; i < out.sizes().layers(); i++) {
                if ((i + 1) % every != 0) {
                    out.window(i, window).rotary(i, local);
                }
            }
        });
        halves("phi2", Activation.GELU_TANH,
                (in, out) -> rotary(in, out).layerNorm(true).placement(NormPlacement.PARALLEL));
        halves("phi3", Activation.SILU, (in, out) -> rotary(in, out).gated());
        halves("stablelm", Activation.SILU, (in, out) -> {
            rotary(in, out).layerNorm(true).gated();
            headNorms(in, out);
            in.keys.ignore("use_parallel_residual"); // told by the norm that is there or is not, as llama.cpp does
            if (!in.has("blk.0.ffn_norm.weight")) {
                out.placement(NormPlacement.PARALLEL);
            }
        });
        halves("starcoder2", Activation.GELU_TANH, (in, out) -> rotary(in, out).layerNorm(true));
        halves("olmo2", Activation.SILU, (in, out) -> rotary(in, out).gated().placement(NormPlacement.OUTPUT)
                .queryKeyNorm(Scope.ALL, false));
        halves("falcon", Activation.GELU, (in, out) -> rotary(in, out).layerNorm(true)
                .placement(in.has("blk.0.attn_norm_2.weight") ? NormPlacement.PARALLEL_TWO : NormPlacement.PARALLEL));
        halves("gptneox", Activation.GELU, (in, out) -> rotary(in, out).layerNorm(true)
                .placement(in.keys.flag("use_parallel_residual", true)
                        ? NormPlacement.PARALLEL_TWO
                        : NormPlacement.PRE));
        halves("gpt2", Activation.GELU_TANH, (_, out) -> out.layerNorm(true).learnedPositions(0));
        halves("bloom", Activation.GELU_TANH, (_, out) -> out.layerNorm(true).embeddingNorm().alibi(1));
    }

    private GgufFamilies() {}

    /** From keys to words. */
    @FunctionalInterface
    private interface Words {
        void accept(Input in, DecoderDraft out);
    }

    /**
     * An architecture.
     *
     * @param activation which no key says
     * @param neighbours whether a rotation pairs neighbours
     */
    private record Family(Activation activation, boolean neighbours, Words words) {}

    /** What a file says: its keys, and its tensors. */
    private record Input(GgufKeys keys, Map<String, GgufTensor> tensors) {
        boolean has(String tensor) {
            return tensors.containsKey(tensor);
        }
    }

    private static void neighbours(String architecture, Activation activation, Words words) {
        ALL.put(architecture, new Family(activation, true, words));
    }

    private static void halves(String architecture, Activation activation, Words words) {
        ALL.put(architecture, new Family(activation, false, words));
    }

    /** The architectures by their names. */
    static Set<String> architectures() {
        return ALL.keySet();
    }

    /**
     * What a model says.
     *
     * @throws UnsupportedModelException if its architecture is not in the table, or it has a key that there is no word for
     * @throws ModelFormatException if a value is missing, impossible, or contradicts another
     */
    static DecoderDraft draft(GgufModel model, String architecture) {
        Family family = ALL.get(architecture);
        GgufKeys keys = new GgufKeys(model.files().getFirst().toString(), architecture, model.metadata());
        Input in = new Input(keys, model.tensors());
        ignoreIrrelevant(keys);
        DecoderDraft out = new DecoderDraft(sizes(model, keys, family.activation))
                .head(!in.has("output.weight"), in.has("output.bias"))
                .biases(in.has("blk.0.attn_q.bias") || in.has("blk.0.attn_qkv.bias"),
                        in.has("blk.0.attn_output.bias"), in.has("blk.0.ffn_up.bias"))
                .window(0);
        family.words.accept(in, out);
        if (keys.has("attention.scale")) {
            out.scale(keys.number("attention.scale", 1e-6, 1e6));
        }
        // phi3 says 0 where there is none.
        if (keys.number("attention.sliding_window", 0, 0, 1 << 24) > 0 && !architecture.startsWith("gemma")) {
            out.window(keys.integer("attention.sliding_window", 1 << 24));
        }
        keys.refuseUnknown();
        return out;
    }

    /** Where its tensors are. */
    static TensorNames names(GgufModel model, String architecture) {
        return GgufNames.of(model.tensors(), ALL.get(architecture).neighbours);
    }

    private static void ignoreIrrelevant(GgufKeys keys) {
        keys.neutral("attention.causal", true);
        keys.neutral("expert_shared_count", 0);
        keys.neutral("expert_gating_func", 1);
        keys.neutral("expert_weights_norm", true);
        keys.neutral("leading_dense_block_count", 0);
        keys.neutral("attention.max_alibi_bias", 8.0);
        keys.neutral("attention.clamp_kqv", 0.0);
        keys.neutral("pooling_type", 0);
        for (String key : new String[]{"tensor_data_layout", "rope.scaling.finetuned", "vocab_size", "expert_count",
                "expert_used_count", "rope.dimension_count", "logit_scale", "attention.value_length"}) {
            keys.ignore(key);
        }
    }

    private static Sizes sizes(GgufModel model, GgufKeys keys, Activation activation) {
        GgufTensor table = model.tensor("token_embd.weight");
        int width = keys.integer("embedding_length", SpecLimits.WIDTH);
        int heads = keys.integer("attention.head_count", 4096);
        if (!keys.has("attention.key_length") && width % heads != 0) {
            throw keys.failure("attention.head_count", "a divisor of the embedding's length, " + width, (long) heads);
        }
        int headSize = keys.integer("attention.key_length", width / heads, 4096);
        int valueSize = keys.integer("attention.value_length", headSize, 4096);
        if (valueSize != headSize) {
            throw new UnsupportedModelException(model.files().getFirst() + ": values of " + valueSize
                    + " numbers and keys of " + headSize + " a head; supported are equal ones");
        }
        int vocabulary = table.rows();
        if (keys.has("vocab_size") && keys.integer("vocab_size", SpecLimits.VOCABULARY) != vocabulary) {
            throw keys.failure("vocab_size", vocabulary + ", the rows of token_embd.weight",
                    (long) keys.integer("vocab_size", SpecLimits.VOCABULARY));
        }
        String epsilon = keys.has("attention.layer_norm_rms_epsilon")
                ? "attention.layer_norm_rms_epsilon"
                : "attention.layer_norm_epsilon";
        return new Sizes(vocabulary, width, keys.integer("block_count", 10_000),
                keys.integer("context_length", SpecLimits.POSITIONS), heads,
                keys.integer("attention.head_count_kv", heads, heads), headSize,
                keys.integer("feed_forward_length", SpecLimits.FEED_FORWARD_WIDTH), activation,
                keys.number(epsilon, 0, 1));
    }

    private static DecoderDraft gemma(Input in, DecoderDraft out) {
        return rotary(in, out).gated().embeddingScale((float) Math.sqrt(out.sizes().width()));
    }

    /** @param large how many layers the largest has, which alone scales scores by the width over the heads */
    private static void sandwich(Input in, DecoderDraft out, int large) {
        Sizes sizes = out.sizes();
        gemma(in, out).placement(NormPlacement.SANDWICH);
        if (sizes.layers() == large) {
            out.scale(1 / Math.sqrt(sizes.width() / sizes.heads()));
        }
    }

    private static DecoderDraft headNorms(Input in, DecoderDraft out) {
        return in.has("blk.0.attn_q_norm.weight")
                ? out.queryKeyNorm(Scope.HEAD, in.has("blk.0.attn_q_norm.bias"))
                : out;
    }

    private static void experts(Input in, DecoderDraft out) {
        if (in.keys.has("expert_count") && in.has("blk.0.ffn_gate_inp.weight")) {
            int count = in.keys.integer("expert_count", 4096);
            out.experts(count, in.keys.integer("expert_used_count", count), true);
        }
    }

    private static DecoderDraft rotary(Input in, DecoderDraft out) {
        return out.rotary(GgufRotary.rotary(in.keys, in.tensors, out.sizes()));
    }
}
