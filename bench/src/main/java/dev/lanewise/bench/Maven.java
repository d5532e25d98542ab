package dev.lanewise.bench;

import dev.lanewise.bench.peer.TimeLimit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Maven as a child process: what is compared against comes through the user's own settings, mirrors and repository. */
public final class Maven {
    private static final String ERROR = "[ERROR]";
    private static final Duration PATIENCE = Duration.ofHours(1);

    private Maven() {}

    /**
     * Runs it.
     *
     * @param folder where
     * @throws IOException if it cannot be started or fails, with what it says about that
     */
    public static void run(Path folder, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(System.getProperty("os.name").startsWith("Windows") ? "mvn.cmd" : "mvn", "-q", "-B", "-ntp"));
        command.addAll(List.of(arguments));
        Process process;
        try {
            process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new IOException("Maven (mvn) cannot be started: is it on the PATH?", e);
        }
        process.getOutputStream().close();
        String output;
        try (TimeLimit limit = new TimeLimit("Maven", process, PATIENCE)) {
            output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            limit.check();
        }
        try {
            if (process.waitFor() != 0) {
                throw new IOException("Maven failed: " + reason(output));
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** The first line that Maven calls an error; control sequences for a terminal may stand before it. */
    static String reason(String output) {
        return output.lines().filter(line -> line.contains(ERROR)).findFirst()
                .map(line -> line.substring(line.indexOf(ERROR) + ERROR.length())
                        .replaceFirst(" -> \\[Help \\d+].*", "").strip())
                .orElse("it does not say why");
    }
}
