package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.models.Catalogue;
import dev.lanewise.models.CatalogueEntry;
import dev.lanewise.tools.audio.AudioFile;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Whisper base for tests. No test fetches it: it is there if the user's cache has it, or if the system property
 * {@value #PROPERTY} names its first package, the second beside it, or its weights.
 */
final class Whisper {
    static final String NAME = "whisper-base";
    static final String PROPERTY = "lanewise.test.whisper";

    private Whisper() {}

    /**
     * The converted model; the test is skipped, saying so, where there is none.
     *
     * @param work a folder for a cache, if it has to be converted
     */
    static Path lane(Path work) throws IOException {
        CatalogueEntry entry = Catalogue.find(NAME).orElseThrow();
        String given = System.getProperty(PROPERTY);
        if (given != null) {
            Cli.Result fetched = new Cli(work).run("models", "fetch", NAME, "--from", given);
            assertEquals(0, fetched.code(), fetched.err());
            return Path.of(fetched.out().strip());
        }
        Optional<Path> cached = cache(System.getenv()).find(entry, ModelCache.AS_STORED);
        assumeTrue(cached.isPresent(), () -> "skipped: the weights are not here; 'lanewise models fetch " + NAME
                + "' gets them, or -D" + PROPERTY + "=FILE names them");
        return cached.get();
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

    private static ModelCache cache(Map<String, String> environment) {
        return new ModelCache(new Console(new ByteArrayInputStream(new byte[0]), new ByteArrayOutputStream(),
                new ByteArrayOutputStream(), environment, false));
    }
}
