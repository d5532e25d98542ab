package dev.lanewise.bench.ctranslate2;

import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.TranslateTask;
import dev.lanewise.bench.peer.Translating;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * CTranslate2 as its Python package has it. The package is installed into a virtual environment in the cache folder of the tools;
 * deleting that folder is all it takes to be rid of it.
 */
public final class CTranslate2 implements Peer {
    private static final String VERSION = "4.8.5";
    private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");

    private final Path python;
    private final Path script;

    /** For the service loader. */
    public CTranslate2() {
        Path folder = new ModelCache(Console.ofProcess()).folder().resolve("peers").resolve("ctranslate2-" + VERSION);
        python = folder.resolve(WINDOWS ? "Scripts/python.exe" : "bin/python");
        script = folder.resolve("drive.py");
        try {
            if (!Files.exists(script)) { // written last: it says that all is here
                run("python3", "-m", "venv", folder.toString());
                run(python.toString(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        "ctranslate2==" + VERSION, "numpy");
            }
            try (InputStream in = Objects.requireNonNull(CTranslate2.class.getResourceAsStream("drive.py"))) {
                Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("ctranslate2 " + VERSION + " cannot be installed: " + e.getMessage(), e);
        }
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        List<String> lines = process.inputReader().readAllLines();
        try {
            if (process.waitFor() != 0) {
                throw new IOException(lines.isEmpty() ? command[0] + " failed without a word" : lines.getLast());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public String title() {
        return "CTranslate2 " + VERSION + ", with the quickest of its ways to use the threads";
    }

    @Override
    public Optional<Translating> translate(TranslateTask task, int threads) throws IOException {
        return Optional.of(new PipedTranslating(List.of(python.toString(), script.toString(),
                task.weights().toString(), Integer.toString(task.layers()), Integer.toString(task.width()),
                Integer.toString(task.heads()), Integer.toString(task.inner()), Integer.toString(task.vocabulary()),
                Integer.toString(task.positions()), Integer.toString(task.start()), Integer.toString(task.end()),
                task.eightBits() ? "int8" : "float32", Integer.toString(threads))));
    }
}
