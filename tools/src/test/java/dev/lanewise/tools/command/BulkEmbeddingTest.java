package dev.lanewise.tools.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.tools.Cli;
import dev.lanewise.tools.Cli.Result;
import dev.lanewise.tools.TinyBert;
import dev.lanewise.tools.convert.NpyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code embed --file --output}: all lines, one pass, and going on after a kill. */
class BulkEmbeddingTest {
    private static final int LINES = 1000;

    @TempDir
    Path folder;
    private Cli cli;
    private String model;
    private Path texts;

    @BeforeEach
    void write() throws IOException {
        cli = new Cli(folder.resolve("cache"));
        model = TinyBert.write(folder.resolve("m"), 3).toString();
        texts = folder.resolve("texts.txt");
        Random random = new Random(1);
        List<String> words = List.of("a", "b", "cat", "dog", "sat", "on", "the", "mat", "caf\u00e9");
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < LINES; i++) {
            StringBuilder line = new StringBuilder();
            for (int n = random.nextInt(8); n > 0; n--) {
                line.append(words.get(random.nextInt(words.size()))).append(' ');
            }
            lines.add(line.toString());
        }
        Files.write(texts, lines);
    }

    private Result embed(String output, String... more) {
        List<String> args = new ArrayList<>(
                List.of("embed", model, "--file", texts.toString(), "--output", folder.resolve(output).toString()));
        args.addAll(List.of(more));
        return cli.run(args.toArray(String[]::new));
    }

    private void done(String output, String... more) {
        Result result = embed(output, more);
        assertEquals(0, result.code(), result.err());
    }

    @Test
    void bothFormatsHaveTheVectorsOfEveryLine() throws IOException {
        done("v.npy");
        done("v.jsonl");
        JsonNode expected = cli.run("embed", model, "--json", "--file", texts.toString()).json();
        NpyFile matrix = NpyFile.read(folder.resolve("v.npy"));
        List<String> lines = Files.readAllLines(folder.resolve("v.jsonl"));
        assertEquals(LINES, matrix.rows());
        assertEquals(TinyBert.WIDTH, matrix.columns());
        assertEquals(LINES, lines.size());
        for (int i = 0; i < LINES; i++) {
            assertEquals(expected.get(i), new ObjectMapper().readTree(lines.get(i)));
            for (int j = 0; j < TinyBert.WIDTH; j++) {
                assertEquals(expected.get(i).get("vector").get(j).floatValue(),
                        matrix.values()[i * TinyBert.WIDTH + j]);
            }
        }
        assertFalse(Files.exists(folder.resolve("v.npy.part")));
        assertFalse(Files.exists(folder.resolve("v.npy.part.key")));
    }

    /** A run that fails in a line stands for one that was killed: it leaves as much, cut in the middle of a row here. */
    @Test
    void whatWasBegunIsGoneOnWith() throws IOException {
        for (String output : List.of("v.npy", "v.jsonl")) {
            done(output);
            byte[] whole = Files.readAllBytes(folder.resolve(output));
            Files.delete(folder.resolve(output));
            List<String> lines = Files.readAllLines(texts);
            lines.set(900, "a b c ".repeat(10));
            Files.write(texts, lines);
            Result failed = embed(output);
            assertEquals(1, failed.code());
            assertTrue(failed.err().contains("line 901"), failed.err());
            assertFalse(Files.exists(folder.resolve(output)));
            Path part = folder.resolve(output + ".part");
            byte[] begun = Files.readAllBytes(part);
            Files.write(part, Arrays.copyOf(begun, begun.length - 7));
            Result rest = embed(output, "--truncate");
            assertEquals(0, rest.code(), rest.err());
            assertTrue(rest.err().contains("going on behind the first"), rest.err());
            assertTrue(rest.err().contains("line 901"), rest.err());
            byte[] resumed = Files.readAllBytes(folder.resolve(output));
            Files.delete(folder.resolve(output));
            done(output, "--truncate");
            assertArrayEquals(Files.readAllBytes(folder.resolve(output)), resumed);
            assertEquals(output.endsWith(".npy"), whole.length == resumed.length);
            write();
        }
    }

    @Test
    void whatWasBegunOtherwiseIsBegunAnew() throws IOException {
        List<String> lines = Files.readAllLines(texts);
        lines.set(900, "a b c ".repeat(10));
        Files.write(texts, lines);
        assertEquals(1, embed("v.npy").code());
        Result other = embed("v.npy", "--truncate", "--pooling", "cls");
        assertEquals(0, other.code(), other.err());
        assertFalse(other.err().contains("going on"), other.err());
        assertEquals(LINES, NpyFile.read(folder.resolve("v.npy")).rows());
    }

    @Test
    void theStandardInputIsReadToo_andWrongUsesAreRefused() throws IOException {
        Result result = cli.reading("a cat\n\nthe dog\n").run("embed", model, "--file", "-", "--output",
                folder.resolve("v.npy").toString());
        assertEquals(0, result.code(), result.err());
        assertEquals(3, NpyFile.read(folder.resolve("v.npy")).rows());
        assertEquals(2, embed("v.txt").code());
        assertEquals(2, embed("v.npy", "--json").code());
        assertEquals(2, cli.run("embed", model, "a", "--output", "v.npy").code());
    }
}
