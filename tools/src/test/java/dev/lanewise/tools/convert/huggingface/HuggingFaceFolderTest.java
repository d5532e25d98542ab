package dev.lanewise.tools.convert.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.tools.TestModels;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.LaneRows;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tools.convert.SampleTensors;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.LaneFile;
import dev.lanewise.tensor.TensorInfo;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Folders of transformers: what is mapped, what is left out with a note, and what is refused by its name. */
class HuggingFaceFolderTest {
    @TempDir
    Path folder;
    private final ObjectNode config = SampleTensors.config();
    private final Map<String, SampleTensors.Tensor> tensors = SampleTensors.bert();

    @ParameterizedTest
    @CsvSource({"bert,1", "bert-classifier,0", "bert-masked-lm,0"})
    void realFoldersConvertBitByBit(String name, int notes) throws IOException {
        Path source = TestModels.shared("hf-tiny/" + name);
        Path target = folder.resolve("out.lane");
        try (ModelSource model = ModelSource.open(source)) {
            Conversion.convert(model, target, Conversion.Options.of(DataType.F32), Conversion.Progress.NONE);
            assertEquals(notes, model.notes().size());
        }
        String prefix = name.equals("bert") ? "" : "bert.";
        Map<String, String> heads = Map.of("bert-classifier/head.dense.0", "bert.pooler.dense",
                "bert-classifier/head.output", "classifier", "bert-masked-lm/head.dense.0",
                "cls.predictions.transform.dense", "bert-masked-lm/head.dense.0.norm",
                "cls.predictions.transform.LayerNorm", "bert-masked-lm/head.output", "cls.predictions");
        try (LaneFile file = LaneFile.open(target);
                Safetensors original = Safetensors.open(source.resolve("model.safetensors"))) {
            file.verify();
            for (LaneFile.Entry entry : file.directory().values()) {
                TensorInfo info = entry.info();
                int dot = info.name().lastIndexOf('.');
                String head = heads.get(name + "/" + info.name().substring(0, dot));
                ForeignTensor foreign = original.tensors().get(head == null
                        ? prefix + SampleTensors.published(info.name())
                        : head + info.name().substring(dot));
                LaneRows stored = new LaneRows(file, info.name(), info.layout(), info.shape());
                float[] a = new float[info.columns()];
                float[] b = new float[info.columns()];
                for (int row = 0; row < info.rows(); row++) {
                    stored.read(row, a);
                    foreign.rows().read(row, b);
                    assertArrayEquals(b, a, info.name());
                }
            }
        }
    }

