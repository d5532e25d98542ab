package dev.lanewise.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.tools.Cli;
import dev.lanewise.tools.TestModels;
import dev.lanewise.tools.Cli.Result;
import dev.lanewise.tools.TinyBert;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command as a user or a script meets it: output, messages, exit codes. */
class CommandsTest {
    @TempDir
    static Path folder;

    private static Path source;
    private static String model;

    private final Cli cli = new Cli(folder.resolve("cache"));

    @BeforeAll
    static void convertModel() throws IOException {
        source = TinyBert.write(folder.resolve("tiny"), 1);
        model = folder.resolve("tiny.lane").toString();
        Result result = new Cli(folder.resolve("cache")).run("convert", source.toString(), model);
        assertEquals(0, result.code(), result.err());
    }

    // ---- Usage

    @ParameterizedTest
    @ValueSource(strings = {"embed", "generate", "chat", "tokenize", "forward", "models", "convert", "inspect",
            "verify", "bench"})
    void everyCommandHasHelpAndTheCommonOptions(String command) {
        Result help = cli.run(command, "--help");
        assertEquals(0, help.code());
        for (String option : List.of("--threads", "--json", "--debug", "--help", "--version")) {
            assertTrue(help.out().contains(option), help.out());
        }
        assertTrue(cli.run("--help").out().contains("  " + command + " "));
        assertTrue(cli.run(command, "--version").out().startsWith("lanewise "));
        assertEquals(2, cli.run(command, "--no-such-option").code());
    }

    @Test
    void wrongUsageEndsWith2AndSaysWhatIsWrong() {
        wrong("no command");
        wrong("Unmatched argument", "no-such-command");
        wrong("MODEL", "embed");
        wrong("no text", "embed", model);
        wrong("the text is empty", "embed", model, "");
        wrong("the text is empty", "embed", model, "  ");
        wrong("text 2 is empty", "embed", model, "a", "");
        wrong("several of them", "embed", model, "a", "--ids", "1");
        wrong("not a list of ids", "embed", model, "--ids", "1,x");
        wrong("not a list of ids", "embed", model, "--ids", "");
        wrong("not a list of ids", "embed", model, "--ids", "-1");
        wrong("--pooling", "embed", model, "--pooling", "median", "a");
        wrong("at least 1", "embed", model, "--threads", "0", "a");
        wrong("--threads", "embed", model, "--threads", "x", "a");
        wrong("goes after --", "embed", model, "-5 degrees");
        wrong("one text", "forward", model, "a", "b");
        wrong("2 entries for 3 ids", "forward", model, "--ids", "1,2,3", "--token-types", "0,0");
        wrong("--decode", "tokenize", model, "--ids", "1");
        wrong("no text", "tokenize", model, "--decode", "1", "a");
        wrong("--parse-special", "tokenize", model, "--decode", "1", "--parse-special");
        wrong("must end with .lane", "convert", source.toString(), "x.bin");
        wrong("--type", "convert", source.toString(), "x.lane", "--type", "q3");
        wrong("not rounded to Q6_K", "convert", source.toString(), "x.lane", "--type", "q6_k");
        wrong("fetch what", "models", "fetch");
        wrong("'fetch NAME'", "models", "fetsch");
        wrong("--from", "models", "--from", "x");
        wrong("FILE", "verify");
    }

    private void wrong(String message, String... args) {
        Result result = cli.run(args);
        assertEquals(2, result.code(), result.err());
        assertTrue(result.err().contains(message), result.err());
        assertFalse(result.err().contains("\tat "), result.err());
        assertEquals("", result.out());
    }

    // ---- Bad input

