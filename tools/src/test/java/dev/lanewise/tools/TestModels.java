package dev.lanewise.tools;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Where tests find real models: resources of a test dependency, and the folder that lies beside the checkout. */
public final class TestModels {
    /** The tokenizer of all-minilm-l6-v2, a resource. */
    public static final String MINILM_TOKENIZER = "/all-minilm-l6-v2-tokenizer.json";

    private TestModels() {}

    /** The bytes of a resource. */
    public static byte[] resource(String name) {
        try (InputStream in = Objects.requireNonNull(TestModels.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file of {@code ../shared/models} beside the checkout; the test is skipped, saying so, where that is absent. */
    public static Path shared(String name) {
        Path root = Path.of("").toAbsolutePath();
        while (root != null && !Files.exists(root.resolve("engine/pom.xml"))) {
            root = root.getParent();
        }
        Path file = Objects.requireNonNull(root, "the checkout").resolveSibling("shared/models").resolve(name);
        assumeTrue(Files.exists(file), () -> "skipped: the reference data are not here: " + file);
        return file;
    }
}
