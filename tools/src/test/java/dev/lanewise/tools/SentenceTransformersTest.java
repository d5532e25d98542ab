package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.Embedder;
import dev.lanewise.EmbedderOptions;
import dev.lanewise.Model;
import dev.lanewise.Scheduler;
import dev.lanewise.SchedulerOptions;
import dev.lanewise.Pooling;
import dev.lanewise.error.LanewiseException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.tools.Cli.Result;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tools.convert.SampleTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders as sentence-transformers publishes them, all the way to the vectors. */
class SentenceTransformersTest {
    private static final int OUTPUTS = 5;

    @TempDir
    Path folder;
    private Path source;

    @BeforeEach
    void write() throws IOException {
        source = TinyBert.write(folder.resolve("source"), 5);
        modules("Transformer", "Pooling", "Dense", "Normalize");
        text("1_Pooling/config.json",
                "{\"word_embedding_dimension\": 32, \"pooling_mode_mean_tokens\": true, \"include_prompt\": true}");
        text("2_Dense/config.json", "{\"in_features\": 32, \"out_features\": 5, \"bias\": true,"
                + " \"activation_function\": \"torch.nn.modules.activation.Tanh\"}");
        text("config_sentence_transformers.json",
                "{\"prompts\": {\"query\": \"the dog : \", \"document\": \"\"}, \"default_prompt_name\": null}");
        text("sentence_bert_config.json", "{\"max_seq_length\": 9, \"do_lower_case\": false}");
    }

    private void modules(String... types) throws IOException {
        StringBuilder json = new StringBuilder();
        for (int i = 0; i < types.length; i++) {
            json.append(i == 0 ? "[" : ",").append("{\"idx\":" + i + ",\"path\":\"" + (i == 0 ? "" : i + "_" + types[i])
                    + "\",\"type\":\"sentence_transformers.models." + types[i] + "\"}");
        }
        text("modules.json", json.append("]").toString());
    }

    private void text(String name, String content) throws IOException {
        Files.createDirectories(source.resolve(name).getParent());
        Files.writeString(source.resolve(name), content);
    }

