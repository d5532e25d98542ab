package dev.lanewise.tools.cache;

import dev.lanewise.models.CatalogueEntry;
import dev.lanewise.tools.console.Console;
import dev.lanewise.tools.console.Progress;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tools.convert.Prompts;
import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A conversion with everything that a person sees of it. */
public final class Converter {
    private Converter() {}

    /**
     * Converts what a user named.
     *
     * @param path a file or folder of another format
     * @param type how weights are stored, or null: as they are
     */
    public static void convert(Path path, DataType type, Path target, Console console) throws IOException {
        try (ModelSource source = ModelSource.open(path)) {
            convert(source, String.valueOf(path.getFileName()), target, Conversion.Options.of(type), console);
        }
    }

    /** Converts what the catalogue names; the catalogue knows what the files do not say. */
    static void convert(CatalogueEntry entry, Path path, DataType type, Path target, Console console)
            throws IOException {
        Map<String, String> provenance = new LinkedHashMap<>();
        provenance.put("name", entry.name());
        provenance.put("license", entry.licence());
        provenance.put("package", entry.source().coordinates());
        try (ModelSource source = ModelSource.open(path)) {
            convert(source, entry.name(), target, new Conversion.Options(type, entry.pooling(),
                    entry.prompts().isEmpty() ? null : new Prompts(entry.prompts(), ""), provenance), console);
        }
    }

    /**
     * Converts what a user named, into the cache.
     *
     * @throws IOException if the weights are in a file that would not be noticed to change
     */
    static void convertWatched(Path path, DataType type, Path target, Console console) throws IOException {
        try (ModelSource source = ModelSource.open(path)) {
            for (Path file : source.files()) {
                if (!SourceFiles.of(path).contains(file.toAbsolutePath().normalize())) {
                    throw new IOException(path + " keeps weights in " + file.getFileName()
                            + ", where the cache would not notice a change; convert it yourself: lanewise convert "
                            + path + " TARGET.lane");
                }
            }
            convert(source, String.valueOf(path.getFileName()), target, Conversion.Options.of(type), console);
        }
    }

    private static void convert(ModelSource source, String name, Path target, Conversion.Options options,
            Console console) throws IOException {
        long bytes = 0;
        for (Path file : source.files()) {
            bytes += Files.size(file);
        }
        source.notes().forEach(note -> console.say(name + ": " + note));
        try (Progress progress = Progress.begin(console, "converting " + name, bytes)) {
            long all = bytes;
            Conversion.convert(source, target, options,
                    (done, total) -> progress.at(total == 0 ? all : (long) ((double) done / total * all)));
            progress.finish();
        }
    }
}
