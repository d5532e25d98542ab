package dev.lanewise.tools.convert.huggingface;

import static dev.lanewise.tools.convert.huggingface.DecoderFamiliesTest.like;
import static dev.lanewise.tools.convert.huggingface.DecoderFamiliesTest.zoo;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.error.LanewiseException;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.GenerationSpec;
import dev.lanewise.spec.GenerationSpec.Stopping;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.PositionSpec.Kind;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tools.command.SequenceNetwork;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tools.convert.SampleTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configurations of encoder-decoders: both styles, what is refused by its name, and shapes that nobody publishes. */
class EncoderDecoderFamiliesTest {
    @TempDir
    Path folder;

    /** What releases before 5 wrote besides, as in the best known models of each family. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "bart | {\"add_bias_logits\":false,\"add_final_layer_norm\":false,\"normalize_before\":false,\"normalize_embedding\":true,\"static_position_embeddings\":false,\"num_hidden_layers\":2,\"classif_dropout\":0.0,\"task_specific_params\":{},\"length_penalty\":2.0}",
            "mbart | {\"add_final_layer_norm\":true,\"normalize_before\":true,\"normalize_embedding\":true,\"output_past\":true}",
            "marian | {\"_num_labels\":3,\"add_final_layer_norm\":false,\"normalize_before\":false,\"normalize_embedding\":false,\"static_position_embeddings\":true,\"bad_words_ids\":[[159]],\"num_beams\":4}",
            "pegasus | {\"add_final_layer_norm\":true,\"extra_pos_embeddings\":1,\"normalize_before\":true,\"normalize_embedding\":false,\"static_position_embeddings\":true,\"force_bos_token_to_be_generated\":false}",
            "m2m_100 | {\"max_length\":200,\"tokenizer_class\":\"NllbTokenizer\"}",
            "t5-v1_0 | {\"n_positions\":512,\"output_past\":true,\"dense_act_fn\":null,\"scale_decoder_outputs\":null,\"is_gated_act\":null,\"num_decoder_layers\":null}",
            "t5-v1_1 | {\"n_positions\":512,\"dense_act_fn\":null,\"is_gated_act\":null}",
            "whisper | {\"forced_decoder_ids\":[[1,2]],\"max_length\":448,\"num_hidden_layers\":2}"})
    void configurationsOfOlderReleasesMeanTheSame(String name, String additions) throws IOException {
        ObjectNode config = zoo(name);
        TransformerSpec today = spec(config);
        config.set("torch_dtype", config.remove("dtype"));
        config.setAll((ObjectNode) SampleTensors.JSON.readTree(additions));
        assertEquals(today, spec(config));
        config.put("a_new_twist", 1);
        String message = assertThrows(UnsupportedModelException.class, () -> spec(config)).getMessage();
        assertTrue(message.contains("'a_new_twist'"), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"bart | normalize_before | true", "mbart | add_final_layer_norm | false",
            "marian | normalize_embedding | true", "pegasus | static_position_embeddings | false",
            "bart | is_encoder_decoder | false", "whisper | scale_embedding | true",
            "bart | activation_function | \"relu2\"", "t5-v1_0 | dense_act_fn | \"relu2\""})
    void valuesThatThereIsNoWordForAreRefusedByName(String name, String key, String value) throws IOException {
        ObjectNode config = zoo(name);
        config.set(key, SampleTensors.JSON.readTree(value));
        String message = assertThrows(UnsupportedModelException.class, () -> spec(config)).getMessage();
        assertTrue(message.contains(key), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"bart | encoder_attention_heads | 5", "bart | d_model | null",
            "marian | decoder_vocab_size | 170", "m2m_100 | pad_token_id | -1", "mbart | decoder_layers | 0",
            "t5-v1_0 | d_kv | 0", "t5-v1_1 | feed_forward_proj | \"gated-gelu-tanh\"",
            "t5-v1_1 | feed_forward_proj | \"relu\"", "t5-v1_0 | num_heads | \"x\"", "whisper | num_mel_bins | 0"})
    void impossibleValuesAreRefusedByName(String name, String key, String value) throws IOException {
        ObjectNode config = zoo(name);
        config.set(key, SampleTensors.JSON.readTree(value));
        assertEquals(key, assertThrows(ModelFormatException.class, () -> spec(config)).field());
    }

    @Test
    void wordsThatFewHaveAreRead() throws IOException {
        ObjectNode t5 = zoo("t5-v1_0");
        t5.remove(List.of("dense_act_fn", "is_gated_act"));
        t5.put("feed_forward_proj", "gated-silu").put("tie_word_embeddings", false).remove("scale_decoder_outputs");
        TransformerSpec spec = spec(t5);
        assertEquals(Activation.SILU, spec.stack().feedForward().activation());
        assertTrue(spec.stack().feedForward().gated() && spec.source().stack().feedForward().gated());
        assertFalse(spec.output().tied());
        assertEquals(1, spec.output().scale());
        assertEquals(new PositionSpec(Kind.SINUSOIDAL_HALVES, 64, 4, true),
                spec(zoo("m2m_100").put("pad_token_id", 3)).position());
        // A table of sines that is stored is taken as it is.
        assertEquals(Kind.LEARNED, EncoderDecoderFamilies.spec("marian", "config.json", zoo("marian"),
                name -> name.equals("encoder.embed_positions.weight")).source().position().kind());
    }

    @Test
    void tablesThatSourceAndTargetDoNotShareAreBothThere() throws IOException {
        ObjectNode config = zoo("marian");
        config.put("share_encoder_decoder_embeddings", false).put("decoder_vocab_size", 150)
                .put("decoder_start_token_id", 149);
        Map<String, SampleTensors.Tensor> tensors = like("marian");
        tensors.remove("model.shared.weight");
        SampleTensors.add(tensors, "model.encoder.embed_tokens.weight", 160, 48);
        SampleTensors.add(tensors, "model.decoder.embed_tokens.weight", 150, 48);
        SampleTensors.add(tensors, "final_logits_bias", 1, 150);
        try (ModelSource source = open(config, tensors)) {
            assertFalse(source.spec().source().tied());
            assertEquals(160, source.spec().source().embedding().vocabulary());
            assertEquals(150, source.spec().embedding().vocabulary());
            assertEquals(List.of(), source.notes());
        }
    }

    @Test
    void tablesThatAreNotTiedAreAllThere() throws IOException {
        ObjectNode config = zoo("bart").put("tie_word_embeddings", false);
        Map<String, SampleTensors.Tensor> tensors = like("bart");
        SampleTensors.add(tensors, "lm_head.weight", 160, 48);
        try (ModelSource source = open(config, tensors)) {
            assertFalse(source.spec().output().tied());
            assertTrue(source.spec().source().tied());
        }
        SampleTensors.add(tensors, "model.encoder.embed_tokens.weight", 160, 48);
        SampleTensors.add(tensors, "model.decoder.embed_tokens.weight", 160, 48);
        try (ModelSource source = open(config, tensors)) {
            assertFalse(source.spec().source().tied());
            assertEquals(List.of(), source.notes());
        }
    }

    /** Release 5 of transformers writes that a T5's head is tied although the file has one. */
    @Test
    void aHeadThatIsNotScaledAndThereIsNotTied() throws IOException {
        ObjectNode config = zoo("t5-v1_1").put("tie_word_embeddings", true).put("scale_decoder_outputs", false);
        try (ModelSource source = open(config, like("t5-v1_1"))) {
            assertFalse(source.spec().output().tied());
            assertEquals(List.of(), source.notes());
        }
        assertTrue(spec(config).output().tied());
    }