    private float[] dense(int outputs) throws IOException {
        Random random = new Random(9);
        float[] weights = new float[outputs * TinyBert.WIDTH];
        float[] bias = new float[outputs];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian() / 4;
        }
        for (int i = 0; i < outputs; i++) {
            bias[i] = (float) random.nextGaussian();
        }
        Files.createDirectories(source.resolve("2_Dense"));
        Files.write(source.resolve("2_Dense/model.safetensors"), SampleTensors.file(Map.of("linear.weight",
                new SampleTensors.Tensor(new int[]{outputs, TinyBert.WIDTH}, weights), "linear.bias",
                new SampleTensors.Tensor(new int[]{outputs}, bias)), "F32"));
        float[] all = java.util.Arrays.copyOf(weights, weights.length + outputs);
        System.arraycopy(bias, 0, all, weights.length, outputs);
        return all;
    }

    private Model open() throws IOException {
        Path lane = folder.resolve("m.lane");
        try (ModelSource opened = ModelSource.open(source)) {
            Conversion.convert(opened, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        return Model.open(lane);
    }

    /** The map of a mean, in double precision. */
    private static double[] mapped(float[] weights, float[] mean) {
        double[] mapped = new double[OUTPUTS];
        for (int i = 0; i < OUTPUTS; i++) {
            double sum = weights[OUTPUTS * TinyBert.WIDTH + i];
            for (int j = 0; j < TinyBert.WIDTH; j++) {
                sum += (double) weights[i * TinyBert.WIDTH + j] * mean[j];
            }
            mapped[i] = Math.tanh(sum);
        }
        return mapped;
    }

    @Test
    void denseMapsPooledTexts_aloneAsInABatch() throws IOException {
        float[] weights = dense(OUTPUTS);
        List<String> texts = List.of("the cat sat", "a dog", "b", "a cat sat on the mat");
        try (Model model = open()) {
            Embedder embedder = model.embedder();
            assertEquals(OUTPUTS, embedder.width());
            assertEquals(9, embedder.maxTokens());
            assertThrows(TextTooLongException.class, () -> embedder.embed("a b c a b c a b"));
            float[][] together = embedder.embedAll(texts);
            Embedder plain = model.embedder(EmbedderOptions.defaults().withNormalize(false));
            for (int i = 0; i < texts.size(); i++) {
                assertArrayEquals(embedder.embed(texts.get(i)), together[i]);
                double[] expected = mapped(weights, mean(model, texts.get(i)));
                double length = Math.sqrt(java.util.Arrays.stream(expected).map(x -> x * x).sum());
                float[] bare = plain.embed(texts.get(i));
                for (int j = 0; j < OUTPUTS; j++) {
                    assertEquals(expected[j], bare[j], 1e-5);
                    assertEquals(expected[j] / length, together[i][j], 1e-5);
                }
            }
        }
    }

    /** From the hidden state, without the map. */
    private float[] mean(Model model, String text) throws IOException {
        int[] ids = new Cli(folder.resolve("cache")).run("tokenize", source.toString(), "--json", text).json()
                .get("ids")
                .valueStream().mapToInt(JsonNode::intValue).toArray();
        float[] states = model.embedder().hiddenStates(ids, null);
        float[] mean = new float[TinyBert.WIDTH];
        for (int i = 0; i < states.length; i++) {
            mean[i % TinyBert.WIDTH] += states[i] / ids.length;
        }
        return mean;
    }

    /** As release 6 writes a folder: the longest text is the tokenizer's, and modules say what they read. */
    @Test
    void settingsAreWhereNewReleasesAndOldFamiliesHaveThem() throws IOException {
        dense(OUTPUTS);
        float[] before;
        try (Model model = open()) {
            before = model.embedder().embed("the cat");
        }
        text("sentence_bert_config.json", "{\"transformer_task\": \"feature-extraction\"}");
        text("tokenizer_config.json", "{\"model_max_length\": 7}");
        text("2_Dense/config.json",
                "{\"in_features\": 32, \"out_features\": 5, \"bias\": true, \"activation_function\":"
                        + " \"torch.nn.modules.activation.Tanh\", \"module_input_name\": \"sentence_embedding\","
                        + " \"module_output_name\": \"sentence_embedding\"}");
        modules("Transformer", "Pooling", "Dense", "Dropout", "Normalize");
        try (Model model = open()) {
            assertEquals(7, model.embedder().maxTokens());
            assertArrayEquals(before, model.embedder().embed("the cat"));
        }
        text("2_Dense/config.json", "{\"in_features\": 32, \"out_features\": 5, \"activation_function\":"
                + " \"torch.nn.modules.activation.Tanh\", \"module_input_name\": \"token_embeddings\"}");
        refused("module_input_name", LanewiseException.class);
        modules("Transformer", "Pooling");
        text("tokenizer_config.json", "{\"model_max_length\": 1000000000000000019884624838656}");
        try (Model model = open()) {
            assertEquals(TinyBert.MAX_TOKENS, model.embedder().maxTokens());
        }
        Files.delete(source.resolve("sentence_bert_config.json"));
        text("sentence_roberta_config.json", "{\"max_seq_length\": 8}");
        try (Model model = open()) {
            assertEquals(8, model.embedder().maxTokens());
        }
        text("sentence_roberta_config.json", "{}");
        for (String wrong : List.of("0", "\"9\"", "8.5")) {
            text("tokenizer_config.json", "{\"model_max_length\": " + wrong + "}");
            refused("model_max_length", LanewiseException.class);
        }
    }

    @Test
    void aPrefixOfTheVectorHasLengthOne() throws IOException {
        dense(OUTPUTS);
        try (Model model = open()) {
            float[] all = model.embedder().embed("the cat");
            float[] found = model.embedder(EmbedderOptions.defaults().withDimensions(3)).embed("the cat");
            double length = Math.sqrt(all[0] * all[0] + all[1] * all[1] + all[2] * all[2]);
            for (int i = 0; i < 3; i++) {
                assertEquals(all[i] / length, found[i], 1e-6);
            }
            assertEquals(3, found.length);
            assertThrows(IllegalArgumentException.class,
                    () -> model.embedder(EmbedderOptions.defaults().withDimensions(6)));
        }
    }

    @Test
    void promptsAreTakenByName() throws IOException {
        dense(OUTPUTS);
        try (Model model = open()) {
            assertEquals(Map.of("query", "the dog : ", "document", ""), model.prompts());
            float[] prompted = model.embedder(EmbedderOptions.defaults().withPrompt("query")).embed("a cat");
            assertArrayEquals(model.embedder().embed("the dog : a cat"), prompted);
            assertArrayEquals(prompted,
                    model.embedder(EmbedderOptions.defaults().withPrompt("query")).embedAll(List.of("b", "a cat"))[1]);
            assertArrayEquals(model.embedder().embed("a cat"),
                    model.embedder(EmbedderOptions.defaults().withPrompt("document")).embed("a cat"));
            assertTrue(assertThrows(IllegalArgumentException.class,
                    () -> model.embedder(EmbedderOptions.defaults().withPrompt("passage"))).getMessage()
                    .contains("query"));
        }
        text("config_sentence_transformers.json",
                "{\"prompts\": {\"query\": \"the dog : \"}, \"default_prompt_name\": \"query\"}");
        try (Model model = open()) {
            assertArrayEquals(model.embedder(EmbedderOptions.defaults().withPrompt("")).embed("the dog : a cat"),
                    model.embedder().embed("a cat"));
            assertThrows(NullPointerException.class, () -> model.embedder().embed((String) null));
            try (Scheduler scheduler = model.scheduler(SchedulerOptions.defaults())) {
                assertThrows(NullPointerException.class, () -> scheduler.embedAsync((String) null));
            }
        }
    }

    @Test
    void theCommandsTakeAndShowAllThis() throws IOException {
        dense(OUTPUTS);
        Cli cli = new Cli(folder.resolve("cache"));
        String model = source.toString();
        Result shown = cli.run("inspect", model);
        for (String word : List.of("prompt 'query'", "the dog : ", "tokens, at most", "9", "pooling", "mean",
                "to 5, tanh", "normalised")) {
            assertTrue(shown.out().contains(word), word + " in " + shown.out());
        }
        JsonNode vectors = cli.run("inspect", model, "--json").json().get("vectors");
        assertEquals(5, vectors.get("dimensions").intValue());
        JsonNode found = cli.run("embed", model, "--json", "--prompt", "query", "--dimensions", "2", "a").json();
        assertEquals(2, found.get(0).get("vector").size());
        assertEquals(cli.run("embed", model, "the dog : a").out(),
                cli.run("embed", model, "--prompt", "query", "a").out());
        Result unknown = cli.run("embed", model, "--prompt", "nobody", "a");
        assertEquals(1, unknown.code());
        assertTrue(unknown.err().contains("query, document"), unknown.err());
        assertEquals(2, cli.run("embed", model, "--prompt", "query", "--no-prompt", "a").code());
        try (Model opened = open()) {
            float[] max = opened.embedder(EmbedderOptions.defaults().withPooling(Pooling.MAX)).embed("a");
            assertEquals(max[0], cli.run("embed", model, "--json", "--pooling", "max", "a").json().get(0).get("vector")
                    .get(0).floatValue());
        }
    }

    /** Where the tokenizer puts nothing around a text, an empty line has no tokens. */
    @Test
    void aLineWithoutTokensIsNamedByItsNumber() throws IOException {
        dense(OUTPUTS);
        text("tokenizer.json", "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[],"
                + "\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},\"post_processor\":null,"
                + "\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"b\",\"vocab\":{\"a\":0,\"b\":1},"
                + "\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100}}");
        Cli cli = new Cli(folder.resolve("cache"));
        for (String command : List.of("embed", "classify")) {
            String model = command.equals("embed")
                    ? source.toString()
                    : classifier(source.resolve("tokenizer.json")).toString();
            Result refused = cli.reading("a\nb\n\na\n").run(command, model, "--file", "-", "--json");
            assertEquals(1, refused.code());
            assertTrue(refused.err().contains("line 3") && refused.err().contains("no tokens"), refused.err());
        }
        assertEquals(2, cli.run("embed", source.toString(), "--dimensions", "0", "a").code());
    }

    private Path classifier(Path tokenizer) throws IOException {
        Path made = TinyBert.write(folder.resolve("classifier"), 5, 2, "");
        Files.copy(tokenizer, made.resolve("tokenizer.json"));
        return made;
    }

    @Test
    void whatContradictsItselfIsRefusedByName() throws IOException {
        refused("model.safetensors", NoSuchFileException.class);
        dense(OUTPUTS + 1);
        refused("linear.weight", LanewiseException.class);
        dense(OUTPUTS);
        text("2_Dense/config.json", "{\"in_features\": 31, \"out_features\": 5,"
                + " \"activation_function\": \"torch.nn.modules.activation.Tanh\"}");
        refused("in_features", LanewiseException.class);
        text("2_Dense/config.json", "{\"in_features\": 32, \"out_features\": 5,"
                + " \"activation_function\": \"torch.nn.modules.activation.Mish\"}");
        refused("activation_function", LanewiseException.class);
        text("2_Dense/config.json", "{\"in_features\": 32, \"out_features\": 5,"
                + " \"activation_function\": \"torch.nn.modules.linear.Identity\"}");
        text("config_sentence_transformers.json", "{\"prompts\": {}, \"default_prompt_name\": \"query\"}");
        refused("default_prompt_name", LanewiseException.class);
        text("config_sentence_transformers.json", "{\"prompts\": {\"query\": 7}}");
        refused("prompts", LanewiseException.class);
        text("config_sentence_transformers.json", "{}");
        text("sentence_bert_config.json", "{\"max_seq_length\": 0}");
        refused("max_seq_length", LanewiseException.class);
    }

    private void refused(String word, Class<? extends Exception> kind) {
        String message = assertThrows(kind, () -> ModelSource.open(source).close()).getMessage();
        assertTrue(message.contains(word), message);
    }
}
