package dev.lanewise.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.tools.Cli;
import dev.lanewise.tools.Cli.Result;
import dev.lanewise.tools.TinyDecoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code generate} and {@code chat}, on a small decoder. */
class GenerateCommandTest {
    @TempDir
    Path folder;

    private String model;
    private String idsOnly;
    private Cli cli;

    @BeforeEach
    void write() throws IOException {
        model = TinyDecoder.write(folder.resolve("tiny.lane"), true).toString();
        idsOnly = TinyDecoder.write(folder.resolve("ids.lane"), false).toString();
        cli = new Cli(folder.resolve("cache"));
    }

    private Result good(String... args) {
        Result result = cli.run(args);
        assertEquals(0, result.code(), result.err());
        return result;
    }

    @Test
    void textGoesToTheOutput_figuresToTheErrors() throws IOException {
        Result plain = good("generate", model, "aa bb", "--max-tokens", "12");
        JsonNode json = good("generate", model, "aa bb", "--max-tokens", "12", "--json").json();
        assertEquals(json.get("text").asText() + "\n", plain.out());
        assertEquals(12, json.get("ids").size());
        assertEquals("length", json.get("finish").asText());
        assertTrue(plain.err().contains("12 tokens (length); first after"), plain.err());
        assertTrue(plain.err().contains("tokens/s"), plain.err());
        assertEquals("[\"prompt_ids\",\"ids\",\"text\",\"finish\"]", names(json));
        String one = good("generate", idsOnly, "--ids", "5", "--max-tokens", "1").err();
        assertTrue(one.contains("1 token (length)") && one.contains("(1 token, "), one);
        assertEquals(json, good("generate", model, "--json", "--max-tokens", "12", "--ids",
                json.get("prompt_ids").toString().replaceAll("[\\[\\]]", "")).json(), "ids as they are");
    }

    private static String names(JsonNode json) {
        StringBuilder out = new StringBuilder();
        json.fieldNames().forEachRemaining(name -> out.append(out.isEmpty() ? "[\"" : ",\"").append(name).append('"'));
        return out.append(']').toString();
    }

    @Test
    void aModelWithoutTokenizer_printsIds() throws IOException {
        String out = good("generate", idsOnly, "--ids", "5,6", "--max-tokens", "4").out();
        assertEquals(
                good("generate", idsOnly, "--ids", "5,6", "--max-tokens", "4", "--json").json().get("ids").toString(),
                "[" + out.strip() + "]");
        Result text = cli.run("generate", idsOnly, "aa");
        assertEquals(1, text.code());
        assertTrue(text.err().contains("no tokenizer"), text.err());
    }

    @Test
    void everyLineOfAFile_isAPrompt() {
        Result result = cli.reading("aa\nbb cc\n").run("generate", model, "--file", "-", "--json", "--max-tokens", "3");
        assertEquals(2, result.out().lines().count(), result.out() + result.err());
        Result empty = cli.reading("aa\n\nbb\n").run("generate", model, "--file", "-", "--max-tokens", "3");
        assertEquals(1, empty.code());
        assertTrue(empty.err().contains("line 2 has no tokens to go on from"), empty.err());
        Result tooLong = cli.reading("aa\n" + "aa ".repeat(300) + "\n").run("generate", model, "--file", "-",
                "--max-tokens",
                "3");
        assertEquals(1, tooLong.code());
        assertTrue(tooLong.err().contains("line 2 has 300 tokens, the model takes at most 200"), tooLong.err());
    }

    @Test
    void samplingOptions_areHeard() throws IOException {
        String[] chance = {"generate", model, "aa", "--json", "--max-tokens", "20", "--temperature", "2", "--seed",
                "4"};
        JsonNode one = good(chance).json();
        assertEquals(one, good(chance).json());
        assertEquals(one, good("generate", model, "aa", "--json", "--max-tokens", "20", "--temperature", "2", "--seed",
                "4", "--threads", "1").json());
        assertFalse(one.equals(good("generate", model, "aa", "--json", "--max-tokens", "20", "--temperature", "2",
                "--seed", "5").json()));
        JsonNode greedy = good("generate", model, "aa", "--json", "--max-tokens", "20").json();
        assertEquals(greedy, good("generate", model, "aa", "--json", "--max-tokens", "20", "--temperature", "2",
                "--top-k", "1").json());
        int first = greedy.get("ids").get(0).asInt();
        assertFalse(first == good("generate", model, "aa", "--json", "--max-tokens", "1", "--logit-bias",
                first + "=-Infinity").json().get("ids").get(0).asInt());
        String stop = greedy.get("text").asText().substring(4, 7);
        JsonNode stopped = good("generate", model, "aa", "--json", "--max-tokens", "20", "--stop", stop).json();
        assertEquals("stop_text", stopped.get("finish").asText());
        assertFalse(stopped.get("text").asText().contains(stop));
        JsonNode logged = good("generate", model, "aa", "--json", "--max-tokens", "2", "--log-probabilities", "3")
                .json();
        assertEquals(3, logged.get("log_probabilities").get(1).get("top").size());
    }

