package dev.lanewise.bench.peer;

import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A Python package, installed into a virtual environment of its own in the cache folder of the tools; deleting that folder is all
 * it takes to be rid of it.
 */
public final class PythonPackage {
    private static final String MAIN = "drive.py";
    /** One may be compiled by it. */
    private static final Duration INSTALLATION = Duration.ofHours(1);
    private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");

    private final Class<?> peer;
    private final Path folder;
    private final Path python;

    /**
     * Installs it, if it is not there.
     *
     * @param peer who uses it; its scripts lie beside it, {@value #MAIN} among them
     * @param more packages that the scripts need
     * @throws UncheckedIOException if it cannot be had
     */
    public PythonPackage(Class<?> peer, String name, String version, String... more) {
        this.peer = peer;
        folder = new ModelCache(Console.ofProcess()).folder().resolve("peers").resolve(name + "-" + version);
        python = folder.resolve(WINDOWS ? "Scripts/python.exe" : "bin/python");
        try {
            if (!Files.exists(folder.resolve(MAIN))) { // written last: it says that all is here
                run(List.of("python3", "-m", "venv", folder.toString()));
                List<String> install = new ArrayList<>(List.of(python.toString(), "-m", "pip", "install", "--quiet",
                        "--disable-pip-version-check", name + "==" + version));
                install.addAll(List.of(more));
                run(install);
            }
            script(MAIN);
        } catch (IOException e) {
            throw new UncheckedIOException(name + " " + version + " cannot be installed: " + e.getMessage(), e);
        }
    }

    private Path script(String name) throws IOException {
        Path script = folder.resolve(name);
        try (InputStream in = Objects.requireNonNull(peer.getResourceAsStream(name))) {
            Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
        }
        return script;
    }

    /**
     * Starts one of the scripts.
     *
     * @param who it is, for failures
     */
    public PipedProcess start(String who, String script, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(python.toString(), script(script).toString()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return new PipedProcess(who, command);
    }

    private static void run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        List<String> lines;
        try (TimeLimit limit = new TimeLimit(command.getFirst(), process, INSTALLATION)) {
            lines = process.inputReader().readAllLines();
            limit.check();
        }
        try {
            if (process.waitFor() != 0) {
                throw new IOException(
                        lines.isEmpty() ? command.getFirst() + " failed without a word" : lines.getLast());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
