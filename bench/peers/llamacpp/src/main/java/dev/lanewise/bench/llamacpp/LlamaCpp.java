package dev.lanewise.bench.llamacpp;

import dev.lanewise.bench.peer.Decoding;
import dev.lanewise.bench.peer.GenerateTask;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.PipedDecoding;
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
 * llama.cpp, built for this machine by the Python package llama-cpp-python, with llama.cpp's own defaults. The package is
 * installed into a virtual environment in the cache folder of the tools; deleting that folder is all it takes to be rid of it.
 */
public final class LlamaCpp implements Peer {
    private static final String VERSION = "0.3.36";
    private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");

    private final Path python;
    private final Path script;

    /** For the service loader. */
    public LlamaCpp() {
        Path folder = new ModelCache(Console.ofProcess()).folder().resolve("peers")
                .resolve("llama-cpp-python-" + VERSION);
        python = folder.resolve(WINDOWS ? "Scripts/python.exe" : "bin/python");
        script = folder.resolve("drive.py");
        try {
            if (!Files.exists(script)) { // written last: it says that all is here
                run("python3", "-m", "venv", folder.toString());
                run(python.toString(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        "llama-cpp-python==" + VERSION);
            }
            try (InputStream in = Objects.requireNonNull(LlamaCpp.class.getResourceAsStream("drive.py"))) {
                Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("llama-cpp-python " + VERSION + " cannot be installed: " + e.getMessage(),
                    e);
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
        return "llama.cpp of llama-cpp-python " + VERSION + ", built here, activations rounded to 8 bits";
    }

    @Override
    public Optional<Decoding> generate(GenerateTask task, int threads) throws IOException {
        return Optional.of(
                new PipedDecoding("llama.cpp", List.of(python.toString(), script.toString(), task.model().toString(),
                        Integer.toString(task.tokens()), Integer.toString(threads))));
    }
}
