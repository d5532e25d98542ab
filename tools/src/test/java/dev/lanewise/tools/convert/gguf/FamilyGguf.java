package dev.lanewise.tools.convert.gguf;

import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tools.convert.ModelSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Writes a model as the converter of llama.cpp does: its keys, its names, its order of rows. */
final class FamilyGguf {
    private static final Set<String> NEIGHBOURS = Set.of("llama", "granite", "smollm3", "command-r");
    private static final Set<String> FUSED = Set.of("gpt2", "bloom", "falcon", "gptneox", "phi2", "phi3");
    private static final Map<String, String> NAMES = Map.ofEntries(Map.entry("embedding.token", "token_embd"),
            Map.entry("embedding.position", "position_embd"), Map.entry("embedding.norm", "token_embd_norm"),
            Map.entry("decoder.norm", "output_norm"), Map.entry("output", "output"),
            Map.entry("attention.norm", "attn_norm"), Map.entry("attention.query", "attn_q"),
            Map.entry("attention.key", "attn_k"), Map.entry("attention.value", "attn_v"),
            Map.entry("attention.output", "attn_output"), Map.entry("attention.query_norm", "attn_q_norm"),
            Map.entry("attention.key_norm", "attn_k_norm"),
            Map.entry("attention.output_norm", "post_attention_norm"), Map.entry("feed_forward.norm", "ffn_norm"),
            Map.entry("feed_forward.gate", "ffn_gate"), Map.entry("feed_forward.up", "ffn_up"),
            Map.entry("feed_forward.down", "ffn_down"), Map.entry("feed_forward.output_norm", "post_ffw_norm"),
            Map.entry("feed_forward.router", "ffn_gate_inp"));

    private final String architecture;
    private final TransformerSpec spec;
    private final SampleGguf file = new SampleGguf();
    private final Map<String, float[][]> tensors = new TreeMap<>();

    private FamilyGguf(String architecture, TransformerSpec spec) {
        this.architecture = architecture;
        this.spec = spec;
    }

    /** The file of a model, with all tensors in F32; more keys can be added. */
    static SampleGguf of(String architecture, ModelSource model) throws IOException {
        FamilyGguf writer = new FamilyGguf(architecture, model.spec());
        writer.keys();
        for (TensorInfo info : model.spec().tensors(DataType.F32).toList()) {
            float[][] rows = new float[info.rows()][info.columns()];
            for (int i = 0; i < rows.length; i++) {
                model.rows(info.name()).read(i, rows[i]);
            }
            writer.tensors.put(writer.name(info.name()), writer.ordered(info, rows));
        }
        writer.fuse();
        writer.tensors.forEach(writer::add);
        return writer.file;
    }

    static void integer(SampleGguf file, String key, long value) {
        file.key(key, 4, SampleGguf.number(4, value));
    }

    static void number(SampleGguf file, String key, double value) {
        file.key(key, 6, SampleGguf.number(4, Float.floatToIntBits((float) value)));
    }

    static void text(SampleGguf file, String key, String value) {
        file.key(key, SampleGguf.STRING, SampleGguf.text(value));
    }

    private void keys() {
        AttentionSpec attention = spec.stack().attention();
        text(file, "general.architecture", architecture);
        integer("context_length", spec.position().count());
        integer("embedding_length", spec.stack().width());
        integer("block_count", spec.stack().layers());
        integer("feed_forward_length", spec.stack().feedForward().width());
        integer("attention.head_count", attention.heads());
        integer("attention.head_count_kv", attention.keyValueHeads());
        integer("attention.key_length", attention.headSize());
        integer("attention.value_length", attention.headSize());
        String norm = spec.stack().norm().kind().name().equals("RMS") ? "rms_epsilon" : "epsilon";
        number("attention.layer_norm_" + norm, spec.stack().norm().epsilon());
        RotarySpec rotary = spec.stack().attention(spec.stack().layers() - 1).rotary();
        if (rotary != null) {
            integer("rope.dimension_count", rotary.size());
            number("rope.freq_base", rotary.theta());
            if (rotary.scaling() instanceof RotarySpec.Linear(double factor)) {
                text(file, architecture + ".rope.scaling.type", "linear");
                number("rope.scaling.factor", factor);
            } else if (rotary.scaling() instanceof RotarySpec.Yarn yarn) {
                text(file, architecture + ".rope.scaling.type", "yarn");
                number("rope.scaling.factor", yarn.factor());
                integer("rope.scaling.original_context_length", yarn.original());
            }
        }
        if (spec.stack().feedForward().experts() != null) {
            integer("expert_count", spec.stack().feedForward().experts().count());
            integer("expert_used_count", spec.stack().feedForward().experts().used());
        }
    }

