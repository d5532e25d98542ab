package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.Generator;
import dev.lanewise.Model;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every family of decoders against what transformers computes: logits, and the tokens that greedy decoding picks. */
class DecoderGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path work;

    @TestFactory
    Stream<DynamicTest> everyFamilyEqualsTransformers() throws IOException {
        Path zoo = TestModels.shared("hf-tiny");
        List<Path> folders;
        try (Stream<Path> all = Files.list(zoo)) {
            folders = all.filter(Files::isDirectory).filter(DecoderGoldenTest::isDecoder).sorted().toList();
        }
        assertEquals(26, folders.size());
        return folders.stream()
                .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> check(folder)));
    }

    private static boolean isDecoder(Path folder) {
        try {
            return golden(folder).get("kind").asText().equals("decoder");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static JsonNode golden(Path folder) throws IOException {
        return JSON.readTree(folder.resolve("golden.json").toFile());
    }

    private void check(Path folder) throws IOException {
        JsonNode golden = golden(folder);
        double tolerance = Math.max(2e-5, 10 * golden.get("float64_max_abs_diff").doubleValue());
        Path lane = work.resolve(folder.getFileName() + ".lane");
        try (ModelSource source = ModelSource.open(folder)) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        try (Model model = Model.open(lane)) {
            Generator generator = model.generator();
            for (JsonNode c : golden.get("cases")) {
                float[][] found = generator.logits(ints(c.get("input_ids")));
                for (int i = 0; i < found.length; i++) {
                    for (int j = 0; j < found[i].length; j++) {
                        assertEquals(c.get("logits").get(i).get(j).doubleValue(), found[i][j], tolerance,
                                "position " + i + " of " + found.length + ", id " + j);
                    }
                }
            }
            for (JsonNode greedy : golden.get("greedy")) {
                int[] expected = ints(greedy.get("new_tokens"));
                int[] prompt = ints(golden.get("cases").get(greedy.get("case").intValue()).get("input_ids"));
                assertArrayEquals(expected, continued(generator, prompt, expected.length));
            }
        }
    }

    /** The likeliest tokens one after the other. */
    private static int[] continued(Generator generator, int[] prompt, int count) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + count);
        for (int length = prompt.length; length < ids.length; length++) {
            float[] last = generator.logits(Arrays.copyOf(ids, length))[length - 1];
            int best = 0;
            for (int id = 1; id < last.length; id++) {
                best = last[id] > last[best] ? id : best;
            }
            ids[length] = best;
        }
        return Arrays.copyOfRange(ids, prompt.length, ids.length);
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        Arrays.setAll(values, i -> array.get(i).intValue());
        return values;
    }
}
