package dev.lanewise.bench.ctranslate2;

import dev.lanewise.bench.peer.Translating;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A process that translates as it is told; what passes through its pipes takes microseconds. */
final class PipedTranslating implements Translating {
    private final Process process;
    private final BufferedWriter commands;
    private final BufferedReader answers;

    /**
     * @param command starts the script
     */
    PipedTranslating(List<String> command) throws IOException {
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        commands = process.outputWriter();
        answers = process.inputReader();
        answer(); // when it has loaded the model
    }

    @Override
    public int[][] translate(int[][] sources, int beams, int tokens) throws IOException {
        commands.write(beams + " " + tokens + ";" + Arrays.stream(sources).map(
                ids -> Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" ")))
                .collect(Collectors.joining(";")) + "\n");
        commands.flush();
        return Stream.of(answer().split(";"))
                .map(text -> Stream.of(text.split(" ")).mapToInt(Integer::parseInt).toArray()).toArray(int[][]::new);
    }

    private String answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("CTranslate2 has ended");
        }
        return line;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
