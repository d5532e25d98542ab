package dev.lanewise.tools.command;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.models.Catalogue;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.weights.LaneFile;
import dev.lanewise.weights.Metadata.MetadataException;
import java.io.IOException;
import java.nio.file.Path;

/** The tokenizer of a model, without the model: of a foreign one it is read where it is, and nothing is converted. */
final class ModelTokenizer {
    private ModelTokenizer() {}

    /** @param model a name of the catalogue, or a path */
    static Tokenizer of(String model, Console console) throws IOException {
        if (Catalogue.find(model).isEmpty()) {
            Path path = ModelCache.existing(model);
            if (!ModelCache.isLane(path)) {
                return ModelSource.tokenizer(path).orElseThrow(() -> none(model));
            }
        }
        return new ModelCache(console).open(model, ModelCache.AS_STORED, ModelTokenizer::ofLane);
    }

    private static Tokenizer ofLane(Path file) throws IOException {
        try (LaneFile lane = LaneFile.open(file)) {
            if (lane.metadata().values().keySet().stream().noneMatch(key -> key.startsWith(TokenizerSpec.PREFIX))) {
                throw none(file.toString());
            }
            return Tokenizer.read(lane.metadata().reader(TokenizerSpec.PREFIX));
        } catch (MetadataException e) {
            throw new ModelFormatException(file.toString(), -1, e.key(), e.expected(), e.found());
        }
    }

    private static UnsupportedModelException none(String model) {
        return new UnsupportedModelException(model + " has no tokenizer; give ids instead of a text (--ids)");
    }
}
