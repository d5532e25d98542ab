package dev.lanewise.bench.scenario;

import dev.lanewise.models.CatalogueEntry;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An encoder of the catalogue.
 *
 * @param name in the catalogue
 * @param type of its weights, or null: as they are published
 */
record CatalogueEncoder(String name, DataType type) implements EncoderFiles.Source {
    @Override
    public EncoderFiles get(Scenario.Run run) throws IOException {
        ModelCache cache = new ModelCache(Console.ofProcess());
        CatalogueEntry entry = ModelCache.entry(name);
        Path onnx = CatalogueFiles.weights(run, cache, entry);
        // Takes the files from here, and checks them, if it has not converted them before.
        return new EncoderFiles(onnx, cache.fetch(entry, type, Optional.of(onnx)));
    }
}
