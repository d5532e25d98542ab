package dev.lanewise.bench.peer;

import java.io.IOException;
import java.util.Arrays;
import java.util.StringJoiner;

/**
 * A process that decodes as it is told: it answers {@code prefill IDS}, {@code decode COUNT} and {@code rewind COUNT} with anything,
 * {@code logits IDS} with the logits, and if it can go on with several texts at once, {@code streams TEXTS STEPS PROMPT MILLIS}
 * with the seconds of each step.
 *
 * @param process closed with it
 */
public record PipedDecoding(PipedProcess process) implements Decoding {
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
        double[] numbers = numbers(ask("logits", ids));
        float[] logits = new float[numbers.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) numbers[i];
        }
        return logits;
    }

    @Override
    public double[] streams(int streams, int steps, int prompt, double seconds) throws IOException {
        return numbers(ask("streams", streams, steps, prompt, (int) (1000 * seconds)));
    }

    private static double[] numbers(String answer) throws IOException {
        try {
            return Arrays.stream(answer.split(" ")).mapToDouble(Double::parseDouble).toArray();
        } catch (NumberFormatException e) {
            throw new IOException("it answers no numbers: " + answer.substring(0, Math.min(100, answer.length())), e);
        }
    }

    private String ask(String command, int... numbers) throws IOException {
        StringJoiner line = new StringJoiner(" ").add(command);
        Arrays.stream(numbers).mapToObj(Integer::toString).forEach(line::add);
        return process.ask(line.toString());
    }

    @Override
    public void close() {
        process.close();
    }
}
