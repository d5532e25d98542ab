package dev.lanewise.tools.convert.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.Model;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tools.TestModels;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.Generation;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tools.convert.SampleTensors;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations of decoders: both styles, what is refused by its name, and shapes that nobody publishes. */
class DecoderFamiliesTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"bloom", "cohere", "falcon", "gemma", "gemma2", "gemma3_text", "gpt2", "gpt_neox", "gptj",
            "granite", "llama", "llama-rope-linear", "llama-rope-llama3", "llama-rope-yarn", "mistral", "mixtral",
            "olmo2", "opt", "phi", "phi3", "qwen2", "qwen3", "qwen3_moe", "smollm3", "stablelm", "starcoder2"})
    void configurationsOfOlderReleasesMeanTheSame(String name) throws IOException {
        ObjectNode config = zoo(name);
        TransformerSpec today = spec(config);
        ObjectNode older = older(config);
        assertEquals(today, spec(older));
        older.put("a_new_twist", 1);
        String message = assertThrows(UnsupportedModelException.class, () -> spec(older)).getMessage();
        assertTrue(message.contains("'a_new_twist'"), message);
    }

    /** As releases before 5 wrote it. */
    private static ObjectNode older(ObjectNode config) {
        ObjectNode older = config.deepCopy();
        older.set("torch_dtype", older.remove("dtype"));
        older.remove(List.of("layer_types", "_sliding_window_pattern"));
        JsonNode rotary = older.remove("rope_parameters");
        String type = config.get("model_type").asText();
        if (type.equals("gemma3_text")) {
            older.put("sliding_window_pattern", 3);
            older.set("rope_theta", rotary.get("full_attention").get("rope_theta"));
            older.set("rope_local_base_freq", rotary.get("sliding_attention").get("rope_theta"));
        } else if (rotary != null) {
            ObjectNode scaling = (ObjectNode) rotary;
            boolean neox = type.equals("gpt_neox");
            older.set(neox ? "rotary_emb_base" : "rope_theta", scaling.remove("rope_theta"));
            JsonNode share = scaling.remove("partial_rotary_factor");
            if (share != null) {
                older.set(neox ? "rotary_pct" : "partial_rotary_factor", share);
            }
            JsonNode word = scaling.remove("rope_type");
            if (!word.asText().equals("default")) {
                scaling.set("type", word);
                older.set("rope_scaling", scaling);
            } else {
                older.putNull("rope_scaling");
            }
        }
        return older;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"llama | hidden_act | \"relu2\"",
            "llama | rope_parameters | {\"rope_type\":\"ntk\"}",
            "llama | rope_parameters | {\"rope_theta\":1e4,\"mrope_section\":[1]}", "llama | quantization_config | {}",
            "llama | layer_types | [\"full_attention\"]", "gpt2 | scale_attn_by_inverse_layer_idx | true",
            "gpt2 | add_cross_attention | true", "opt | word_embed_proj_dim | 24",
            "qwen3_moe | mlp_only_layers | [0]", "qwen3_moe | decoder_sparse_step | 2",
            "gemma | use_bidirectional_attention | true", "bloom | apply_residual_connection_post_layernorm | true",
            "gemma2 | layer_types | [\"full_attention\",\"linear_attention\"]", "phi3 | attention_bias | true",
            "phi3 | mlp_bias | true", "phi3 | lm_head_bias | true", "phi3 | full_attn_mod | 2",
            "qwen2 | use_mrope | true", "stablelm | rotary_scaling_factor | 2.0",
            "llama | partial_rotary_factor | 0.5", "cohere | partial_rotary_factor | 0.5",
            "gemma3_text | attn_logit_softcapping | 5.0", "falcon | ff_factor | 2"})
    void valuesThatThereIsNoWordForAreRefusedByName(String name, String key, String value) throws IOException {
        ObjectNode config = zoo(name);
        config.set(key, SampleTensors.JSON.readTree(value));
        String message = assertThrows(UnsupportedModelException.class, () -> spec(config)).getMessage();
        assertTrue(message.contains(key) || message.contains("ntk") || message.contains("mrope_section"), message);
    }

    /** As the published files of Phi-3.5, Phi-4-mini, DeepSeek-R1-Distill-Qwen, Falcon, Llama 2, DialoGPT and StableLM have them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "phi3 | {\"attention_bias\":false,\"mlp_bias\":false,\"lm_head_bias\":false,\"full_attn_mod\":1,\"interpolate_factor\":1}",
            "qwen2 | {\"use_mrope\":false,\"unsloth_version\":\"2024.9\",\"unsloth_fixed\":true}",
            "falcon | {\"apply_residual_connection_post_layernorm\":false,\"ff_factor\":4}",
            "llama | {\"max_sequence_length\":2048}", "gpt2 | {\"n_special\":0,\"predict_special_tokens\":true}",
            "stablelm | {\"num_heads\":4,\"rope_pct\":0.25,\"rotary_scaling_factor\":1.0}"})
    void keysWithoutAPartInTheNumbersAreAccepted(String name, String keys) throws IOException {
        ObjectNode config = zoo(name);
        TransformerSpec plain = spec(config);
        config.setAll((ObjectNode) SampleTensors.JSON.readTree(keys));
        assertEquals(plain, spec(config));
    }

    @Test
    void anActivationIsRefusedUnderTheKeyThatStatesIt() throws IOException {
        ObjectNode config = zoo("llama");
        config.put("hidden_act", "quick_gelu");
        String message = assertThrows(UnsupportedModelException.class, () -> spec(config)).getMessage();
        assertTrue(message.contains("hidden_act is 'quick_gelu'"), message);
    }

    @Test
    void falconStatesNoPositionsWhereItHas2048() throws IOException {
        ObjectNode config = zoo("falcon");
        config.remove("max_position_embeddings");
        assertEquals(2048, spec(config).maxTokens());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"llama | num_attention_heads | 0", "llama | num_key_value_heads | 5",
            "llama | hidden_size | null", "llama | rms_norm_eps | null", "llama | head_dim | \"x\"",
            "qwen2 | layer_types | [\"full_attention\"]", "smollm3 | no_rope_layers | [1]",
            "qwen2 | num_attention_heads | 5", "mixtral | num_experts_per_tok | 5", "gpt2 | n_embd | 50",
            "gpt2 | n_head | 7", "mistral | sliding_window | 0",
            "qwen2 | layer_types | [\"sliding_attention\",\"full_attention\"]"})
    void impossibleValuesAreRefusedByName(String name, String key, String value) throws IOException {
        ObjectNode config = zoo(name);
        config.set(key, SampleTensors.JSON.readTree(value));
        String where = assertThrows(ModelFormatException.class, () -> spec(config)).field();
        assertTrue(where.contains(key) || where.contains("num_attention_heads"), where);
    }

    @Test
    void keysThatContradictEachOtherAreRefused() throws IOException {
        ObjectNode config = zoo("llama");
        config.put("n_layer", 7);
        assertEquals("n_layer", assertThrows(ModelFormatException.class, () -> spec(config)).field());
        ObjectNode odd = zoo("llama");
        odd.put("num_key_value_heads", 3);
        assertTrue(assertThrows(UnsupportedModelException.class, () -> spec(odd)).getMessage()
                .contains("key_value_heads"));
    }

    @Test
    void tensorsThatAreMissingOrTooManyAreRefusedByName() throws IOException {
        ObjectNode config = zoo("llama");
        Map<String, SampleTensors.Tensor> tensors = like("llama");
        tensors.remove("model.layers.1.mlp.up_proj.weight");
        assertTrue(assertThrows(ModelFormatException.class, () -> open(config, tensors)).field()
                .contains("model.layers.1.mlp.up_proj.weight"));
        SampleTensors.add(tensors, "model.layers.1.mlp.up_proj.weight", 96, 47);
        assertTrue(assertThrows(ModelFormatException.class, () -> open(config, tensors)).getMessage()
                .contains("[96, 48]"));
        SampleTensors.add(tensors, "model.layers.1.mlp.up_proj.weight", 96, 48);
        SampleTensors.add(tensors, "model.layers.0.self_attn.rotary_emb.inv_freq", 6);
        open(config, tensors).close();
        SampleTensors.add(tensors, "model.layers.1.mlp.up_proj.lora_A.weight", 8, 48);
        assertTrue(assertThrows(UnsupportedModelException.class, () -> open(config, tensors)).getMessage()
                .contains("lora_A"));
    }

    @Test
    void checkpointsWithoutTheirHeadHaveShorterNames() throws IOException {
        Map<String, SampleTensors.Tensor> tensors = new LinkedHashMap<>();
        like("gpt2").forEach((name, tensor) -> tensors.put(name.replaceFirst("^transformer\\.", ""), tensor));
        SampleTensors.add(tensors, "h.0.attn.bias", 1, 1, 64, 64);
        try (ModelSource source = open(zoo("gpt2"), tensors)) {
            assertEquals(List.of(), source.notes());
        }
        SampleTensors.add(tensors, "lm_head.weight", 160, 48);
        try (ModelSource source = open(zoo("gpt2"), tensors)) {
            assertTrue(source.notes().getFirst().contains("lm_head.weight"));
        }
    }

    /** One layer, widths that no vector divides, one key head; heads of an odd size where nothing rotates them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "llama | {\"hidden_size\":30,\"num_hidden_layers\":1,\"num_attention_heads\":3,\"num_key_value_heads\":1,\"head_dim\":10,\"intermediate_size\":37,\"vocab_size\":71}",
            "qwen3 | {\"hidden_size\":33,\"num_hidden_layers\":1,\"num_attention_heads\":5,\"num_key_value_heads\":1,\"head_dim\":6,\"intermediate_size\":41,\"layer_types\":null}",
            "gpt2 | {\"n_embd\":35,\"n_layer\":1,\"n_head\":5,\"n_inner\":51,\"vocab_size\":67}",
            "bloom | {\"hidden_size\":33,\"n_layer\":1,\"n_head\":3}",
            "opt | {\"hidden_size\":39,\"word_embed_proj_dim\":39,\"num_hidden_layers\":1,\"num_attention_heads\":3,\"ffn_dim\":53}",
            "gpt_neox | {\"hidden_size\":39,\"num_hidden_layers\":1,\"num_attention_heads\":3,\"intermediate_size\":77,\"rope_parameters\":{\"rope_theta\":100.0,\"rope_type\":\"default\",\"partial_rotary_factor\":0.5}}",
            "phi3 | {\"hidden_size\":42,\"num_hidden_layers\":1,\"num_attention_heads\":7,\"num_key_value_heads\":1,\"intermediate_size\":45}",
            "mixtral | {\"hidden_size\":27,\"num_hidden_layers\":1,\"num_attention_heads\":3,\"num_key_value_heads\":1,\"head_dim\":14,\"intermediate_size\":29,\"num_local_experts\":3,\"num_experts_per_tok\":1}"})
    void oddShapesConvertAndRun(String name, String changes) throws IOException {
        ObjectNode config = zoo(name);
        config.setAll((ObjectNode) SampleTensors.JSON.readTree(changes));
        Path lane = folder.resolve("odd.lane");
        try (ModelSource source = open(config, tensors(name, config))) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        try (Model model = Model.open(lane)) {
            float[][] logits = model.generator().logits(new int[]{1, 2, 3, 4, 5});
            assertEquals(config.get("vocab_size").asInt(), logits[4].length);
            assertTrue(Float.isFinite(logits[4][0]));
            assertNotEquals(logits[3][0], logits[4][0]);
        }
    }

    @Test
    void wordsThatFewHaveAreRead() throws IOException {
        ObjectNode gemma = zoo("gemma");
        gemma.put("hidden_act", "gelu");
        assertEquals(Activation.GELU_TANH, spec(gemma).stack().feedForward().activation());
        ObjectNode exact = zoo("gemma2");
        exact.put("hidden_activation", "gelu");
        assertEquals(Activation.GELU, spec(exact).stack().feedForward().activation());
        ObjectNode capped = zoo("gemma2");
        capped.putNull("attn_logit_softcapping");
        assertEquals(0, spec(capped).stack().attention().softCap());
        capped.remove("attn_logit_softcapping");
        assertEquals(50, spec(capped).stack().attention().softCap());
        ObjectNode falcon = zoo("falcon");
        falcon.put("new_decoder_architecture", true).put("num_kv_heads", 2);
        assertEquals(NormPlacement.PARALLEL_TWO, spec(falcon).stack().placement());
        assertEquals(2, spec(falcon).stack().attention().keyValueHeads());
        ObjectNode windowed = zoo("qwen2");
        windowed.remove("layer_types");
        windowed.put("use_sliding_window", true).put("sliding_window", 9).put("max_window_layers", 1);
        assertEquals(List.of(0, 9), spec(windowed).stack().pattern().stream()
                .map(kind -> spec(windowed).stack().attentions().get(kind).window()).toList());
    }

    @Test
    void longRopeHasFactorsForShortTextsAndForLongOnes() throws IOException {
        ObjectNode config = zoo("phi3");
        config.put("original_max_position_embeddings", 16);
        ObjectNode rotary = (ObjectNode) config.get("rope_parameters");
        rotary.put("rope_type", "longrope");
        rotary.set("short_factor", numbers(1, 1.5, 2, 2, 2, 2));
        rotary.set("long_factor", numbers(4, 4, 4, 4, 4, 4));
        TransformerSpec spec = spec(config);
        assertEquals(config.get("max_position_embeddings").intValue(), spec.maxTokens());
        assertEquals(16, spec.stack().plainTokens());
        RotarySpec.Factors factors = (RotarySpec.Factors) spec.stack().attention().rotary().scaling();
        assertEquals(List.of(1f, 1.5f, 2f, 2f, 2f, 2f), factors.factors());
        assertEquals(List.of(4f, 4f, 4f, 4f, 4f, 4f), factors.far());
        assertEquals(Math.sqrt(1 + Math.log(4) / Math.log(16)), factors.magnitude(), 1e-12);
        rotary.set("short_factor", numbers(1, 2));
        assertThrows(UnsupportedModelException.class, () -> spec(config));
    }

    /** As transformers computes it, nothing is scaled up to the length that the configuration states. */
    @Test
    void dynamicScalingBeginsBehindTheStatedPositions() throws IOException {
        ObjectNode config = zoo("llama");
        int stated = spec(config).maxTokens();
        ObjectNode rotary = (ObjectNode) config.get("rope_parameters");
        rotary.put("rope_type", "dynamic").put("factor", 4.0);
        TransformerSpec spec = spec(config);
        assertEquals(4 * stated, spec.maxTokens());
        assertEquals(new RotarySpec.Dynamic(4, stated), spec.stack().attention().rotary().scaling());
        assertEquals(0, spec.stack().attention().rotary().reach(stated));
        assertEquals(stated + 1, spec.stack().attention().rotary().reach(stated + 1));
    }

    private static ArrayNode numbers(double... values) {
        ArrayNode array = SampleTensors.JSON.createArrayNode();
        for (double value : values) {
            array.add(value);
        }
        return array;
    }

    @Test
    void endsOfTextsAndTemplatesBecomeMetadata() throws IOException {
        ObjectNode config = zoo("llama");
        config.put("eos_token_id", 7);
        Map<String, SampleTensors.Tensor> tensors = like("llama");
        try (ModelSource source = open(config, tensors)) {
            assertEquals(new Generation(List.of(7), Optional.empty()), source.generation());
        }
        Files.writeString(folder.resolve("m/generation_config.json"), "{\"eos_token_id\": [5, 6, 100000]}");
        Files.writeString(folder.resolve("m/tokenizer_config.json"),
                "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"x\"}, {\"name\": \"default\", \"template\": \"y\"}]}");
        try (ModelSource source = open(config, tensors)) {
            assertEquals(new Generation(List.of(5, 6), Optional.of("y")), source.generation());
        }
        Files.writeString(folder.resolve("m/chat_template.jinja"), "{{ messages }}\n");
        Path lane = folder.resolve("m.lane");
        try (ModelSource source = open(config, tensors)) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        try (LaneFile file = LaneFile.open(lane)) {
            assertEquals("{{ messages }}\n", file.metadata().values().get(Generation.TEMPLATE));
            assertEquals(2, ((int[]) file.metadata().values().get(Generation.ENDS)).length);
        }
    }

    /** The tables for people have a row for every family of the tables for the converter. */
    @Test
    void theDocumentNamesEveryFamily() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs/families.md"))) {
            root = root.getParent();
        }
        Matcher rows = Pattern.compile("(?m)^\\| (`[a-z0-9_-]+`(?:, `[a-z0-9_-]+`)*) \\|").matcher(
                Files.readString(root.resolve("docs/families.md")));
        TreeSet<String> named = new TreeSet<>();
        while (rows.find()) {
            named.addAll(java.util.List.of(rows.group(1).replace("`", "").split(", ")));
        }
        TreeSet<String> known = new TreeSet<>(DecoderFamilies.types());
        known.addAll(EncoderDecoderFamilies.types());
        known.addAll(EncoderFamilies.types());
        assertEquals(known, named);
    }

    static ObjectNode zoo(String name) throws IOException {
        return (ObjectNode) SampleTensors.JSON
                .readTree(TestModels.shared("hf-tiny/" + name).resolve("config.json").toFile());
    }

    private static TransformerSpec spec(ObjectNode config) {
        String type = config.get("model_type").asText();
        return dev.lanewise.tools.convert.SpecLimits.check("config.json",
                DecoderFamilies.draft(type, "config.json", config).spec("a family"));
    }

    private ModelSource open(ObjectNode config, Map<String, SampleTensors.Tensor> tensors) throws IOException {
        return ModelSource.open(SampleTensors.folder(folder.resolve("m"), config, tensors));
    }

    /** Tensors of the names and shapes of a model of the zoo. */
    static Map<String, SampleTensors.Tensor> like(String name) throws IOException {
        Map<String, SampleTensors.Tensor> tensors = new LinkedHashMap<>();
        try (Safetensors file = Safetensors
                .open(TestModels.shared("hf-tiny/" + name).resolve("model.safetensors"))) {
            file.tensors().forEach((key, tensor) -> SampleTensors.add(tensors, key,
                    tensor.shape().stream().mapToInt(Long::intValue).toArray()));
        }
        return tensors;
    }

    /** Tensors of the names of a model of the zoo, with the shapes that a configuration wants: what failures ask for. */
    private Map<String, SampleTensors.Tensor> tensors(String name, ObjectNode config) throws IOException {
        Map<String, SampleTensors.Tensor> tensors = like(name);
        tensors.keySet()
                .removeIf(key -> key.matches(".*\\.(layers|h)\\.[1-9].*") || key.matches(".*experts\\.[3-9].*"));
        SampleTensors.fit(tensors, () -> open(config, tensors));
        return tensors;
    }
}
