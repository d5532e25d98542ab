package dev.lanewise.tools;

import dev.lanewise.tools.audio.AudioFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** Whisper base for tests, and what it hears. */
final class Whisper {
    private Whisper() {}

    /**
     * The converted model; the test is skipped, saying so, where there is none. The system property names its first package, the
     * second beside it, or its weights.
     *
     * @param work a folder for a cache, if it has to be converted
     */
    static Path lane(Path work) throws IOException {
        return CatalogueModels.lane("whisper-base", "lanewise.test.whisper", work);
    }

    /** The samples of one of the recordings. */
    static float[] samples(String name) throws IOException {
        try (AudioFile file = AudioFile.open(TestModels.shared("whisper-base/" + name))) {
            float[] samples = new float[1 << 20];
            int count = 0;
            for (int read = 0; read >= 0; read = file.read(samples, count, samples.length - count)) {
                count += read;
            }
            return Arrays.copyOf(samples, count);
        }
    }
}
