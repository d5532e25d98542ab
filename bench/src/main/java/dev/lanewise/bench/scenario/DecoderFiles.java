package dev.lanewise.bench.scenario;

import dev.lanewise.models.CatalogueEntry;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A decoder in both formats.
 *
 * @param gguf what others read
 * @param lane what we made of it, each block as it is
 */
public record DecoderFiles(Path gguf, Path lane) {

    /** Where they come from if no file is given: found, or made first. */
    @FunctionalInterface
    public interface Source {
        /** Finds or makes them. */
        DecoderFiles get(Scenario.Run run) throws Exception;
    }

    /** Those of the catalogue. */
    static DecoderFiles ofCatalogue(Scenario.Run run, String name) throws IOException {
        ModelCache cache = new ModelCache(Console.ofProcess());
        CatalogueEntry entry = ModelCache.entry(name);
        Path gguf = CatalogueFiles.weights(run, cache, entry);
        return new DecoderFiles(gguf, cache.fetch(entry, ModelCache.AS_STORED, Optional.of(gguf)));
    }

    /** Those of a GGUF file, converted into the cache. */
    static DecoderFiles of(Path gguf) throws IOException {
        return new DecoderFiles(gguf, new ModelCache(Console.ofProcess()).open(gguf.toString(), ModelCache.AS_STORED,
                lane -> lane));
    }

    /** The same weights in a Hugging Face folder beside the {@code .lane} file, written if it is not there. */
    Path folder() throws IOException {
        try (LaneFile file = LaneFile.open(lane)) {
            return LlamaFolder.write(file, TransformerSpec.read(file.metadata()), lane.resolveSibling(
                    lane.getFileName().toString().replaceFirst("\\.lane$", "") + "-huggingface"));
        }
    }
}
