package dev.lanewise.bench.peer;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A process that is asked by a line, and answers each with a line; the first says that it is ready. What passes through its pipes
 * takes microseconds. One that does not answer in {@value #PATIENCE_SECONDS} seconds, longer than anything it is asked for takes,
 * is ended. Used by one thread.
 */
public final class PipedProcess implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 300;
    private static final ScheduledExecutorService WATCH = Executors
            .newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("watch").factory());

    private final String who;
    private final Process process;
    private final BufferedWriter questions;
    private final BufferedReader answers;

    /**
     * Starts it, and waits until it is ready.
     *
     * @param who it is, for failures
     * @param command what to start
     */
    public PipedProcess(String who, List<String> command) throws IOException {
        this.who = who;
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        questions = process.outputWriter();
        answers = process.inputReader();
        answer();
    }

    /** Its answer. */
    public String ask(String question) throws IOException {
        questions.write(question + "\n");
        questions.flush();
        return answer();
    }

    private String answer() throws IOException {
        Future<?> end = WATCH.schedule(process::destroyForcibly, PATIENCE_SECONDS, TimeUnit.SECONDS);
        String line = answers.readLine();
        if (!end.cancel(false)) {
            throw new IOException(who + " hangs: no answer in " + PATIENCE_SECONDS + " s");
        }
        if (line == null) {
            throw new IOException(who + " has ended");
        }
        return line;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