    @Test
    void badInputEndsWith1AndALineForAPerson() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.lane"));
        Path foreign = Files.writeString(folder.resolve("foreign.lane"),
                "not a model, but long enough for a header ".repeat(9));
        Path zip = Files.write(folder.resolve("foreign.zip"), new byte[]{'P', 'K', 3, 4, 0, 0, 0, 0});
        Path cut = Files.write(folder.resolve("cut.lane"),
                java.util.Arrays.copyOf(Files.readAllBytes(Path.of(model)), 5000));
        String missing = folder.resolve("missing.lane").toString();
        for (String command : List.of("embed", "tokenize", "forward")) {
            fails("no such file", command, missing, "a");
            fails("folder", command, Files.createDirectories(folder.resolve("nothing")).toString(), "a");
            fails(empty.toString(), command, empty.toString(), "a");
            fails("expected a .lane file", command, foreign.toString(), "a");
            fails("ZIP", command, zip.toString(), "a");
            fails("cut short", command, cut.toString(), "a");
            fails("all-minilm-l6-v2", command, "no-such-model", "a");
        }
        fails("no such file", "verify", missing);
        fails("folder", "verify", folder.toString());
        fails("cut short", "verify", cut.toString());
        fails("no such file", "inspect", missing);
        fails("did you mean all-minilm-l6-v2 or all-minilm-l6-v2-q?", "inspect", "all-minilm-l6-v3");
        fails("did you mean all-minilm-l6-v2 or all-minilm-l6-v2-q?", "verify", "all-minilm-l6-v3");
        fails("no such file", "convert", missing, folder.resolve("x.lane").toString());
        fails("no such folder", "convert", source.toString(), folder.resolve("no/such/x.lane").toString());
        fails("did you mean all-minilm-l6-v2 or all-minilm-l6-v2-q?", "embed", "all-minilm-l6-v3", "a");
        fails("all-minilm-l6-v2", "models", "fetch", "no-such-model");
        fails("no such file", "models", "fetch", "all-minilm-l6-v2", "--from", missing);
        fails("no such file", "embed", model, "--file", missing);
        fails("is a folder", "embed", model, "--file", folder.toString());
        fails("17", "embed", model, "--ids", "2,17,3");
        fails("there is no token", "tokenize", model, "--decode", "99");
        fails("./lanewise bench embed", "bench", "embed");
    }

    private void fails(String message, String... args) {
        Result result = cli.run(args);
        assertEquals(1, result.code(), result.err());
        assertTrue(result.err().contains(message), result.err());
        assertTrue(result.err().lines().count() <= 3, result.err());
        assertFalse(result.err().contains("\tat "), result.err());
        assertFalse(result.err().contains("should not happen"), result.err());
    }

    @Test
    void debugAddsTheStackTrace() {
        assertTrue(cli.run("verify", "missing.lane", "--debug").err().contains("\tat "));
    }

    @Test
    void aFailedConversionLeavesNoFile() {
        cli.run("convert", folder.resolve("missing").toString(), folder.resolve("never.lane").toString());
        assertFalse(Files.exists(folder.resolve("never.lane")));
    }

    // ---- embed

    @Test
    void oneTextGivesItsVector() {
        Result result = cli.run("embed", model, "--pooling", "mean", "the cat");
        assertEquals(0, result.code(), result.err());
        assertEquals(TinyBert.WIDTH, result.out().strip().split(" ").length);
        assertEquals("", result.err());
    }

    @Test
    void unknownPoolingIsSaid() {
        assertTrue(cli.run("embed", model, "the cat").err().contains("taking the mean"));
    }

    @Test
    void severalTextsGiveTheirSimilarities() {
        Result result = cli.run("embed", model, "the cat", "the dog", "x".repeat(100));
        List<String> lines = result.out().lines().toList();
        assertEquals(4, lines.size(), result.out());
        assertTrue(lines.get(1).startsWith("1  the cat "), result.out());
        assertTrue(lines.get(1).contains(" 1.0000 "), result.out());
        assertTrue(lines.get(3).startsWith("3  " + "x".repeat(37) + "..."), result.out());
        assertTrue(lines.get(3).endsWith(" 1.0000"), result.out());
    }

    @Test
    void jsonHasWhatTheBlueprintSays() throws IOException {
        Result result = cli.run("embed", model, "--json", "the cat", "a \"dog\" 🐕");
        JsonNode json = result.json();
        assertEquals(2, json.size());
        assertEquals("the cat", json.get(0).get("text").asText());
        assertEquals("a \"dog\" 🐕", json.get(1).get("text").asText());
        assertEquals(4, json.get(0).get("tokens").asInt());
        assertFalse(json.get(0).get("truncated").asBoolean());
        assertEquals(TinyBert.WIDTH, json.get(0).get("vector").size());
        String plain = cli.run("embed", model, "the cat").out().strip();
        for (int i = 0; i < TinyBert.WIDTH; i++) {
            assertEquals(Float.parseFloat(plain.split(" ")[i]), json.get(0).get("vector").get(i).floatValue());
        }
    }

    @Test
    void idsStandForAText() throws IOException {
        JsonNode text = cli.run("embed", model, "--json", "the cat").json().get(0);
        JsonNode ids = cli.run("embed", model, "--json", "--ids", "2,12,8,3").json().get(0);
        assertEquals(text.get("vector"), ids.get("vector"));
        assertEquals("[2,12,8,3]", ids.get("ids").toString());
    }

    @Test
    void everyLineOfAFileIsATextTheEmptyOnesToo() throws IOException {
        Path file = Files.writeString(folder.resolve("texts.txt"), "\uFEFFthe cat\r\n\nthe dog");
        JsonNode json = cli.run("embed", model, "--json", "--file", file.toString()).json();
        assertEquals("the cat", json.get(0).get("text").asText());
        assertEquals("", json.get(1).get("text").asText());
        assertEquals(2, json.get(1).get("tokens").asInt());
        assertEquals(3, json.size());
        assertEquals(json, cli.reading("the cat\n\nthe dog\n").run("embed", model, "--json", "--file", "-").json());
        assertEquals(0, cli.reading("").run("embed", model, "--json", "--file", "-").json().size());
    }

    @Test
    void manyLinesAreStreamed() throws IOException {
        JsonNode json = cli.reading("the cat\n".repeat(100)).run("embed", model, "--json", "--file", "-").json();
        assertEquals(100, json.size());
        assertEquals(json.get(0), json.get(99));
        assertEquals(2, cli.reading("a\n".repeat(1001)).run("embed", model, "--file", "-").code());
        assertEquals(2, cli.reading("").run("embed", model, "--file", "-").code());
    }

    @Test
    void aFileThatIsNotUtf8IsRefusedWithTheLine() throws IOException {
        Path file = Files.write(folder.resolve("latin.txt"), "caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        fails("not UTF-8", "embed", model, "--file", file.toString());
    }

    @Test
    void aTextThatIsTooLongFailsUnlessItMayBeCut() throws IOException {
        String text = "cat ".repeat(20);
        fails("22 tokens", "embed", model, text);
        fails("--truncate", "embed", model, text);
        Result second = cli.reading("cat\n" + text + "\n").run("embed", model, "--file", "-");
        assertTrue(second.err().contains("line 2"), second.err());
        Result cut = cli.run("embed", model, "--truncate", "--json", "cat", text);
        assertEquals(0, cut.code());
        assertTrue(cut.err().contains("text 2 has 22 tokens"), cut.err());
        assertFalse(cut.json().get(0).get("truncated").asBoolean());
        assertTrue(cut.json().get(1).get("truncated").asBoolean());
        fails("17 tokens", "embed", model, "--truncate", "--ids", "1,".repeat(16) + "1");
    }

    @Test
    void poolingAndNormalisationCanBeChosen() throws IOException {
        JsonNode states = cli.run("forward", model, "--json", "the cat").json().get("values");
        JsonNode cls = cli.run("embed", model, "--json", "--pooling", "cls", "--no-normalize", "the cat").json();
        JsonNode last = cli.run("embed", model, "--json", "--pooling", "LAST", "--no-normalize", "the cat").json();
        assertEquals(states.get(0), cls.get(0).get("vector"));
        assertEquals(states.get(3), last.get(0).get("vector"));
    }

    @Test
    void theNumberOfThreadsDoesNotMatter() {
        String one = cli.run("embed", model, "--threads", "1", "the cat sat on the mat").out();
        assertEquals(one, cli.run("embed", model, "--threads", "3", "the cat sat on the mat").out());
    }

    // ---- forward

    @Test
    void forwardPrintsTheLogitsOfADecoder_alsoOfASourceThatWasNotConverted() throws IOException {
        String checkpoint = TestModels.shared("stories260K/checkpoint_v1.bin").toString();
        JsonNode json = cli.run("forward", checkpoint, "--json", "--ids", "1,403,407").json();
        assertEquals("[3,512]", json.get("shape").toString());
        Path lane = folder.resolve("stories.lane");
        assertEquals(0, cli.run("convert", checkpoint, lane.toString()).code());
        assertEquals(json, cli.run("forward", lane.toString(), "--json", "--ids", "1,403,407").json());
        assertEquals(2, cli.run("forward", lane.toString(), "--ids", "1,2", "--token-types", "0,0").code());
    }

    @Test
    void forwardPrintsShapeAndValues() throws IOException {
        JsonNode json = cli.run("forward", model, "--json", "--ids", "2,12,8,3").json();
        assertEquals("[4," + TinyBert.WIDTH + "]", json.get("shape").toString());
        assertEquals(4, json.get("values").size());
        assertEquals(TinyBert.WIDTH, json.get("values").get(3).size());
        assertEquals(json, cli.run("forward", model, "--json", "the cat").json());
        assertFalse(json.equals(
                cli.run("forward", model, "--json", "--ids", "2,12,8,3", "--token-types", "0,0,1,1").json()));
        assertEquals(4, cli.run("forward", model, "--ids", "2,12,8,3").out().lines().count());
    }

    // ---- tokenize

    @Test
    void tokenizePrintsIdsPiecesOffsets() throws IOException {
        JsonNode json = cli.run("tokenize", model, "--json", "🐕 cats").json();
        assertEquals("[2,1,8,15,3]", json.get("ids").toString());
        assertEquals("[\"[CLS]\",\"[UNK]\",\"cat\",\"##s\",\"[SEP]\"]", json.get("pieces").toString());
        assertEquals("[[0,0],[0,1],[2,5],[5,6],[0,0]]", json.get("offsets").toString(), "in characters, not in UTF-16");
        assertEquals("[8,15]",
                cli.run("tokenize", model, "--json", "--no-special", "cats").json().get("ids").toString());
    }

    @Test
    void specialTokensAreParsedWhenAsked() throws IOException {
        assertEquals("[4]", cli.run("tokenize", model, "--json", "--no-special", "--parse-special", "[MASK]").json()
                .get("ids").toString());
        assertFalse(cli.run("tokenize", model, "--json", "--no-special", "[MASK]").json().get("ids").toString()
                .equals("[4]"));
    }

    @Test
    void tokenizeDecodes() throws IOException {
        assertEquals("cats sat\n", cli.run("tokenize", model, "--no-special", "--decode", "2,8,15,10,3").out());
        assertEquals("cats", cli.run("tokenize", model, "--decode", "8,15", "--json").json().get("text").asText());
    }

    @Test
    void tokenizeOfASourceConvertsNothing() {
        Path cache = folder.resolve("untouched");
        Result result = new Cli(cache).run("tokenize", source.toString(), "the cat");
        assertEquals(0, result.code(), result.err());
        assertEquals(cli.run("tokenize", model, "the cat").out(), result.out());
        assertFalse(Files.exists(cache));
    }

    // ---- convert, inspect, verify, models

    @Test
    void convertWritesEveryTypeAndInspectTellsIt() throws IOException {
        for (String type : List.of("f32", "bf16", "f16")) {
            String target = folder.resolve(type + ".lane").toString();
            Result result = cli.run("convert", source.toString(), target, "--type", type, "--json");
            assertEquals(0, result.code(), result.err());
            assertEquals(Files.size(Path.of(target)), result.json().get("bytes").asLong());
            assertTrue(cli.run("inspect", target).out().contains(type.toUpperCase(java.util.Locale.ROOT) + " "));
            JsonNode json = cli.run("inspect", target, "--json", "--compare", source.toString()).json();
            assertEquals(32, json.get("specification").get("encoder.width").asInt());
            double worst = json.get("comparison").get(0).get("worst").asDouble();
            assertTrue(type.equals("f32") ? worst == 0 : worst > 0 && worst < 0.01, type + " " + worst);
            double mean = json.get("comparison").get(0).get("mean").asDouble();
            assertTrue(type.equals("f32") ? mean == 0 : mean > 0 && mean < worst, type + " " + mean);
            String table = cli.run("inspect", target, "--compare", source.toString()).out();
            assertTrue(table.lines().toList().getLast().startsWith("worst of all: "), table);
        }
    }

    @Test
    void inspectReadsForeignFiles() throws IOException {
        assertEquals(0, cli.run("inspect", source.toString()).code());
        JsonNode json = cli.run("inspect", source.resolve("model.safetensors").toString(), "--json").json();
        assertEquals(21, json.get("tensors").size());
    }

    @Test
    void verifyFindsADamagedTensor() throws IOException {
        assertEquals(0, cli.run("verify", model).code());
        assertTrue(cli.run("verify", model, "--json").json().get("sound").asBoolean());
        byte[] bytes = Files.readAllBytes(Path.of(model));
        bytes[bytes.length - 200] ^= 1;
        Path damaged = Files.write(folder.resolve("damaged.lane"), bytes);
        fails("tensor", "verify", damaged.toString());
    }

    @Test
    void modelsListsTheCatalogue() throws IOException {
        assertTrue(cli.run("models").out().contains("all-minilm-l6-v2"));
        JsonNode entry = cli.run("models", "--json").json().get(0);
        assertEquals("all-minilm-l6-v2", entry.get("name").asText());
        assertEquals("mean", entry.get("pooling").get("kind").asText());
        assertEquals(64, entry.get("weights").get("sha256").asText().length());
    }
}