    /** There, transformers gives padding no position. */
    @Test
    void positionsOfPaddingAreRefused() throws IOException {
        String message = assertThrows(UnsupportedModelException.class,
                () -> spec(zoo("m2m_100").put("decoder_start_token_id", 1))).getMessage();
        assertTrue(message.contains("decoder_start_token_id"), message);
    }

    @Test
    void tensorsThatAreMissingOrTooManyAreRefusedByName() throws IOException {
        ObjectNode config = zoo("bart");
        Map<String, SampleTensors.Tensor> tensors = like("bart");
        String name = "model.decoder.layers.1.encoder_attn.v_proj.bias";
        tensors.remove(name);
        assertTrue(assertThrows(ModelFormatException.class, () -> open(config, tensors)).field().contains(name));
        SampleTensors.add(tensors, name, 47);
        assertTrue(assertThrows(ModelFormatException.class, () -> open(config, tensors)).getMessage().contains("[48]"));
        SampleTensors.add(tensors, name, 48);
        SampleTensors.add(tensors, "lm_head.weight", 160, 48);
        try (ModelSource source = open(config, tensors)) {
            assertTrue(source.notes().getFirst().contains("lm_head.weight"));
        }
        SampleTensors.add(tensors, "model.decoder.layers.1.adapter.weight", 8, 48);
        assertTrue(assertThrows(UnsupportedModelException.class, () -> open(config, tensors)).getMessage()
                .contains("adapter"));
    }

