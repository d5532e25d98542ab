package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.tools.command.SequenceNetwork;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every family of encoder-decoders against what transformers computes: the encoder's state, logits behind given tokens, and
 * the tokens that greedy decoding picks.
 */
class EncoderDecoderGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path work;

    @TestFactory
    Stream<DynamicTest> everyFamilyEqualsTransformers() {
        Path zoo = TestModels.shared("hf-tiny");
        return Stream.of("bart", "m2m_100", "marian", "mbart", "pegasus", "t5-v1_0", "t5-v1_1", "whisper")
                .map(name -> DynamicTest.dynamicTest(name, () -> check(zoo.resolve(name))));
    }

    private void check(Path folder) throws IOException {
        JsonNode golden = JSON.readTree(folder.resolve("golden.json").toFile());
        double tolerance = Math.max(2e-5, 10 * golden.get("float64_max_abs_diff").doubleValue());
        try (SequenceNetwork network = open(folder)) {
            for (JsonNode c : golden.get("cases")) {
                assertNear(c.get("encoder_last_hidden_state"), states(network, c), tolerance);
                assertNear(c.get("logits"), network.logits(ints(c.get("decoder_input_ids"))), tolerance);
            }
            if (golden.has("padded_batch")) {
                checkPadded(network, golden.get("padded_batch"), tolerance);
            }
            for (JsonNode greedy : golden.get("greedy")) {
                JsonNode c = golden.get("cases").get(greedy.get("case").intValue());
                states(network, c);
                int[] expected = ints(greedy.get("new_tokens"));
                assertArrayEquals(expected,
                        continued(network, c.get("decoder_input_ids").get(0).intValue(), expected.length));
            }
        }
    }

    /** A trained one: 40 words, of some the encoder's state and logits too. */
    @Test
    void aTrainedModelEqualsTransformers() throws IOException {
        Path folder = TestModels.shared("g2p-en");
        JsonNode golden = JSON.readTree(folder.resolve("golden.json").toFile());
        try (SequenceNetwork network = open(folder)) {
            for (JsonNode word : golden.get("words")) {
                float[][] states = network.states(ints(word.get("source_ids")));
                if (word.has("encoder_last_hidden_state")) {
                    JsonNode forced = word.get("teacher_forced");
                    assertNear(word.get("encoder_last_hidden_state"), states, 2e-5);
                    assertNear(forced.get("logits"), network.logits(ints(forced.get("decoder_input_ids"))), 5e-5);
                }
                int[] greedy = ints(word.get("greedy").get("ids"));
                assertArrayEquals(Arrays.copyOfRange(greedy, 1, greedy.length),
                        continued(network, greedy[0], greedy.length - 1), word.get("word").asText());
            }
        }
    }

    private SequenceNetwork open(Path folder) throws IOException {
        Path lane = work.resolve(folder.getFileName() + ".lane");
        try (ModelSource source = ModelSource.open(folder)) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        return SequenceNetwork.open(lane, 2);
    }

    /** What was padded there is not padded here. */
    private static void checkPadded(SequenceNetwork network, JsonNode batch, double tolerance) {
        for (int row = 0; row < batch.get("input_ids").size(); row++) {
            int length = Arrays.stream(ints(batch.get("attention_mask").get(row))).sum();
            JsonNode expected = batch.get("outputs").get(row);
            float[][] states = network.states(Arrays.copyOf(ints(batch.get("input_ids").get(row)), length));
            assertNear(expected.get("encoder_last_hidden_state"), states, tolerance);
            assertNear(expected.get("logits"), network.logits(ints(batch.get("decoder_input_ids").get(row))),
                    tolerance);
        }
    }

    private static float[][] states(SequenceNetwork network, JsonNode c) {
        if (c.has("input_ids")) {
            return network.states(ints(c.get("input_ids")));
        }
        JsonNode features = c.get("input_features");
        int frames = features.get(0).size();
        float[] flat = new float[features.size() * frames];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = features.get(i / frames).get(i % frames).floatValue();
        }
        return network.states(flat, features.size());
    }

    /** The likeliest tokens one after the other. */
    private static int[] continued(SequenceNetwork network, int start, int count) {
        int[] ids = new int[count + 1];
        ids[0] = start;
        for (int length = 1; length <= count; length++) {
            float[] last = network.logits(Arrays.copyOf(ids, length))[length - 1];
            int best = 0;
            for (int id = 1; id < last.length; id++) {
                best = last[id] > last[best] ? id : best;
            }
            ids[length] = best;
        }
        return Arrays.copyOfRange(ids, 1, count + 1);
    }

    private static void assertNear(JsonNode expected, float[][] found, double tolerance) {
        assertEquals(expected.size(), found.length);
        for (int i = 0; i < found.length; i++) {
            assertEquals(expected.get(i).size(), found[i].length);
            for (int j = 0; j < found[i].length; j++) {
                assertEquals(expected.get(i).get(j).doubleValue(), found[i][j], tolerance,
                        "position " + i + " of " + found.length + ", element " + j);
            }
        }
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        Arrays.setAll(values, i -> array.get(i).intValue());
        return values;
    }
}
