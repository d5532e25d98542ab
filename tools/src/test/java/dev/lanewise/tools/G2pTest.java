package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.Model;
import dev.lanewise.Translation;
import dev.lanewise.Translation.Hypothesis;
import dev.lanewise.TranslationOptions;
import dev.lanewise.Translator;
import dev.lanewise.models.Catalogue;
import dev.lanewise.models.GoldenContinuation;
import dev.lanewise.tools.command.SequenceNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model that travels with us, fetched from the jar alone, against transformers. */
class G2pTest {
    /** Of a hidden state, a logit or a score. */
    private static final double TOLERANCE = 1e-4;
    private static final TranslationOptions FOUR = TranslationOptions.defaults().withBeams(4).withHypotheses(4);

    @TempDir
    static Path cache;
    private static Path lane;

    @BeforeAll
    static void fetch() {
        Cli.Result fetched = new Cli(cache).run("models", "fetch", "g2p-en");
        assertEquals(0, fetched.code(), fetched.err());
        lane = Path.of(fetched.out().strip());
    }

    @Test
    void wordsBecomeTheirIds_andTheseTheirPhonemes() throws IOException {
        List<GoldenContinuation> goldens = Catalogue.find("g2p-en").orElseThrow().goldenContinuations();
        assertEquals(40, goldens.size());
        try (Model model = Model.open(lane)) {
            Translator translator = model.translator();
            for (GoldenContinuation golden : goldens) {
                TranslationOptions usual = TranslationOptions.defaults();
                assertArrayEquals(golden.ids(), translator.encode(golden.prompt(), usual), golden.prompt());
                List<Integer> heard = new ArrayList<>();
                StringBuilder text = new StringBuilder();
                Translation made = translator.translate(golden.prompt(), usual, new dev.lanewise.GenerationListener() {
                    @Override
                    public void text(String piece) {
                        text.append(piece);
                    }

                    @Override
                    public void token(int id) {
                        heard.add(id);
                    }
                });
                assertArrayEquals(golden.next(), heard.stream().mapToInt(Integer::intValue).toArray());
                assertArrayEquals(golden.next(), made.hypotheses().getFirst().ids());
                assertEquals(made.text(), text.toString());
            }
        }
    }

    @Test
    void everyHypothesisEqualsThatOfTransformers() throws IOException {
        JsonNode words = golden().get("words");
        List<String> texts = new ArrayList<>();
        words.forEach(word -> texts.add(word.get("word").asText()));
        try (Model model = Model.open(lane)) {
            List<Translation> four = model.translator().translateAll(texts, FOUR);
            List<Translation> one = model.translator().translateAll(texts, TranslationOptions.defaults());
            for (int i = 0; i < texts.size(); i++) {
                JsonNode word = words.get(i);
                assertArrayEquals(ints(word.get("source_ids")), four.get(i).sourceIds());
                assertEquals(word.get("greedy").get("text").asText(), one.get(i).text());
                assertEquals(4, four.get(i).hypotheses().size());
                for (int j = 0; j < 4; j++) {
                    Hypothesis found = four.get(i).hypotheses().get(j);
                    JsonNode expected = word.get("beam4").get(j);
                    int[] ids = ints(expected.get("ids"));
                    assertArrayEquals(Arrays.copyOfRange(ids, 1, ids.length), found.ids(), texts.get(i));
                    assertEquals(expected.get("text").asText(), found.text());
                    assertEquals(expected.get("score").doubleValue(), found.score(), TOLERANCE);
                }
            }
        }
    }

    @Test
    void statesAndLogitsEqualThoseOfTransformers() throws IOException {
        int checked = 0;
        try (SequenceNetwork network = SequenceNetwork.open(lane, 2)) {
            for (JsonNode word : golden().get("words")) {
                if (word.has("teacher_forced")) {
                    assertNear(word.get("encoder_last_hidden_state"), network.states(ints(word.get("source_ids"))));
                    JsonNode forced = word.get("teacher_forced");
                    assertNear(forced.get("logits"), network.logits(ints(forced.get("decoder_input_ids"))));
                    checked++;
                }
            }
        }
        assertEquals(3, checked);
    }

    private static JsonNode golden() throws IOException {
        return new ObjectMapper().readTree(TestModels.shared("g2p-en").resolve("golden.json").toFile());
    }

    private static void assertNear(JsonNode expected, float[][] found) {
        assertEquals(expected.size(), found.length);
        for (int i = 0; i < found.length; i++) {
            for (int j = 0; j < found[i].length; j++) {
                assertEquals(expected.get(i).get(j).doubleValue(), found[i][j], TOLERANCE);
            }
        }
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        Arrays.setAll(values, i -> array.get(i).intValue());
        return values;
    }
}
