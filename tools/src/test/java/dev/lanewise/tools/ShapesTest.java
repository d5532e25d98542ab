package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.FinishReason;
import dev.lanewise.Generation;
import dev.lanewise.GenerationOptions;
import dev.lanewise.GenerationSession;
import dev.lanewise.Generator;
import dev.lanewise.Model;
import dev.lanewise.SessionOptions;
import dev.lanewise.tools.command.SequenceNetwork;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tools.convert.SampleTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every family in shapes that nobody publishes (one layer, one key head, odd widths, heads that are not width / heads, stacks
 * that differ) against what transformers computes, see {@code shapes/make.py}.
 */
class ShapesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path work;

    @TestFactory
    Stream<DynamicTest> everyShapeEqualsTransformers() throws IOException {
        return golden().propertyStream()
                .map(model -> DynamicTest.dynamicTest(model.getKey(), () -> check(model.getValue())));
    }

    private void check(JsonNode model) throws IOException {
        Path lane = lane(model);
        try (SequenceNetwork network = SequenceNetwork.open(lane, 1); Model opened = Model.open(lane)) {
            for (JsonNode c : model.get("cases")) {
                int[] ids = ints(c.get("ids"));
                if (c.has("hidden")) {
                    checkEncoder(c, lane, ids);
                } else if (network == null) {
                    assertNear(c, opened.generator().logits(ids));
                } else {
                    network.states(ids);
                    assertNear(c, network.logits(ints(c.get("decoder_ids"))));
                }
            }
        }
    }

    /** Alone, and with the same bits as the second of three texts. */
    private static void checkEncoder(JsonNode c, Path lane, int[] ids) throws IOException {
        int[] types = c.has("types") ? ints(c.get("types")) : new int[ids.length];
        try (EncoderNetwork network = EncoderNetwork.open(lane, 2)) {
            EncoderNetwork.Output found = network.run(List.of(ids), List.of(types)).getFirst();
            assertNear(c.get("hidden"), c.get("from").intValue(), found.hidden());
            assertEquals(c.has("head"), found.logits() != null);
            if (c.has("head")) {
                assertNear(c.get("head"), found.logits().length - c.get("head").size(), found.logits());
            }
            int[] other = {5, 6, 7};
            EncoderNetwork.Output among = network
                    .run(List.of(other, ids, other), List.of(new int[3], types, new int[3])).get(1);
            assertArrayEquals(found.hidden(), among.hidden());
            assertArrayEquals(found.logits(), among.logits());
        }
    }

    /** The rotation of all keys changes with the length: at once behind a prompt, in the midst of an answer, and back again. */
    @Test
    void textsThatOutgrowTheirRotationAreComputedAgain() throws IOException {
        JsonNode model = golden().get("phi3 longrope");
        int[] prompt = ints(model.get("cases").get(model.get("greedy").get("case").intValue()).get("ids"));
        int[] expected = ints(model.get("greedy").get("ids"));
        try (Model opened = Model.open(lane(model))) {
            Generator generator = opened.generator();
            GenerationSession session = generator.newSession(SessionOptions.defaults().withMaxTokens(25));
            session.add(prompt);
            Generation all = session.generate(some(expected.length));
            assertArrayEquals(expected, all.ids());
            assertEquals(FinishReason.LENGTH, all.finish());
            Path saved = work.resolve("saved");
            session.save(saved);
            GenerationSession fork = session.fork();
            session.rewind(prompt.length);
            assertArrayEquals(expected,
                    session.generate(some(expected.length)).ids());
            int[] next = fork.generate(some(3)).ids();
            GenerationSession loaded = generator.loadSession(saved, SessionOptions.defaults().withMaxTokens(25));
            assertArrayEquals(next, loaded.generate(some(3)).ids());
            int[] text = Arrays.copyOf(fork.ids(), fork.length() - 1);
            float[][] logits = generator.logits(text);
            assertEquals(next[2], best(logits[text.length - 1]));
        }
    }

    private static GenerationOptions some(int tokens) {
        return GenerationOptions.builder().maxTokens(tokens).build();
    }

    private static int best(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            best = logits[id] > logits[best] ? id : best;
        }
        return best;
    }

    private static JsonNode golden() throws IOException {
        return JSON.readTree(TestModels.resource("/shapes/golden.json"));
    }

    private Path lane(JsonNode model) throws IOException {
        Map<String, SampleTensors.Tensor> tensors = new LinkedHashMap<>();
        for (JsonNode tensor : model.get("tensors")) {
            int[] shape = ints(tensor.get(1));
            float[] elements = elements(tensors.size(), Arrays.stream(shape).reduce(1, (a, b) -> a * b),
                    tensor.get(2).doubleValue(), tensor.get(3).doubleValue());
            tensors.put(tensor.get(0).asText(), new SampleTensors.Tensor(shape, elements));
        }
        Path folder = SampleTensors.folder(work.resolve("m"), (ObjectNode) model.get("config"), tensors);
        Path lane = work.resolve("m.lane");
        try (ModelSource source = ModelSource.open(folder)) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        return lane;
    }

    /** SplitMix64, as {@code make.py} has it. */
    private static float[] elements(long seed, int count, double mean, double scale) {
        float[] elements = new float[count];
        for (int i = 0; i < count; i++) {
            long z = (i + 1 + (seed << 32)) * 0x9E3779B97F4A7C15L;
            z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            elements[i] = (float) (mean + scale * (((z ^ z >>> 31) >>> 40) / (double) (1 << 23) - 1));
        }
        return elements;
    }

    /** The tolerance that the goldens of {@code hf-tiny} advise at most. */
    private static void assertNear(JsonNode c, float[][] found) {
        assertNear(c.get("logits"), c.get("from").intValue(), found);
    }

    private static void assertNear(JsonNode rows, int from, float[][] found) {
        assertEquals(from + rows.size(), found.length);
        for (int i = from; i < found.length; i++) {
            JsonNode expected = rows.get(i - from);
            assertEquals(expected.size(), found[i].length);
            for (int j = 0; j < found[i].length; j++) {
                assertEquals(expected.get(j).doubleValue(), found[i][j], 1e-4, "position " + i + ", id " + j);
            }
        }
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        Arrays.setAll(values, i -> array.get(i).intValue());
        return values;
    }
}
