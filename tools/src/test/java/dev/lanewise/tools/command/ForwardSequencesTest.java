package dev.lanewise.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.tools.Cli;
import dev.lanewise.tools.Cli.Result;
import dev.lanewise.tools.TestModels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code forward} of encoder-decoders, as a script that compares with other implementations meets it. */
class ForwardSequencesTest {
    @TempDir
    Path folder;

    @Test
    void ofIds_theStateOfTheEncoder_orTheLogitsOfTheDecoder() throws IOException {
        String model = TestModels.shared("hf-tiny/marian").toString();
        JsonNode c = golden(model).get("cases").get(1);
        Cli cli = new Cli(folder.resolve("cache"));
        near(c.get("encoder_last_hidden_state"),
                cli.run("forward", model, "--json", "--ids", list(c.get("input_ids"))).json());
        near(c.get("logits"), cli.run("forward", model, "--json", "--ids", list(c.get("input_ids")), "--decoder-ids",
                list(c.get("decoder_input_ids"))).json());
        fails(cli, 2, "not --features", model, "--features", npy(1, 1, new float[1]).toString());
        fails(cli, 2, "--token-types", model, "--ids", "1", "--token-types", "0");
        fails(cli, 2, "one text", model, "--ids", "1", "--features", "x");
        fails(cli, 1, "ids 0 to 159", model, "--ids", "160");
        fails(cli, 1, "ids 0 to 159", model, "--ids", "1", "--decoder-ids", "160");
        fails(cli, 1, "at most 64", model, "--ids", "1" + ",1".repeat(64));
        fails(cli, 1, "at most 64", model, "--ids", "1", "--decoder-ids", "1" + ",1".repeat(64));
    }

    @Test
    void ofFeatures_theSame() throws IOException {
        String model = TestModels.shared("hf-tiny/whisper").toString();
        JsonNode c = golden(model).get("cases").get(0);
        JsonNode input = c.get("input_features");
        int frames = input.get(0).size();
        float[] values = new float[input.size() * frames];
        for (int i = 0; i < values.length; i++) {
            values[i] = input.get(i / frames).get(i % frames).floatValue();
        }
        Path file = npy(input.size(), frames, values);
        Cli cli = new Cli(folder.resolve("cache"));
        near(c.get("encoder_last_hidden_state"),
                cli.run("forward", model, "--json", "--features", file.toString()).json());
        near(c.get("logits"), cli.run("forward", model, "--json", "--features", file.toString(), "--decoder-ids",
                list(c.get("decoder_input_ids"))).json());
        // Stored by columns.
        byte[] stored = Files.readAllBytes(file);
        String header = new String(stored, 0, 128, StandardCharsets.ISO_8859_1).replace("False,", "True,")
                .replace("\n", " \n");
        ByteBuffer turned = ByteBuffer.wrap(stored.clone()).order(ByteOrder.LITTLE_ENDIAN);
        turned.put(header.getBytes(StandardCharsets.ISO_8859_1));
        for (int frame = 0; frame < frames; frame++) {
            for (int i = 0; i < input.size(); i++) {
                turned.putFloat(values[i * frames + frame]);
            }
        }
        near(c.get("encoder_last_hidden_state"), cli.run("forward", model, "--json", "--features",
                Files.write(folder.resolve("turned.npy"), turned.array()).toString()).json());
        fails(cli, 2, "give --features", model, "--ids", "1");
        fails(cli, 1, "16 features", model, "--features", npy(15, 4, new float[60]).toString());
        fails(cli, 1, "at most 30", model, "--features", npy(16, 61, new float[16 * 61]).toString());
        fails(cli, 1, "no such file", model, "--features", folder.resolve("none").toString());
        byte[] bytes = Files.readAllBytes(file);
        for (int length : new int[]{0, 7, 40, bytes.length - 1}) {
            fails(cli, 1, "broken.npy", model, "--features",
                    Files.write(folder.resolve("broken.npy"), java.util.Arrays.copyOf(bytes, length)).toString());
        }
    }

    private static void fails(Cli cli, int code, String message, String model, String... args) {
        String[] all = java.util.stream.Stream
                .concat(java.util.stream.Stream.of("forward", model), java.util.stream.Stream.of(args))
                .toArray(String[]::new);
        Result result = cli.run(all);
        assertEquals(code, result.code(), result.err());
        assertTrue(result.err().contains(message), result.err());
        assertEquals("", result.out());
    }

    private static JsonNode golden(String model) throws IOException {
        return new ObjectMapper().readTree(Path.of(model, "golden.json").toFile());
    }

    private static String list(JsonNode ids) {
        return StreamSupport.stream(ids.spliterator(), false).map(JsonNode::asText).collect(Collectors.joining(","));
    }

    private static void near(JsonNode expected, JsonNode found) {
        assertEquals(expected.size(), found.get("shape").get(0).asInt());
        assertEquals(expected.get(0).size(), found.get("shape").get(1).asInt());
        for (int i = 0; i < expected.size(); i++) {
            for (int j = 0; j < expected.get(0).size(); j++) {
                assertEquals(expected.get(i).get(j).doubleValue(), found.get("values").get(i).get(j).doubleValue(),
                        2e-5);
            }
        }
    }

    private Path npy(int rows, int columns, float[] values) throws IOException {
        String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + rows + ", " + columns + "), }";
        header = header + " ".repeat(128 - 10 - header.length() - 1) + "\n";
        ByteBuffer out = ByteBuffer.allocate(128 + 4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put((byte) 0)
                .putShort((short) 118).put(header.getBytes(StandardCharsets.US_ASCII));
        for (float value : values) {
            out.putFloat(value);
        }
        return Files.write(Files.createTempFile(folder, "features", ".npy"), out.array());
    }
}