    @Test
    void checkpointsWithoutTheirHeadHaveShorterNames() throws IOException {
        Map<String, SampleTensors.Tensor> tensors = new LinkedHashMap<>();
        like("m2m_100").forEach((name, tensor) -> tensors.put(name.replaceFirst("^model\\.", ""), tensor));
        SampleTensors.add(tensors, "encoder.embed_positions.weights", 66, 48);
        try (ModelSource source = open(zoo("m2m_100"), tensors)) {
            assertEquals(List.of(), source.notes());
        }
    }

    /** One layer of the one and three of the other, heads that are no part of the width, widths that no vector divides. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "t5-v1_0 | {\"d_model\":30,\"num_layers\":1,\"num_decoder_layers\":2,\"num_heads\":3,\"d_kv\":14,\"d_ff\":37,\"vocab_size\":71}",
            "t5-v1_1 | {\"d_model\":33,\"num_heads\":5,\"d_kv\":6,\"d_ff\":41,\"relative_attention_num_buckets\":8,\"relative_attention_max_distance\":9}",
            "bart | {\"d_model\":36,\"encoder_layers\":1,\"encoder_attention_heads\":6,\"decoder_attention_heads\":3,\"encoder_ffn_dim\":51,\"decoder_ffn_dim\":29}",
            "marian | {\"d_model\":35,\"decoder_layers\":1,\"encoder_attention_heads\":5,\"decoder_attention_heads\":7,\"vocab_size\":67,\"decoder_vocab_size\":67,\"decoder_start_token_id\":66}",
            "m2m_100 | {\"d_model\":39,\"encoder_attention_heads\":3,\"decoder_attention_heads\":1}"})
    void oddShapesConvertAndRun(String name, String changes) throws IOException {
        ObjectNode config = zoo(name);
        config.setAll((ObjectNode) SampleTensors.JSON.readTree(changes));
        Path lane = folder.resolve("odd.lane");
        try (ModelSource source = open(config, tensors(name, config))) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        try (SequenceNetwork network = SequenceNetwork.open(lane, 1)) {
            float[][] states = network.states(new int[]{1, 2, 3, 4, 5});
            assertEquals(config.get("d_model").asInt(), states[4].length);
            float[][] logits = network.logits(new int[]{1, 2, 3});
            assertEquals(config.get("vocab_size").asInt(), logits[2].length);
            assertTrue(Float.isFinite(logits[2][0]));
        }
    }

    @Test
    void whatAFolderSaysOfGeneratingBecomesMetadata() throws IOException {
        Map<String, SampleTensors.Tensor> tensors = like("bart");
        ObjectNode config = zoo("bart");
        config.put("num_beams", 4).put("max_length", 142).put("min_length", 56).put("early_stopping", true)
                .put("length_penalty", 2.0).put("no_repeat_ngram_size", 3)
                .put("force_bos_token_to_be_generated", true);
        try (ModelSource source = open(config, tensors)) {
            GenerationSpec spec = source.generation().sequences().orElseThrow();
            assertEquals("2 0 2 4 141 55 2.0 3 FIRST", spec.start() + " " + spec.forcedFirst() + " " + spec.forcedLast()
                    + " " + spec.beams() + " " + spec.maxTokens() + " " + spec.minTokens() + " " + spec.lengthPenalty()
                    + " " + spec.noRepeat() + " " + spec.stopping());
            assertEquals(List.of(2), source.generation().ends());
        }
        Path file = folder.resolve("m/generation_config.json");
        Files.writeString(file, "{\"decoder_start_token_id\": 5, \"bad_words_ids\": [[1], [7]], \"suppress_tokens\":"
                + " [7, 9], \"begin_suppress_tokens\": [3], \"renormalize_logits\": true, \"early_stopping\": \"never\","
                + " \"max_new_tokens\": 30}");
        Path lane = folder.resolve("m.lane");
        try (ModelSource source = open(config, tensors)) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        try (dev.lanewise.weights.LaneFile opened = dev.lanewise.weights.LaneFile.open(lane)) {
            GenerationSpec spec = GenerationSpec.read(opened.metadata(), 160);
            assertArrayEquals(new int[]{1, 7, 9}, spec.banned());
            assertArrayEquals(new int[]{3}, spec.bannedFirst());
            assertEquals("5 -1 true 30 1", spec.start() + " " + spec.forcedFirst() + " " + spec.renormalized() + " "
                    + spec.maxTokens() + " " + spec.beams());
            assertEquals(Stopping.NEVER, spec.stopping());
        }
        Files.writeString(file, "{\"decoder_start_token_id\": 5, \"repetition_penalty\": 1.3, \"num_beam_groups\": 1,"
                + " \"do_sample\": true, \"sequence_bias\": [], \"encoder_no_repeat_ngram_size\": 0}");
        try (ModelSource source = open(config, tensors)) {
            assertEquals(List.of("do_sample true", "repetition_penalty 1.3"),
                    source.notes().stream().map(note -> note.replaceFirst(".*: ", "")).toList());
        }
        // As a bad word, the end of a text has no meaning.
        Files.writeString(file,
                "{\"decoder_start_token_id\": 5, \"eos_token_id\": [2, 9], \"bad_words_ids\": [[1], [9]]}");
        try (ModelSource source = open(config, tensors)) {
            assertArrayEquals(new int[]{1}, source.generation().sequences().orElseThrow().banned());
        }
        for (String bad : List.of("\"bad_words_ids\": [[1, 2]]", "\"early_stopping\": \"soon\"",
                "\"suppress_tokens\": [160]", "\"num_beams\": 0", "\"forced_bos_token_id\": 160")) {
            Files.writeString(file, "{\"decoder_start_token_id\": 5, " + bad + "}");
            String message = assertThrows(LanewiseException.class, () -> open(config, tensors)).getMessage();
            assertTrue(message.contains(bad.substring(1, bad.indexOf('"', 1))), message);
        }
    }

    private static TransformerSpec spec(ObjectNode config) {
        return EncoderDecoderFamilies.spec(config.get("model_type").asText(), "config.json", config, name -> false);
    }

    private ModelSource open(ObjectNode config, Map<String, SampleTensors.Tensor> tensors) throws IOException {
        return ModelSource.open(SampleTensors.folder(folder.resolve("m"), config, tensors));
    }

    /** Tensors of the names of a model of the zoo, with the shapes that a configuration wants: what failures ask for. */
    private Map<String, SampleTensors.Tensor> tensors(String name, ObjectNode config) throws IOException {
        Map<String, SampleTensors.Tensor> tensors = like(name);
        for (String side : List.of("encoder", "decoder")) {
            String ofT5 = side.equals("encoder") ? "num_layers" : "num_decoder_layers";
            int layers = config.get(name.startsWith("t5") ? ofT5 : side + "_layers").asInt();
            tensors.keySet().removeIf(tensor -> layers == 1
                    && tensor.matches(".*" + side + "\\.(layers|block)\\.1\\..*"));
        }
        SampleTensors.fit(tensors, () -> open(config, tensors));
        return tensors;
    }
}
