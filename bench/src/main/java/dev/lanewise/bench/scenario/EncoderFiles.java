package dev.lanewise.bench.scenario;

import java.nio.file.Path;

/**
 * An encoder in both formats.
 *
 * @param onnx the original graph, its tokenizer beside it
 * @param lane what we made of it
 */
public record EncoderFiles(Path onnx, Path lane) {

    /** Where they come from: found, or made first. */
    @FunctionalInterface
    public interface Source {
        /** Finds or makes them. */
        EncoderFiles get(Scenario.Run run) throws Exception;
    }
}