    private void integer(String key, long value) {
        integer(file, architecture + "." + key, value);
    }

    private void number(String key, double value) {
        number(file, architecture + "." + key, value);
    }

    private String name(String name) {
        String[] parts = name.split("\\.");
        String kind = "." + parts[parts.length - 1];
        String module = name.substring(0, name.length() - kind.length());
        if (!module.startsWith("decoder.layers.")) {
            return NAMES.get(module) + kind;
        }
        String layer = "blk." + parts[2] + ".";
        String within = module.substring(("decoder.layers." + parts[2] + ".").length());
        if (within.startsWith("feed_forward.experts.")) {
            return layer + "ffn_" + parts[6] + "_exps." + parts[5] + kind;
        }
        return layer + NAMES.get(within) + kind;
    }

    private float[][] ordered(TensorInfo info, float[][] rows) {
        AttentionSpec attention = spec.stack().attention();
        boolean norm = info.name().contains("query_norm") || info.name().contains("key_norm");
        if (norm && attention.queryKeyNorm().scope() == AttentionSpec.Scope.HEAD && !architecture.equals("command-r")
                && !architecture.equals("stablelm")) {
            return new float[][]{Arrays.copyOf(rows[0], attention.headSize())};
        }
        boolean turned = info.name().contains("attention.query.") || info.name().contains("attention.key.");
        if (!turned || !NEIGHBOURS.contains(architecture)) {
            return rows;
        }
        float[][] stored = new float[rows.length][];
        int size = attention.headSize();
        for (int i = 0; i < rows.length; i++) {
            int j = i % size;
            stored[i - j + (j < size / 2 ? 2 * j : 2 * (j - size / 2) + 1)] = rows[i];
        }
        return stored;
    }

    private void fuse() {
        Map<String, float[][]> fused = new HashMap<>();
        for (String name : List.copyOf(tensors.keySet())) {
            if (FUSED.contains(architecture) && name.contains("attn_q.")) {
                fused.put(name.replace("attn_q.", "attn_qkv."), joined(tensors.remove(name),
                        tensors.remove(name.replace("attn_q.", "attn_k.")),
                        tensors.remove(name.replace("attn_q.", "attn_v."))));
            } else if (architecture.equals("phi3") && name.contains("ffn_gate.")) {
                String up = name.replace("ffn_gate.", "ffn_up.");
                fused.put(up, joined(tensors.remove(name), tensors.remove(up)));
            } else if (name.contains("_exps.0.")) {
                int count = spec.stack().feedForward().experts().count();
                float[][][] all = new float[count][][];
                for (int i = 0; i < count; i++) {
                    all[i] = tensors.remove(name.replace("_exps.0.", "_exps." + i + "."));
                }
                fused.put(name.replace("_exps.0.", "_exps."), joined(all));
            }
        }
        tensors.putAll(fused);
    }

    /** Matrices one below the other, or vectors one behind the other. */
    private static float[][] joined(float[][]... parts) {
        if (parts[0].length > 1) {
            return Arrays.stream(parts).flatMap(Arrays::stream).toArray(float[][]::new);
        }
        int length = Arrays.stream(parts).mapToInt(part -> part[0].length).sum();
        float[] all = new float[length];
        int at = 0;
        for (float[][] part : parts) {
            System.arraycopy(part[0], 0, all, at, part[0].length);
            at += part[0].length;
        }
        return new float[][]{all};
    }

    private void add(String name, float[][] rows) {
        int columns = rows[0].length;
        ByteBuffer bytes = ByteBuffer.allocate(4 * rows.length * columns).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : rows) {
            for (float x : row) {
                bytes.putFloat(x);
            }
        }
        long[] dimensions = rows.length == 1 ? new long[]{columns} : new long[]{columns, rows.length};
        if (name.contains("_exps.")) {
            int experts = spec.stack().feedForward().experts().count();
            dimensions = new long[]{columns, rows.length / experts, experts};
        }
        file.tensor(name, 0, bytes.capacity(),
                dimensions).elements = bytes.array();
    }
}
