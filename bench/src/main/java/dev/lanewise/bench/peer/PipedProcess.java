package dev.lanewise.bench.peer;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that is asked by a line, and answers each with a line; the first says that it is ready. What passes through its pipes
 * takes microseconds. One that does not answer in time is ended. Used by one thread.
 */
public final class PipedProcess implements AutoCloseable {
    /** Longer than anything takes that a process is asked for. */
    private static final Duration PATIENCE = Duration.ofSeconds(300);
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final String who;
    private final Duration patience;
    private final Process process;
    private final BufferedWriter questions;
    private final BufferedReader answers;
    private final Thread listener;
    private volatile String complaint = ""; // the last line on its standard error

    /**
     * Starts it, and waits until it is ready.
     *
     * @param who it is, for failures
     * @param command what to start
     */
    public PipedProcess(String who, List<String> command) throws IOException {
        this(who, command, PATIENCE);
    }

    PipedProcess(String who, List<String> command, Duration patience) throws IOException {
        this.who = who;
        this.patience = patience;
        process = new ProcessBuilder(command).start();
        questions = process.outputWriter();
        answers = process.inputReader();
        listener = Thread.ofVirtual().start(this::listen);
        ask("");
    }

    private void listen() {
        try (BufferedReader errors = process.errorReader()) {
            for (String line = errors.readLine(); line != null; line = errors.readLine()) {
                complaint = line.isBlank() ? complaint : ": " + line.strip();
            }
        } catch (IOException e) {
            complaint = ": " + e.getMessage();
        }
    }

    /**
     * Its answer.
     *
     * @throws IOException if it has ended, with what it said last, or does not answer in time; then it is ended
     */
    public String ask(String question) throws IOException {
        String answer = null;
        try (TimeLimit limit = new TimeLimit(who, process, patience)) {
            try {
                if (!question.isEmpty()) {
                    questions.write(question + "\n");
                    questions.flush();
                }
                answer = answers.readLine();
            } catch (IOException e) {
                complaint = complaint.isEmpty() ? ": " + e.getMessage() : complaint; // a pipe that is broken
            }
            limit.check();
        }
        if (answer == null) {
            throw new IOException(who + " has ended" + lastWords());
        }
        return answer;
    }

    private String lastWords() throws IOException {
        try {
            listener.join(LAST_WORDS);
            boolean gone = process.waitFor(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS);
            return (gone ? " with exit code " + process.exitValue() : "") + complaint;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}
