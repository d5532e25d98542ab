package dev.lanewise.bench.ctranslate2;

import dev.lanewise.bench.peer.PipedProcess;
import dev.lanewise.bench.peer.Translating;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A process that translates as it is told. */
record PipedTranslating(PipedProcess process) implements Translating {
    @Override
    public int[][] translate(int[][] sources, int beams, int tokens) throws IOException {
        String answer = process.ask(beams + " " + tokens + ";" + Arrays.stream(sources).map(
                ids -> Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" ")))
                .collect(Collectors.joining(";")));
        return Stream.of(answer.split(";"))
                .map(text -> Stream.of(text.split(" ")).mapToInt(Integer::parseInt).toArray()).toArray(int[][]::new);
    }

    @Override
    public void close() {
        process.close();
    }
}
