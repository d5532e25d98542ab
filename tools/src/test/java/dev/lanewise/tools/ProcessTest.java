package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only shows in processes of their own: the restart with the vector module, locales, pipes, signals, two at once. */
class ProcessTest {
    private static final long PATIENCE_SECONDS = 120;

    @TempDir
    private Path folder;
    private Path source;

    @BeforeEach
    void writeModel() throws IOException {
        source = TinyBert.write(folder.resolve("tiny"), 1);
    }

    @Test
    void withoutTheVectorModuleItRestartsItselfAndSpeaksUtf8WhateverTheLocale() throws Exception {
        Process process = start("C", "embed", source.toString(), "--json", "cat \u00e9 \ud83d\udc15");
        assertEquals("",
                errors(process).replaceAll("(?m)^(lanewise: converting .*|WARNING: Using incubator .*)\\R?", "")
                        .replaceAll("(?m)^lanewise: the model does not say.*\\R?", ""));
        assertTrue(output(process).contains("\"cat \u00e9 \ud83d\udc15\""));
        assertEquals(0, end(process));
    }

    @Test
    void theExitCodeOfTheRestartedProcessIsPassedOn() throws Exception {
        assertEquals(2, end(start("C.UTF-8", "embed", source.toString())));
        assertEquals(1, end(start("C.UTF-8", "embed", "no-such-model", "a")));
    }

    @Test
    void aReaderThatHasSeenEnoughEndsItQuietly() throws Exception {
        Path texts = Files.writeString(folder.resolve("texts.txt"), "the cat\n".repeat(20_000));
        Process process = start("C.UTF-8", "tokenize", source.toString(), "--file", texts.toString());
        process.getInputStream().readNBytes(10);
        process.getInputStream().close();
        assertEquals("", errors(process));
        assertEquals(0, end(process));
    }

    @Test
    void aFullDiskIsAnErrorNotAnEnd() throws Exception {
        Path full = Path.of("/dev/full");
        if (!Files.exists(full)) {
            return; // not Linux
        }
        Process process = builder("C.UTF-8", "tokenize", source.toString(), "the cat")
                .redirectOutput(full.toFile()).start();
        assertTrue(errors(process).contains("could not be written: No space left"));
        assertEquals(1, end(process));
    }

    @Test
    void twoThatStartAtOnceConvertOnce() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(start("C.UTF-8", "embed", source.toString(), "the cat"));
        }
        int conversions = 0;
        List<String> outputs = new ArrayList<>();
        for (Process process : processes) {
            outputs.add(output(process));
            conversions += errors(process).contains("converting tiny (") ? 1 : 0;
            assertEquals(0, end(process));
        }
        assertEquals(1, conversions);
        assertEquals(1, outputs.stream().distinct().count());
        try (Stream<Path> files = Files.list(folder.resolve("cache/models"))) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void toldToEndItCleansUpAndEndsWhatItStarted() throws Exception {
        Path script = folder.resolve("maven/bin/mvn");
        Files.createDirectories(script.getParent());
        Files.writeString(script, "#!/bin/sh\necho $$ > '" + folder.resolve("pid") + "'\nexec sleep 100\n");
        assertTrue(script.toFile().setExecutable(true));
        ProcessBuilder builder = builder("C.UTF-8", "embed", "all-minilm-l6-v2", "the cat");
        builder.environment().put("MAVEN_HOME", folder.resolve("maven").toString());
        Process process = builder.start();
        Path pid = folder.resolve("pid");
        while (!Files.exists(pid) || Files.size(pid) == 0) {
            assertTrue(process.isAlive());
            Thread.sleep(50);
        }
        process.destroy();
        assertFalse(end(process) == 0);
        try (Stream<Path> left = Files.list(folder.resolve("cache/work"))) {
            assertEquals(List.of(), left.toList());
        }
        long maven = Long.parseLong(Files.readString(pid).strip());
        assertFalse(ProcessHandle.of(maven).map(ProcessHandle::isAlive).orElse(false));
    }

    @Test
    void theRestartedProcessEndsWithItsParent() throws Exception {
        ProcessBuilder builder = builder("C.UTF-8", "embed", source.toString(), "--json", "--file", "-");
        Process parent = builder.start(); // reads its input, which stays open
        ProcessHandle child;
        do {
            assertTrue(parent.isAlive());
            Thread.sleep(50);
            child = parent.children().findFirst().orElse(null);
        } while (child == null);
        Thread.sleep(2000); // it has to be running Java to notice
        parent.destroyForcibly();
        child.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private Process start(String locale, String... args) throws IOException {
        Process process = builder(locale, args).start();
        process.getOutputStream().close();
        return process;
    }

    /** As {@code java -jar} runs it: without any flags. */
    private ProcessBuilder builder(String locale, String... args) throws IOException {
        // The arguments as bytes: this JVM's own locale may not be able to write them.
        Path script = Files.createTempFile(folder, "run", ".sh");
        StringBuilder command = new StringBuilder("exec \"$JAVA\" -cp \"$CLASSES\" " + Main.class.getName());
        for (String arg : args) {
            command.append(" '").append(arg).append('\'');
        }
        Files.writeString(script, command, StandardCharsets.UTF_8);
        ProcessBuilder builder = new ProcessBuilder("sh", script.toString());
        builder.environment().put("JAVA", Path.of(System.getProperty("java.home"), "bin", "java").toString());
        builder.environment().put("CLASSES", System.getProperty("java.class.path"));
        builder.environment().put("LC_ALL", locale);
        builder.environment().put("LANEWISE_HOME", folder.resolve("cache").toString());
        return builder;
    }

    private static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String errors(Process process) throws IOException {
        return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static int end(Process process) throws InterruptedException {
        assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
        return process.exitValue();
    }
}