    @Test
    void namesOfOldCheckpointsAndThePrefixAreKnown() throws IOException {
        Map<String, SampleTensors.Tensor> old = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> old.put("bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma")
                .replace("LayerNorm.bias", "LayerNorm.beta"), tensor));
        SampleTensors.add(old, "bert.pooler.dense.bias", SampleTensors.WIDTH);
        SampleTensors.add(old, "cls.predictions.bias", SampleTensors.VOCABULARY);
        try (ModelSource source = open(config, old)) {
            assertEquals(List.of("left out, because no head that the configuration names needs them:"
                    + " the tensors of cls, pooler"),
                    source.notes());
            float[] row = new float[SampleTensors.WIDTH];
            source.rows("encoder.layers.1.feed_forward.norm.weight").read(0, row);
            assertArrayEquals(tensors.get("encoder.layer.1.output.LayerNorm.weight").elements(), row);
        }
    }

    /** Published embedders often name the head that they were trained with first, and do not have it. */
    @Test
    void aHeadThatIsNamedAndNotThereIsLeftOutWithANote() throws IOException {
        config.putArray("architectures").add("BertForMaskedLM");
        try (ModelSource source = open(config, tensors)) {
            assertNull(source.spec().head());
            assertTrue(source.notes().getFirst().contains("BertForMaskedLM"), source.notes().toString());
        }
        SampleTensors.add(tensors, "cls.predictions.bias", SampleTensors.VOCABULARY);
        assertTrue(assertThrows(ModelFormatException.class, () -> open(config, tensors)).getMessage()
                .contains("cls.predictions.transform.dense.weight"));
    }

    @Test
    void anOutputMatrixOfItsOwnHasTheBiasBesideIt() throws IOException {
        config.putArray("architectures").add("BertForMaskedLM");
        config.put("tie_word_embeddings", false);
        SampleTensors.linear(tensors, "cls.predictions.transform.dense", SampleTensors.WIDTH, SampleTensors.WIDTH);
        SampleTensors.norm(tensors, "cls.predictions.transform.LayerNorm", SampleTensors.WIDTH);
        SampleTensors.linear(tensors, "cls.predictions.decoder", SampleTensors.VOCABULARY, SampleTensors.WIDTH);
        SampleTensors.add(tensors, "cls.predictions.bias", SampleTensors.VOCABULARY);
        try (ModelSource source = open(config, tensors)) {
            float[] bias = new float[SampleTensors.VOCABULARY];
            source.rows("head.output.bias").read(0, bias);
            assertArrayEquals(tensors.get("cls.predictions.decoder.bias").elements(), bias);
            assertEquals(List.of("left out, because the output's own matrix has a bias: cls.predictions.bias"),
                    source.notes());
        }
    }

    @Test
    void bucketsThatTransformersDoesNotComputeWithAreRefused() throws IOException {
        config.put("model_type", "mpnet").put("relative_attention_num_buckets", 64);
        config.remove("type_vocab_size");
        refused("relative_attention_num_buckets");
    }

    @Test
    void tensorsThatAreMissingOtherwiseShapedOrUnknownAreNamed() throws IOException {
        String name = "encoder.layer.1.output.dense.weight";
        SampleTensors.Tensor tensor = tensors.remove(name);
        assertTrue(assertThrows(ModelFormatException.class, () -> open(config, tensors)).getMessage().contains(name));
        tensors.put(name, new SampleTensors.Tensor(new int[]{SampleTensors.INNER, SampleTensors.WIDTH},
                tensor.elements()));
        assertTrue(assertThrows(ModelFormatException.class, () -> open(config, tensors)).getMessage().contains(name));
        tensors.put(name, tensor);
        SampleTensors.add(tensors, "encoder.layer.0.adapter.weight", 3);
        assertTrue(assertThrows(UnsupportedModelException.class, () -> open(config, tensors)).getMessage()
                .contains("encoder.layer.0.adapter.weight"));
        tensors.remove("encoder.layer.0.adapter.weight");
        SampleTensors.add(tensors, "encoder.layer.2.output.dense.bias", 3);
        assertThrows(UnsupportedModelException.class, () -> open(config, tensors));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"position_embedding_type | \"relative_key\"", "is_decoder | true",
            "add_cross_attention | true", "pruned_heads | {\"1\":[0]}", "hidden_act | \"mish\"",
            "quantization_config | {\"bits\":4}", "auto_map | {\"AutoModel\":\"x.y\"}", "rope_theta | 10000",
            "model_type | \"mamba\"", "adapters | {}", "hidden_size | 65538"})
    void valuesThatWouldChangeTheNumbersAreRefusedByName(String key, String value) throws IOException {
        config.set(key, SampleTensors.JSON.readTree(value));
        if (key.equals("hidden_size")) {
            assertTrue(assertThrows(ModelFormatException.class, () -> open(config, tensors)).getMessage()
                    .contains(key));
        } else {
            String message = assertThrows(UnsupportedModelException.class, () -> open(config, tensors)).getMessage();
            assertTrue(message.contains(key), message);
        }
    }

    @ParameterizedTest
    @CsvSource({"num_attention_heads,4", "num_attention_heads,0", "num_hidden_layers,-1", "vocab_size,1e3",
            "layer_norm_eps,2", "layer_norm_eps,\"x\"", "hidden_size,99999999999", "num_attention_heads,null",
            "max_position_embeddings,2.5"})
    void impossibleValuesAreRefusedByName(String key, String value) throws IOException {
        config.set(key, SampleTensors.JSON.readTree(value));
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> open(config, tensors));
        assertTrue(e.field().contains(key), e.getMessage());
    }

    @Test
    void aConfigurationWithEverythingThatOldReleasesWroteIsRead() throws IOException {
        ObjectNode old = (ObjectNode) SampleTensors.JSON.readTree(
                """
                        {"_name_or_path":"x","architectures":["BertModel"],"gradient_checkpointing":false,
                        "transformers_version":"4.8.2","classifier_dropout":null,"output_past":true,"directionality":"bidi",
                        "pooler_fc_size":768,"pooler_num_attention_heads":12,"pooler_num_fc_layers":3,
                        "pooler_size_per_head":128,"pooler_type":"first_token_transform","id2label":{"0":"a"},
                        "label2id":{"a":0},"torchscript":false,"pruned_heads":{},"num_beams":1,"temperature":1.0,"top_k":50,
                        "top_p":1.0,"do_sample":false,"bad_words_ids":null,"use_cache":true,"position_embedding_type":"absolute",
                        "torch_dtype":"float32","is_decoder":false,"chunk_size_feed_forward":0,"tie_word_embeddings":true,
                        "attention_probs_dropout_prob":0.1,"hidden_dropout_prob":0.1,"initializer_range":0.02,
                        "pad_token_id":0,"finetuning_task":null,
                        "sbert_ce_default_activation_function":"torch.nn.modules.linear.Identity","an_unknown_key":null}""");
        config.setAll(old);
        config.put("hidden_act", "gelu_new");
        try (ModelSource source = open(config, tensors)) {
            assertEquals(Activation.GELU_TANH, source.spec().stack().feedForward().activation());
        }
    }

    @Test
    void poolingComesFromTheFilesOfSentenceTransformers() throws IOException {
        modules("Transformer", "Pooling", "Normalize");
        pooling("\"pooling_mode_cls_token\":false,\"pooling_mode_mean_tokens\":true,\"include_prompt\":true");
        Files.writeString(folder.resolve("sentence_bert_config.json"),
                "{\"max_seq_length\":4,\"do_lower_case\":false}");
        try (ModelSource source = open(config, tensors)) {
            assertEquals(new PoolingSpec(PoolingSpec.Kind.MEAN, List.of(), true, 4), source.spec().pooling());
            assertEquals(List.of(), source.notes());
        }
        modules("Transformer", "Pooling");
        pooling("\"pooling_mode_cls_token\":true,\"pooling_mode_mean_tokens\":false");
        try (ModelSource source = open(config, tensors)) {
            assertEquals(new PoolingSpec(PoolingSpec.Kind.CLS, List.of(), false, 4), source.spec().pooling());
        }
        pooling("\"pooling_mode_mean_sqrt_len_tokens\":true");
        refused("pooling_mode_mean_sqrt_len_tokens");
        pooling("\"pooling_mode_mean_tokens\":true,\"include_prompt\":false");
        refused("include_prompt");
        pooling("\"pooling_mode_mean_tokens\":true,\"pooling_mode_cls_token\":true");
        refused("beside another mode");
        modules("Transformer", "Pooling", "Normalize", "Dense");
        pooling("\"pooling_mode_mean_tokens\":true");
        refused("Dense");
        Files.writeString(folder.resolve("sentence_bert_config.json"), "{\"do_lower_case\":true}");
        modules("Transformer", "Pooling");
        refused("do_lower_case");
        Files.delete(folder.resolve("sentence_bert_config.json"));
        Files.writeString(folder.resolve("modules.json"), "[{\"type\":\"sentence_transformers.models.Transformer\"},"
                + "{\"type\":\"sentence_transformers.models.Pooling\",\"path\":\"../x\"}]");
        assertThrows(ModelFormatException.class, () -> open(config, tensors));
    }

    @Test
    void aTokenizerWithMoreIdsThanEmbeddingsIsRefused() throws IOException {
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\n");
        try (ModelSource source = open(config, tensors)) {
            assertEquals(9, source.tokenizer().orElseThrow().size());
        }
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\ne\n");
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> open(config, tensors));
        assertEquals("size of the vocabulary", e.field());
    }

    @Test
    void theLicenceComesFromTheModelCard() throws IOException {
        Files.writeString(folder.resolve("README.md"), "---\ntags:\n- x\nlicense: apache-2.0\n---\nlicense: other\n");
        try (ModelSource source = open(config, tensors)) {
            assertEquals(Map.of("license", "apache-2.0"), source.provenance());
        }
        Files.writeString(folder.resolve("README.md"), "# A model\nlicense: other\n");
        try (ModelSource source = open(config, tensors)) {
            assertEquals(Map.of(), source.provenance());
        }
    }

    private void modules(String... types) throws IOException {
        StringBuilder json = new StringBuilder();
        for (int i = 0; i < types.length; i++) {
            json.append(i == 0 ? "[" : ",").append("{\"idx\":" + i + ",\"path\":\"" + (i == 0 ? "" : i + "_" + types[i])
                    + "\",\"type\":\"sentence_transformers.models." + types[i] + "\"}");
        }
        Files.writeString(folder.resolve("modules.json"), json.append("]"));
    }

    private void pooling(String modes) throws IOException {
        Files.createDirectories(folder.resolve("1_Pooling"));
        Files.writeString(folder.resolve("1_Pooling/config.json"),
                "{\"word_embedding_dimension\":" + SampleTensors.WIDTH + "," + modes + "}");
    }

    private void refused(String word) {
        String message = assertThrows(UnsupportedModelException.class, () -> open(config, tensors)).getMessage();
        assertTrue(message.contains(word), message);
    }

    private ModelSource open(ObjectNode configuration, Map<String, SampleTensors.Tensor> weights) throws IOException {
        return ModelSource.open(SampleTensors.folder(folder, configuration, weights));
    }
}
