package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.bench.scenario.SmallScenarios;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command, with scenarios of tiny sizes. */
class BenchTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int bench(String... arguments) throws IOException {
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        Report report = new Report(new PrintStream(out, true, StandardCharsets.UTF_8), errors, false);
        return Bench.run(SmallScenarios.all(folder), report, errors, arguments);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void bench_withoutAScenario_listsThem() throws IOException {
        assertEquals(0, bench());
        for (String name : SmallScenarios.NAMES) {
            assertTrue(out().lines().anyMatch(line -> line.startsWith(name + " ")), out());
        }
    }

    @Test
    void bench_unknownScenario_saysWhichThereAre() throws IOException {
        assertEquals(2, bench("gem"));
        assertTrue(err().contains("no scenario 'gem'") && err().contains("gemm"), err());
    }

    @Test
    void bench_unknownPeer_saysWhichThereAre() throws IOException {
        assertEquals(2, bench("attention", "--against", "plain,onyx"));
        assertTrue(err().contains("no peer 'onyx'") && err().contains("pytorch"), err());
        assertTrue(out().isEmpty(), "nothing was measured");
    }

    @Test
    void bench_peerOfAnotherScenario_isRefused() throws IOException {
        assertEquals(2, bench("gemm", "--against", "onnxruntime"));
        assertTrue(err().contains("gemm cannot be compared with onnxruntime"), err());
    }

    @Test
    void bench_modelOfAScenarioThatHasItsOwn_isRefused() throws IOException {
        assertEquals(2, bench("embed", "--model", "x.gguf"));
        assertTrue(err().contains("embed has its own model"), err());
        assertEquals(2, bench("generate", "--model", folder.resolve("none.gguf").toString()));
        assertTrue(err().contains("there is no file"), err());
    }

    @Test
    void bench_recordingOfAScenarioThatTakesNone_isRefused() throws IOException {
        assertEquals(2, bench("embed", "--audio", "speech.wav"));
        assertTrue(err().contains("embed takes no recording"), err());
        assertEquals(2, bench("transcribe"));
        assertTrue(err().contains("transcribe needs a recording"), err());
        assertEquals(1, bench("transcribe", "--audio", folder.resolve("none.wav").toString(), "--model",
                Files.createFile(folder.resolve("model.bin")).toString()));
    }

    @Test
    void bench_generate_printsRatesSharesAndEachToken() throws IOException {
        assertEquals(0, bench("generate", "--seconds", "0.01", "--threads", "2"), () -> err());
        for (String part : new String[]{"prompt of 128 tokens", "prompt of 512 tokens", "first token behind 2000",
                "token by token behind 100", "token by token behind 4000", "tokens/s", "% of the FMA peak",
                "% of the read bandwidth", "p50 ", "p99.9 ", "bytes allocated a token"}) {
            assertTrue(out().contains(part), part + "\n" + out());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--threads=0", "--threads=1025", "--threads=two", "--seconds=-1", "--seconds=NaN",
            "--json=/no/such/folder/x.json", "--fast"})
    void bench_wrongOption_isWrongUsage(String option) throws IOException {
        assertEquals(2, bench("gemm", option));
        assertTrue(err().startsWith("bench: ") && err().lines().count() == 1, err());
    }

    static Stream<String> scenarios() {
        return SmallScenarios.NAMES.stream();
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void bench_everyScenario_runs_andWritesItsSamples(String name) throws IOException {
        Path json = folder.resolve("samples.json");
        String against = name.equals("attention") ? "plain" : "none";
        assertEquals(0, bench(name, "--seconds", "0", "--threads", "2", "--against", against, "--json",
                json.toString()), () -> err());
        for (String fact : new String[]{"machine", "jdk", "vectors", "threads", "commit"}) {
            assertTrue(out().lines().anyMatch(line -> line.startsWith(fact)), out());
        }
        JsonNode root = new ObjectMapper().readTree(json.toFile());
        assertEquals(name, root.path("scenario").asText());
        assertTrue(root.path("cases").path(0).path("name").isTextual(), root.toString());
        assertFalse(out().contains("NOT TIMED"), out());
    }

    /** How much too many there are is for longer runs. */
    @Test
    void bench_soak_countsEverything() throws IOException {
        assertEquals(0, bench("soak", "--seconds", "0.2", "--threads", "1"), () -> out() + err());
        assertTrue(out().contains("times what there was room for"), out());
        assertTrue(out().contains("memory is flat, counts add up, the budget was kept, no thread is left"), out());
    }

    @Test
    void bench_attention_comparesResults_thenPrintsRatioAndShare() throws IOException {
        assertEquals(0, bench("attention", "--seconds", "0", "--against", "plain"));
        assertTrue(out().contains("results of plain agree within"), out());
        assertTrue(out().contains("times as fast"), out());
        assertTrue(out().contains("% of the FMA peak"), out());
        assertTrue(out().contains("scratch"), out());
    }

    @Test
    void reason_isMavensFirstError() {
        assertEquals("Could not resolve x: Connection refused",
                Maven.reason(
                        "[WARNING] y\n\u001b[0m[ERROR] Could not resolve x: Connection refused -> [Help 1]\n[ERROR] z\n"));
    }
}
