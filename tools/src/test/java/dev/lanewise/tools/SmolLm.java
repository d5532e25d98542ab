package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.models.Catalogue;
import dev.lanewise.models.CatalogueEntry;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * SmolLM2-135M-Instruct for tests. No test fetches it: it is there if the user's cache has it, or if the system property
 * {@value #PROPERTY} names its package or its weights.
 */
final class SmolLm {
    static final String NAME = "smollm2-135m";
    static final String PROPERTY = "lanewise.test.smollm2";

    private SmolLm() {}

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

    private static ModelCache cache(Map<String, String> environment) {
        return new ModelCache(new Console(new ByteArrayInputStream(new byte[0]), new ByteArrayOutputStream(),
                new ByteArrayOutputStream(), environment, false));
    }
}
