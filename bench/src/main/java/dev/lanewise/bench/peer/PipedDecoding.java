package dev.lanewise.bench.peer;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;

/**
 * A process that computes as it is told, a command a line, and answers each with a line: first what it is, when it is ready; then
 * to {@code prefill IDS}, {@code decode COUNT} and {@code rewind COUNT} anything, to {@code logits IDS} the logits, and if it can go on with several texts at once, to {@code streams TEXTS STEPS PROMPT} the seconds of each step. What passes
 * through its pipes takes microseconds.
 */
public final class PipedDecoding implements Decoding {
    private final String who;
    private final Process process;
    private final BufferedWriter commands;
    private final BufferedReader answers;

    /**
     * Starts it.
     *
     * @param who it is, for failures
     * @param command what to start
     */
    public PipedDecoding(String who, List<String> command) throws IOException {
        this.who = who;
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        commands = process.outputWriter();
        answers = process.inputReader();
        answer(); // says what it is, when it has loaded the model
    }

    @Override
    public void prefill(int[] ids) throws IOException {
        ask("prefill", ids);
    }

    @Override
    public void decode(int tokens) throws IOException {
        ask("decode", tokens);
    }

    @Override
    public void rewind(int tokens) throws IOException {
        ask("rewind", tokens);
    }

    @Override
    public float[] logits(int[] ids) throws IOException {
        String[] numbers = ask("logits", ids).split(" ");
        float[] logits = new float[numbers.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = Float.parseFloat(numbers[i]);
        }
        return logits;
    }

    @Override
    public double[] streams(int streams, int steps, int prompt) throws IOException {
        return Arrays.stream(ask("streams", streams, steps, prompt).split(" ")).mapToDouble(Double::parseDouble)
                .toArray();
    }

    private String ask(String command, int... numbers) throws IOException {
        StringJoiner line = new StringJoiner(" ", "", "\n").add(command);
        Arrays.stream(numbers).mapToObj(Integer::toString).forEach(line::add);
        commands.write(line.toString());
        commands.flush();
        return answer();
    }

    private String answer() throws IOException {
        String line = answers.readLine();
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
