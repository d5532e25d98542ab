package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.FinishReason;
import dev.lanewise.Generation;
import dev.lanewise.GenerationOptions;
import dev.lanewise.Generator;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.models.Catalogue;
import dev.lanewise.models.GoldenContinuation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SmolLM2-135M-Instruct in Q4_1 against transformers in float32 on the same weights, and llama.cpp's tokenizer. */
class SmolLmTest {
    /** Of a logit. Two implementations in float32 differ by 1e-4. */
    private static final double TOLERANCE = 1e-3;

    private static final String NAME = "smollm2-135m";

    @TempDir
    static Path work;
    private static JsonNode golden;
    private static Path folder;
    private static Model model;
    private static Generator generator;

    @BeforeAll
    static void open() throws IOException {
        folder = TestModels.shared("smollm2-135m");
        golden = new ObjectMapper().readTree(folder.resolve("golden.json").toFile());
        model = Model.open(CatalogueModels.lane(NAME, "lanewise.test.smollm2", work));
        generator = model.generator();
    }

    @AfterAll
    static void close() {
        if (model != null) {
            model.close();
        }
    }

    @Test
    void textsBecomeTheIdsOfLlamaCpp() {
        assertEquals(60, golden.get("tokenizer").size());
        for (JsonNode c : golden.get("tokenizer")) {
            String text = c.get("text").asText();
            assertArrayEquals(ints(c.get("ids")), generator.encode(text, false), text);
            assertArrayEquals(ints(c.get("ids_special")), generator.encode(text, true), text);
        }
        for (JsonNode c : golden.get("conversations")) {
            assertArrayEquals(ints(c.get("ids")), generator.encode(c.get("rendered").asText(), true),
                    c.get("name").asText());
        }
    }

    @Test
    void allLogitsOfTwoPromptsEqualTheExactOnes() throws IOException {
        int checked = 0;
        for (JsonNode prompt : golden.get("prompts")) {
            if (prompt.get("exact").hasNonNull("logits_file")) {
                float[] expected = Npy.floats(folder.resolve(prompt.get("exact").get("logits_file").asText()));
                assertArrayEquals(expected, last(generator.logits(ints(prompt.get("ids")))), (float) TOLERANCE,
                        prompt.get("name").asText());
                checked++;
            }
        }
        assertEquals(2, checked);
    }

    @Test
    void theLargestLogitsOfEveryPromptEqualTheExactOnes() {
        for (JsonNode prompt : golden.get("prompts")) {
            String name = prompt.get("name").asText();
            float[] found = last(generator.logits(ints(prompt.get("ids"))));
            int[] ids = ints(prompt.get("exact").get("top20").get("ids"));
            JsonNode logits = prompt.get("exact").get("top20").get("logits");
            for (int i = 0; i < ids.length; i++) {
                assertEquals(logits.get(i).doubleValue(), found[ids[i]], TOLERANCE, name + ", id " + ids[i]);
            }
            double least = logits.get(ids.length - 1).doubleValue() + TOLERANCE;
            for (int id = 0; id < found.length; id++) {
                int other = id;
                assertTrue(found[id] <= least || IntStream.of(ids).anyMatch(i -> i == other), name + ", id " + id);
            }
        }
    }

    /** llama.cpp, which rounds activations for all its weights, differs by up to 1.8; see docs/performance.md. */
    @Test
    void roundedActivations_areNearerToTheExactLogitsThanLlamaCpp() throws IOException {
        double most = 0;
        try (Model rounded = Model.open(Path.of(model.file()), ModelOptions.defaults().withRoundedActivations(true))) {
            for (JsonNode prompt : golden.get("prompts")) {
                float[] found = last(rounded.generator().logits(ints(prompt.get("ids"))));
                int[] ids = ints(prompt.get("exact").get("top20").get("ids"));
                JsonNode logits = prompt.get("exact").get("top20").get("logits");
                for (int i = 0; i < ids.length; i++) {
                    most = Math.max(most, Math.abs(logits.get(i).doubleValue() - found[ids[i]]));
                }
            }
        }
        assertTrue(most > TOLERANCE && most < 1.8, "differ by " + most);
    }

    /** With the exact text before it, every step whose margin says that it is sure. */
    @Test
    void theMostProbableTokenOfEveryStepIsTheExactOne() {
        for (JsonNode prompt : golden.get("prompts")) {
            int[] ids = ints(prompt.get("ids"));
            int[] next = ints(prompt.get("exact").get("greedy").get("ids"));
            JsonNode margins = prompt.get("exact").get("greedy").get("margins");
            float[][] logits = generator.logits(IntStream.concat(IntStream.of(ids), IntStream.of(next)).toArray());
            for (int i = 0; i < next.length; i++) {
                float[] step = logits[ids.length - 1 + i];
                if (margins.get(i).doubleValue() > TOLERANCE) {
                    assertEquals(next[i], largest(step), prompt.get("name").asText() + ", step " + i);
                } else {
                    assertEquals(step[next[i]], step[largest(step)], TOLERANCE);
                }
            }
        }
    }

    /** Token by token, up to the first step that is not sure. */
    @Test
    void generatedTokensAreTheExactOnes() {
        for (JsonNode prompt : golden.get("prompts")) {
            JsonNode greedy = prompt.get("exact").get("greedy");
            int[] expected = ints(greedy.get("ids"));
            int sure = 0;
            while (sure < expected.length && greedy.get("margins").get(sure).doubleValue() > TOLERANCE) {
                sure++;
            }
            Generation made = generator.generate(ints(prompt.get("ids")),
                    GenerationOptions.builder().maxTokens(64).build());
            String name = prompt.get("name").asText();
            assertArrayEquals(Arrays.copyOf(expected, sure), Arrays.copyOf(made.ids(), sure), name);
            if (sure == expected.length) {
                assertEquals(greedy.get("text").asText(), made.text(), name);
                assertEquals(greedy.get("finish").asText().equals("length")
                        ? FinishReason.LENGTH
                        : FinishReason.STOP_TOKEN, made.finish(), name);
            }
        }
    }

    @Test
    void theCatalogueKnowsWhatItMustSay() {
        for (GoldenContinuation expected : Catalogue.find(NAME).orElseThrow().goldenContinuations()) {
            assertArrayEquals(expected.ids(), generator.encode(expected.prompt(), false));
            assertArrayEquals(expected.next(), generator.generate(expected.prompt(),
                    GenerationOptions.builder().maxTokens(expected.next().length).build()).ids());
        }
    }

    private static float[] last(float[][] rows) {
        return rows[rows.length - 1];
    }

    private static int largest(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            best = logits[id] > logits[best] ? id : best;
        }
        return best;
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        Arrays.setAll(values, i -> array.get(i).intValue());
        return values;
    }
}
