package dev.lanewise.bench.scenario;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.spec.TransformerSpec.Shape;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tools.convert.LaneRows;
import dev.lanewise.weights.LaneFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes a model of llama's kind as a Hugging Face folder, for engines that read nothing else: its weights in float32, and a
 * vocabulary that stands for none, as engines are compared on ids.
 */
final class LlamaFolder {
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("embedding.token", "model.embed_tokens"), Map.entry("decoder.norm", "model.norm"),
            Map.entry("output", "lm_head"), Map.entry("attention.norm", "input_layernorm"),
            Map.entry("attention.query", "self_attn.q_proj"), Map.entry("attention.key", "self_attn.k_proj"),
            Map.entry("attention.value", "self_attn.v_proj"), Map.entry("attention.output", "self_attn.o_proj"),
            Map.entry("feed_forward.norm", "post_attention_layernorm"),
            Map.entry("feed_forward.gate", "mlp.gate_proj"), Map.entry("feed_forward.up", "mlp.up_proj"),
            Map.entry("feed_forward.down", "mlp.down_proj"));
    private static final String LAYERS = "decoder.layers.";
    private static final ObjectMapper JSON = new ObjectMapper();

    private LlamaFolder() {}

    /**
     * Writes it, if it is not there.
     *
     * @throws IOException if it cannot be written, or the model is of another kind
     */
    static Path write(LaneFile file, TransformerSpec spec, Path folder) throws IOException {
        Path config = folder.resolve("config.json");
        if (Files.exists(config)) { // written last: it says that all is here
            return folder;
        }
        ObjectNode words = words(spec);
        Files.createDirectories(folder);
        writeWeights(file, spec, folder.resolve("model.safetensors"));
        ObjectNode tokenizer = JSON.createObjectNode();
        tokenizer.putArray("added_tokens");
        ObjectNode vocabulary = tokenizer.putObject("model").put("type", "BPE").putObject("vocab");
        for (int id = 0; id < spec.embedding().vocabulary(); id++) {
            vocabulary.put("<" + id + ">", id);
        }
        tokenizer.withObject("/model").putArray("merges");
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer.toString());
        Files.writeString(folder.resolve("README.md"), "Written by the bench of Lanewise, to compare engines.\n");
        Files.writeString(config, words.toPrettyString());
        return folder;
    }

    private static ObjectNode words(TransformerSpec spec) throws IOException {
        StackSpec stack = spec.stack();
        AttentionSpec attention = stack.attention();
        RotarySpec rotary = attention.rotary();
        if (spec.shape() != Shape.DECODER || !spec.equals(llama(spec))) {
            throw new IOException("the model is not of llama's kind, and nothing else is written as a folder");
        }
        ObjectNode words = JSON.createObjectNode();
        words.putArray("architectures").add("LlamaForCausalLM");
        return words.put("model_type", "llama").put("hidden_act", "silu").put("hidden_size", stack.width())
                .put("intermediate_size", stack.feedForward().width()).put("num_hidden_layers", stack.layers())
                .put("num_attention_heads", attention.heads())
                .put("num_key_value_heads", attention.keyValueHeads()).put("head_dim", attention.headSize())
                .put("max_position_embeddings", spec.maxTokens()).put("rms_norm_eps", stack.norm().epsilon())
                .put("rope_theta", rotary.theta()).put("vocab_size", spec.embedding().vocabulary())
                .put("tie_word_embeddings", spec.output().tied()).put("bos_token_id", 1).put("eos_token_id", 2)
                .put("torch_dtype", "float32");
    }

    /** What a model of llama's kind says that has the sizes of another. */
    private static TransformerSpec llama(TransformerSpec spec) {
        StackSpec stack = spec.stack();
        AttentionSpec attention = stack.attention();
        RotarySpec rotary = attention.rotary() == null
                ? null
                : new RotarySpec(attention.rotary().theta(), attention.headSize());
        return TransformerSpec.decoder(spec.family(), new EmbeddingSpec(spec.embedding().vocabulary(), 0, null),
                new PositionSpec(PositionSpec.Kind.NONE, spec.position().count(), 0),
                new StackSpec(stack.layers(), stack.width(), NormPlacement.PRE,
                        new NormSpec(NormSpec.Kind.RMS, stack.norm().epsilon()),
                        List.of(new AttentionSpec(attention.heads(), attention.keyValueHeads(), attention.headSize(),
                                attention.scale(), 0, 0, false, false, null, rotary, false)),
                        List.of(0),
                        new FeedForwardSpec(stack.feedForward().width(), Activation.SILU, true, false, null), 1, true),
                new OutputSpec(spec.output().tied(), false, 1, 0));
    }

    private static String name(String ours) {
        int dot = ours.lastIndexOf('.');
        String module = ours.substring(0, dot);
        if (!module.startsWith(LAYERS)) {
            return NAMES.get(module) + ours.substring(dot);
        }
        int within = module.indexOf('.', LAYERS.length());
        return "model.layers." + module.substring(LAYERS.length(), within) + "."
                + NAMES.get(module.substring(within + 1))
                + ours.substring(dot);
    }

    private static void writeWeights(LaneFile file, TransformerSpec spec, Path to) throws IOException {
        List<TensorInfo> tensors = spec.tensors(DataType.F32).toList();
        ObjectNode header = JSON.createObjectNode();
        long end = 0;
        for (TensorInfo tensor : tensors) {
            ObjectNode entry = header.putObject(name(tensor.name())).put("dtype", "F32");
            tensor.shape().forEach(entry.putArray("shape")::add);
            long bytes = 4L * tensor.rows() * tensor.columns();
            entry.putArray("data_offsets").add(end).add(end + bytes);
            end += bytes;
        }
        byte[] head = header.toString().getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(to), 1 << 20)) {
            out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(head.length).array());
            out.write(head);
            for (TensorInfo tensor : tensors) {
                LaneRows rows = new LaneRows(file, tensor.name(), tensor.layout(), tensor.shape());
                float[] row = new float[tensor.columns()];
                ByteBuffer bytes = ByteBuffer.allocate(4 * row.length).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < tensor.rows(); i++) {
                    rows.read(i, row);
                    bytes.asFloatBuffer().put(row);
                    out.write(bytes.array());
                }
            }
        }
    }
}
