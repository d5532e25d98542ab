package dev.lanewise.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.tools.Cli;
import dev.lanewise.tools.Cli.Result;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code translate}, on the model that travels in the jar. */
class TranslateCommandTest {
    private static final String MODEL = "g2p-en";

    @TempDir
    static Path folder;
    private static Cli cli;

    @BeforeAll
    static void open() {
        cli = new Cli(folder);
    }

    private static Result good(String... args) {
        Result result = cli.run(args);
        assertEquals(0, result.code(), result.err());
        return result;
    }

    private static void refused(int code, String part, String... args) {
        Result result = cli.run(args);
        assertEquals(code, result.code(), result.err());
        assertTrue(result.err().contains(part), result.err());
        assertFalse(result.err().contains("should not happen"), result.err());
        assertEquals("", result.out());
    }

    @Test
    void translations_areALineEach_figuresGoToTheErrors() {
        Result result = good("translate", MODEL, "transformer", "cat");
        assertEquals("T R AE0 N S F AO1 R M ER0\nK AE1 T\n", result.out());
        assertTrue(result.err().contains("2 texts, 15 tokens in "), result.err());
    }

    @Test
    void severalOfAText_haveTheirScores() {
        String[] lines = good("translate", MODEL, "--n-best", "2", "tis", "cat").out().split("\n", -1);
        assertEquals("-0.1555\tT IH1 S", lines[0]);
        assertEquals("-0.5853\tT IH1 Z", lines[1]);
        assertEquals("", lines[2]);
        assertTrue(lines[3].endsWith("\tK AE1 T"), lines[3]);
        assertEquals(6, lines.length);
    }

    @Test
    void json_hasTheShapeOfTheDocs() throws IOException {
        JsonNode json = good("translate", MODEL, "tis", "--beams", "4", "--n-best", "2", "--length-penalty", "0",
                "--json").json();
        assertEquals(1, json.size());
        assertEquals("tis", json.get(0).get("source").asText());
        JsonNode best = json.get(0).get("hypotheses").get(0);
        assertEquals("[88,67,86,1]", best.get("ids").toString());
        assertEquals("T IH1 S", best.get("text").asText());
        assertEquals(-0.621959925, best.get("score").doubleValue(), 1e-5);
        assertEquals(3, best.size());
        JsonNode ids = good("translate", MODEL, "--ids", "25,14,24,1", "--json", "--log-probabilities").json();
        assertEquals("[25,14,24,1]", ids.get(0).get("source").toString());
        double sum = 0;
        for (JsonNode log : ids.get(0).get("hypotheses").get(0).get("log_probabilities")) {
            sum += log.doubleValue();
        }
        assertEquals(-0.621959925, sum, 1e-5);
    }

    @Test
    void linesOfAFile_keepTheirPlaces() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 150; i++) {
            lines.append(i % 3 == 2 ? "\n" : i % 3 == 1 ? "cat\n" : "tis\n");
        }
        Result result = new Cli(folder).reading(lines.toString()).run("translate", MODEL, "--file", "-");
        assertEquals(0, result.code(), result.err());
        assertEquals("T IH1 S\nK AE1 T\n\n".repeat(50), result.out());
        assertEquals("[]\n", new Cli(folder).run("translate", MODEL, "--file", "-", "--json").out());
    }

    @Test
    void whatCannotBe_isSaid() {
        refused(2, "the text is empty", "translate", MODEL, " ");
        refused(2, "no text", "translate", MODEL);
        refused(2, "--beams must be 1 to 256", "translate", MODEL, "cat", "--beams", "0");
        refused(2, "--n-best must be at most 2", "translate", MODEL, "cat", "--beams", "2", "--n-best", "3");
        refused(2, "--n-best must be 1", "translate", MODEL, "cat", "--n-best", "0");
        refused(2, "not a list of ids", "translate", MODEL, "cat", "--prefix", "a");
        refused(2, "--length-penalty must be", "translate", MODEL, "cat", "--length-penalty", "NaN");
        refused(2, "--json alone", "translate", MODEL, "cat", "--log-probabilities");
        refused(1, "has no token for a language 'xx'; it has none", "translate", MODEL, "cat", "--target-language",
                "xx");
        String longest = "a".repeat(64);
        refused(1, "65 tokens, the model takes at most 64", "translate", MODEL, longest);
        refused(1, "text 2: the text has 65 tokens", "translate", MODEL, "cat", longest);
        refused(1, "the prefix: the text has 66 tokens", "translate", MODEL, "cat", "--prefix",
                "88" + ",88".repeat(64));
        refused(2, "--time-limit must be at least 1e-9 seconds, not -1.0", "translate", MODEL, "cat", "--time-limit",
                "-1");
        refused(1, "id 101 at 1:", "translate", MODEL, "cat", "--prefix", "88,101");
        Result late = good("translate", MODEL, "cat", "tis", "--time-limit", "1e-9");
        assertEquals("\n\n", late.out());
        assertTrue(late.err().contains("2 texts are not finished: the time was over"), late.err());
        refused(1, "id 101 at 0", "translate", MODEL, "--ids", "101");
        Result fetched = new Cli(folder.resolve("other")).run("models", "fetch", MODEL, "--from", "no-such-file");
        assertTrue(fetched.code() == 1 && fetched.err().contains("comes with Lanewise"), fetched.err());
        Result cut = good("translate", MODEL, longest, "--truncate");
        assertEquals(good("translate", MODEL, longest.substring(1)).out(), cut.out());
    }

    @Test
    void options_areHeard() {
        assertEquals("T IH1\n", good("translate", MODEL, "tis", "--max-tokens", "2").out());
        assertEquals("AE1 T\n", good("translate", MODEL, "tis", "--prefix", "36", "--max-tokens", "1").out());
        String twice = good("translate", MODEL, "banana", "--min-tokens", "12", "--no-repeat-ngram", "1").out();
        String[] phonemes = twice.strip().split(" ");
        assertEquals(phonemes.length, java.util.Set.of(phonemes).size());
        assertTrue(phonemes.length >= 12, twice);
        for (String when : new String[]{"first", "estimate", "never"}) {
            for (String form : new String[]{"hugging_face", "google_nmt", "ctranslate2"}) {
                assertEquals("T IH1 S\n", good("translate", MODEL, "tis", "--beams", "4", "--early-stopping", when,
                        "--length-penalty-form", form).out());
            }
        }
    }
}