    @Test
    void wrongUsage() {
        wrong("--temperature must be 0, or", "generate", model, "aa", "--temperature", "-1");
        wrong("--top-p must be", "generate", model, "aa", "--top-p", "2");
        wrong("--max-tokens must be", "generate", model, "aa", "--max-tokens", "0");
        wrong("--min-p must be", "generate", model, "aa", "--min-p", "-1");
        wrong("--time-limit must be at least 1e-9 seconds, not 0.0", "generate", model, "aa", "--time-limit", "0");
        wrong("--top-k", "generate", model, "aa", "--top-k", "x");
        wrong("--stop must be", "generate", model, "aa", "--stop", "");
        wrong("--json alone", "generate", model, "aa", "--log-probabilities", "2");
        wrong("no text", "generate", model);
        wrong("--json", "chat", model, "--json");
        wrong("--cache", "chat", model, "--cache", "q4");
    }

    private void wrong(String message, String... args) {
        Result result = cli.run(args);
        assertEquals(2, result.code(), result.err());
        assertTrue(result.err().contains(message), result.err());
    }

    @Test
    void chat_answersEveryLine_keepsAndLoadsTheConversation() throws IOException {
        Path file = folder.resolve("kept.json");
        Result first = cli.reading("aa bb\ncc\n/save " + file + "\ndd ee\n").run("chat", model, "--max-tokens", "6",
                "--system", "ff");
        assertEquals(0, first.code(), first.err());
        assertEquals(3, first.out().lines().count(), first.out());
        assertTrue(Files.readString(file).contains("\"system\""));
        // What was loaded goes on as what was kept, and computes the new tokens alone.
        Result second = cli.reading("/load " + file + "\ndd ee\n/exit\nnever\n").run("chat", model, "--max-tokens",
                "6");
        assertEquals(first.out().lines().toList().getLast() + "\n", second.out(), second.err());
        assertTrue(second.err().contains("loaded a conversation of 5 messages"), second.err());
        String[] figures = first.err().lines().filter(line -> line.contains("first after")).toArray(String[]::new);
        assertEquals(figures[2].replaceAll(".*\\((\\d+) tokens, .*", "$1"), second.err().lines()
                .filter(line -> line.contains("first after")).findFirst().orElseThrow()
                .replaceAll(".*\\((\\d+) tokens, .*", "$1"));
        // A new conversation begins from nothing.
        Result anew = cli.reading("zz\n/reset\naa bb\n").run("chat", model, "--max-tokens", "6", "--system", "ff");
        assertEquals(first.out().lines().toList().getFirst(), anew.out().lines().toList().getLast());
    }

    @Test
    void chat_goesOn_whateverIsTyped() {
        Result result = cli.reading("/nothing\n/save\n/load " + folder.resolve("none") + "\n\n" + "aa ".repeat(300)
                + "\naa\n").run("chat", model, "--max-tokens", "3");
        assertEquals(0, result.code(), result.err());
        assertEquals(1, result.out().lines().count(), result.out());
        for (String said : new String[]{"and no /nothing", "/save needs a file", "no such file", "no room left"}) {
            assertTrue(result.err().contains(said), result.err());
        }
        Result refused = cli.reading("refused\naa\n").run("chat", model, "--max-tokens", "3");
        assertEquals(0, refused.code(), refused.err());
        assertEquals(1, refused.out().lines().count(), refused.out());
        assertTrue(refused.err().contains("not that"), refused.err());
        Result none = cli.run("chat", idsOnly);
        assertEquals(1, none.code());
        assertTrue(none.err().contains("no chat template"), none.err());
    }

    @Test
    void chat_refusesASystemPrompt_beforeAnybodyHasTyped() {
        Result refused = cli.reading("").run("chat", model, "--system", "refused");
        assertEquals(1, refused.code(), refused.err());
        assertTrue(refused.err().contains("not that"), refused.err());
    }

    @Test
    void chat_saysWhichFileItCannotLoad() throws IOException {
        Path text = Files.writeString(folder.resolve("text.json"), "[{] no JSON");
        Path bytes = Files.write(folder.resolve("bytes.json"), new byte[]{'"', -1, '"'});
        Result result = cli.reading("/load " + text + "\n/load " + bytes + "\n/load " + folder + "\n").run("chat",
                model);
        assertEquals(0, result.code(), result.err());
        assertTrue(result.err().contains("text.json is no saved conversation"), result.err());
        assertTrue(result.err().contains("bytes.json is no saved conversation"), result.err());
        assertTrue(result.err().contains(folder + " is no saved conversation"), result.err());
    }

    @Test
    void optionsThatHaveNoSay_areNamed() {
        String said = good("generate", model, "aa", "--max-tokens", "2", "--top-p", "0.5", "--seed", "3").err();
        assertTrue(said.contains("without --temperature the most probable token is always taken: --top-p, --seed"
                + " have no say"), said);
        assertFalse(good("generate", model, "aa", "--max-tokens", "2", "--top-p", "0.5", "--temperature", "1").err()
                .contains("no say"));
    }
}
