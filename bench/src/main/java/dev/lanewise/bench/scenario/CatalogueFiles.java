package dev.lanewise.bench.scenario;

import dev.lanewise.bench.Checkout;
import dev.lanewise.models.CatalogueEntry;
import dev.lanewise.models.CatalogueEntry.SourceFile;
import dev.lanewise.tools.cache.ModelCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** The original files of catalogue entries, which the cache of the tools does not keep; they lie in the build's folder. */
final class CatalogueFiles {
    private CatalogueFiles() {}

    /** The weights of an entry, the tokenizer beside them; fetched first if need be. */
    static Path weights(Scenario.Run run, ModelCache cache, CatalogueEntry entry) throws IOException {
        Path folder = run.checkout().map(checkout -> checkout.models().resolve(entry.name()))
                .orElseThrow(() -> new IOException("the model is kept in a checkout of Lanewise, and there is none"));
        Path weights = folder.resolve(name(entry.weights()));
        if (!Files.exists(weights)) {
            Files.createDirectories(folder);
            Path work = Files.createTempDirectory(folder, "fetched");
            cache.fetchOriginal(entry, work);
            List<SourceFile> files = new ArrayList<>(entry.others());
            entry.tokenizer().ifPresent(files::add);
            files.add(entry.weights()); // last, as they say that all is here; in one, also where they came in parts
            for (SourceFile file : files) {
                Files.move(work.resolve(name(file)), folder.resolve(name(file)), StandardCopyOption.REPLACE_EXISTING);
            }
            Files.delete(work);
        }
        return weights;
    }

    private static Path name(SourceFile file) {
        return Path.of(file.path()).getFileName();
    }
}
