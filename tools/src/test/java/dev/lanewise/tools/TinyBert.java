package dev.lanewise.tools;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A BERT of random weights as a Hugging Face folder: small enough to be made by every test that wants one. */
public final class TinyBert {
    /** Its width. */
    public static final int WIDTH = 32;
    /** How many tokens it takes. */
    public static final int MAX_TOKENS = 16;

    private static final List<String> VOCABULARY = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c",
            "cat", "dog", "sat", "on", "the", "mat", ".", "##s", "##t");

    private TinyBert() {}

    /** Writes the folder; another seed gives other weights. */
    public static Path write(Path folder, long seed) throws IOException {
        return write(folder, seed, 0, "");
    }

    /**
     * Writes the folder with a head that classifies texts.
     *
     * @param labels how many
     * @param keys of the configuration besides the plain ones, each followed by a comma
     */
    public static Path write(Path folder, long seed, int labels, String keys) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("vocab.txt"), String.join("\n", VOCABULARY) + "\n");
        Files.writeString(folder.resolve("config.json"), """
                {%s "architectures": ["%s"], "model_type": "bert", "vocab_size": %d, "hidden_size": %d,
                 "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64,
                 "max_position_embeddings": %d, "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12}
                """.formatted(keys, labels == 0 ? "BertModel" : "BertForSequenceClassification", VOCABULARY.size(),
                WIDTH, MAX_TOKENS));
        writeWeights(folder.resolve("model.safetensors"), new Random(seed), labels);
        return folder;
    }

    private static void writeWeights(Path file, Random random, int labels) throws IOException {
        List<String> entries = new ArrayList<>();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        add("embeddings.word_embeddings.weight", random, entries, data, VOCABULARY.size(), WIDTH);
        add("embeddings.position_embeddings.weight", random, entries, data, MAX_TOKENS, WIDTH);
        add("embeddings.token_type_embeddings.weight", random, entries, data, 2, WIDTH);
        pair("embeddings.LayerNorm", random, entries, data, WIDTH);
        for (String name : List.of("attention.self.query", "attention.self.key", "attention.self.value",
                "attention.output.dense")) {
            pair("encoder.layer.0." + name, random, entries, data, WIDTH, WIDTH);
        }
        pair("encoder.layer.0.attention.output.LayerNorm", random, entries, data, WIDTH);
        pair("encoder.layer.0.intermediate.dense", random, entries, data, 64, WIDTH);
        pair("encoder.layer.0.output.dense", random, entries, data, WIDTH, 64);
        pair("encoder.layer.0.output.LayerNorm", random, entries, data, WIDTH);
        if (labels > 0) {
            pair("pooler.dense", random, entries, data, WIDTH, WIDTH);
            pair("classifier", random, entries, data, labels, WIDTH);
        }
        byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
        ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(length.array());
        all.writeBytes(header);
        all.writeBytes(data.toByteArray());
        Files.write(file, all.toByteArray());
    }

    private static void pair(String name, Random random, List<String> entries, ByteArrayOutputStream data,
            int... shape) {
        add(name + ".weight", random, entries, data, shape);
        add(name + ".bias", random, entries, data, shape[0]);
    }

    private static void add(String name, Random random, List<String> entries, ByteArrayOutputStream data,
            int... shape) {
        int elements = shape.length == 1 ? shape[0] : shape[0] * shape[1];
        int start = data.size();
        ByteBuffer bytes = ByteBuffer.allocate(4 * elements).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < elements; i++) {
            bytes.putFloat((float) random.nextGaussian() * 0.3f);
        }
        data.writeBytes(bytes.array());
        entries.add("\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}".formatted(name,
                java.util.Arrays.toString(shape).replace(" ", ""), start, data.size()));
    }
}
