package dev.lanewise.tools.cache;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs the ordinary client of a registry, such as Maven, and ends it when the process that waits for it ends. */
final class RegistryClient {
    private static final int LONGEST_REASON = 500;
    private static final long PATIENCE_SECONDS = 3;

    private RegistryClient() {}

    /**
     * Runs it to its end. Nobody answers its questions.
     *
     * @param name what people call it
     * @param advice what to do if it cannot be started
     * @param folder where it runs
     * @param lines takes what it prints, errors included
     * @return whether it ended well
     * @throws FetchException if it cannot be started
     */
    static boolean run(String name, String advice, List<String> command, Path folder, Consumer<String> lines)
            throws IOException {
        Process client;
        try {
            client = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new FetchException(name + " cannot be started (" + command.getFirst() + "): " + advice);
        }
        try {
            client.getOutputStream().close(); // it must not wait for a person
            follow(client, lines);
            return client.waitFor() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } finally {
            end(client);
        }
    }

    /** A reason that fits a message. */
    static String shortened(String reason) {
        return reason.length() > LONGEST_REASON ? reason.substring(0, LONGEST_REASON) + "..." : reason;
    }

    private static void follow(Process client, Consumer<String> lines) throws IOException, InterruptedException {
        BufferedReader output = new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
        while (true) {
            // Reading a pipe cannot be interrupted: look first, as long as it is open.
            while (!output.ready() && client.isAlive()) {
                Thread.sleep(20);
            }
            String line = output.ready() || !client.isAlive() ? output.readLine() : null;
            if (line == null) {
                return;
            }
            lines.accept(line);
        }
    }

    private static void end(Process client) {
        if (client.isAlive()) {
            client.descendants().forEach(ProcessHandle::destroy);
            client.destroy();
            // Its folder is deleted next; join, because it waits although this thread is interrupted.
            client.onExit().completeOnTimeout(client, PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        }
    }
}
