package dev.lanewise.bench.peer;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A decoder, one text at a time.
 *
 * @param model its file, as a rule a GGUF file
 * @param folder the same weights in float32, made for those who read Hugging Face folders alone
 * @param tokens how many it must have room for
 */
public record GenerateTask(Path model, Folder folder, int tokens) {

    /** Makes a folder, at the first time. */
    @FunctionalInterface
    public interface Folder {
        /**
         * Where it is.
         *
         * @throws IOException if the model cannot be written so, or at all
         */
        Path get() throws IOException;
    }
}
