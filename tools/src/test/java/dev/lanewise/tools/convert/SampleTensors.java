package dev.lanewise.tools.convert;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.error.LanewiseException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes safetensors files and folders with a tiny BERT in them, for tests to read and to damage. */
public final class SampleTensors {
    public static final int VOCABULARY = 9;
    public static final int POSITIONS = 8;
    public static final int WIDTH = 6;
    public static final int HEADS = 2;
    public static final int INNER = 10;
    public static final int LAYERS = 2;
    public static final ObjectMapper JSON = new ObjectMapper();

    private SampleTensors() {}

    /** A tensor: shape, and elements in the order of rows. */
    public record Tensor(int[] shape, float[] elements) {}

    /** The tensors of a BERT by today's names, with random elements that 16 bits hold exactly. */
    public static Map<String, Tensor> bert() {
        return bert(WIDTH, INNER);
    }

    /** Those of another width. */
    public static Map<String, Tensor> bert(int width, int inner) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        add(tensors, "embeddings.word_embeddings.weight", VOCABULARY, width);
        add(tensors, "embeddings.position_embeddings.weight", POSITIONS, width);
        add(tensors, "embeddings.token_type_embeddings.weight", 2, width);
        norm(tensors, "embeddings.LayerNorm", width);
        for (int i = 0; i < LAYERS; i++) {
            String layer = "encoder.layer." + i + ".";
            for (String projection : new String[]{"query", "key", "value"}) {
                linear(tensors, layer + "attention.self." + projection, width, width);
            }
            linear(tensors, layer + "attention.output.dense", width, width);
            norm(tensors, layer + "attention.output.LayerNorm", width);
            linear(tensors, layer + "intermediate.dense", inner, width);
            linear(tensors, layer + "output.dense", width, inner);
            norm(tensors, layer + "output.LayerNorm", width);
        }
        return tensors;
    }

    /** The name that such a checkpoint has for a tensor of the specification. */
    public static String published(String name) {
        return name.replace("embedding.token.", "embeddings.word_embeddings.")
                .replace("embedding.position.", "embeddings.position_embeddings.")
                .replace("embedding.token_type.", "embeddings.token_type_embeddings.")
                .replace("embedding.norm.", "embeddings.LayerNorm.").replace("encoder.layers.", "encoder.layer.")
                .replace("attention.output.", "attention.output.dense.")
                .replace("attention.norm.", "attention.output.LayerNorm.")
                .replaceAll("attention\\.(query|key|value)\\.", "attention.self.$1.")
                .replace("feed_forward.up.", "intermediate.dense.").replace("feed_forward.down.", "output.dense.")
                .replace("feed_forward.norm.", "output.LayerNorm.");
    }

    /** The configuration that goes with {@link #bert}. */
    public static ObjectNode config() {
        ObjectNode config = JSON.createObjectNode();
        config.put("model_type", "bert").put("hidden_size", WIDTH).put("num_attention_heads", HEADS)
                .put("num_hidden_layers", LAYERS).put("intermediate_size", INNER).put("vocab_size", VOCABULARY)
                .put("max_position_embeddings", POSITIONS).put("type_vocab_size", 2).put("hidden_act", "gelu")
                .put("layer_norm_eps", 1e-12);
        return config;
    }

    /** Writes a whole folder. */
    public static Path folder(Path folder, ObjectNode config, Map<String, Tensor> tensors) throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve("config.json"), JSON.writeValueAsBytes(config));
        Files.write(folder.resolve("model.safetensors"), file(tensors, "F32"));
        return folder;
    }

    /** A file with all tensors in one type. */
    public static byte[] file(Map<String, Tensor> tensors, String type) throws IOException {
        int size = type.equals("F32") ? 4 : 2;
        ObjectNode header = JSON.createObjectNode();
        header.putObject("__metadata__").put("format", "pt");
        int at = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            int bytes = entry.getValue().elements.length * size;
            ObjectNode tensor = header.putObject(entry.getKey());
            tensor.put("dtype", type);
            tensor.set("shape", JSON.valueToTree(entry.getValue().shape));
            tensor.set("data_offsets", JSON.valueToTree(new int[]{at, at + bytes}));
            at += bytes;
        }
        ByteBuffer data = ByteBuffer.allocate(at).order(ByteOrder.LITTLE_ENDIAN);
        for (Tensor tensor : tensors.values()) {
            for (float x : tensor.elements) {
                switch (type) {
                    case "F32" -> data.putFloat(x);
                    case "F16" -> data.putShort(Float.floatToFloat16(x));
                    default -> data.putShort((short) (Float.floatToRawIntBits(x) >>> 16));
                }
            }
        }
        return file(JSON.writeValueAsString(header), data.array());
    }

    /** A file of a header as it is and data as they are. */
    public static byte[] file(String header, byte[] data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length)
                .put(json).put(data).array();
    }

    /** Gives tensors the shapes that a configuration wants: those that the failures of opening a model ask for. */
    public static void fit(Map<String, Tensor> tensors, Opening opening) throws IOException {
        Pattern wanted = Pattern.compile("tensor (\\S+), shape: expected \\[([0-9, ]+)\\]");
        for (int i = 0; i < 200; i++) {
            try {
                opening.open().close();
                return;
            } catch (LanewiseException e) {
                Matcher matcher = wanted.matcher(e.getMessage());
                assertTrue(matcher.find(), e.getMessage());
                add(tensors, matcher.group(1), Pattern.compile(", ").splitAsStream(matcher.group(2))
                        .mapToInt(Integer::parseInt).toArray());
            }
        }
        throw new AssertionError("too many wrong shapes");
    }

    /** Opens a model with the tensors as they are. */
    @FunctionalInterface
    public interface Opening {
        /** Opens it. */
        ModelSource open() throws IOException;
    }

    /** Adds the weights and the bias of a map. */
    public static void linear(Map<String, Tensor> tensors, String name, int outputs, int inputs) {
        add(tensors, name + ".weight", outputs, inputs);
        add(tensors, name + ".bias", outputs);
    }

    /** Adds the weights and the bias of a norm. */
    public static void norm(Map<String, Tensor> tensors, String name, int width) {
        add(tensors, name + ".weight", width);
        add(tensors, name + ".bias", width);
    }

    /** Adds a tensor whose elements follow from its name. */
    public static void add(Map<String, Tensor> tensors, String name, int... shape) {
        Random random = new Random(name.hashCode());
        float[] elements = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (random.nextInt(255) - 127) / 64f;
        }
        tensors.put(name, new Tensor(shape, elements));
    }
}
