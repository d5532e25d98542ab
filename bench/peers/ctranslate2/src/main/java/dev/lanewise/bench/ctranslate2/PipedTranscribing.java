package dev.lanewise.bench.ctranslate2;

import dev.lanewise.bench.peer.PipedProcess;
import dev.lanewise.bench.peer.Work;
import java.io.IOException;

/** A process that transcribes its window each time it is asked. */
final class PipedTranscribing implements Work {
    private final PipedProcess process;
    private String ids = "";

    PipedTranscribing(PipedProcess process) {
        this.process = process;
    }

    @Override
    public void run() throws IOException {
        ids = process.ask("again");
    }

    @Override
    public float[] result() {
        String[] each = ids.split(" ");
        float[] numbers = new float[each.length];
        for (int i = 0; i < each.length; i++) {
            numbers[i] = Float.parseFloat(each[i]);
        }
        return numbers;
    }

    @Override
    public void close() {
        process.close();
    }
}
