package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.EmbedderOptions;
import dev.lanewise.Model;
import dev.lanewise.models.Catalogue;
import dev.lanewise.models.CatalogueEntry;
import dev.lanewise.models.GoldenEmbedding;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every encoder of the catalogue against what ONNX Runtime makes of its original graph. No test fetches one: it is taken from the
 * user's cache, or from Maven's local repository.
 */
class CatalogueGoldenTest {
    /** Of an element of a vector of length 1, in float32. */
    private static final double TOLERANCE = 1e-5;
    /** Graphs in 8 bits round the inputs of their products to 8 bits too; Lanewise does not. */
    private static final double INT8_COSINE = 0.99;

    @TempDir
    Path work;

    @TestFactory
    Stream<DynamicTest> vectorsEqualOnnxRuntime() {
        return Catalogue.entries().stream().filter(entry -> !entry.goldenEmbeddings().isEmpty())
                .map(entry -> DynamicTest.dynamicTest(entry.name(), () -> check(entry)));
    }

    private void check(CatalogueEntry entry) throws IOException {
        Path lane = lane(entry);
        boolean codes;
        Tokenizer tokenizer;
        try (LaneFile file = LaneFile.open(lane)) {
            codes = file.directory().values().stream().anyMatch(tensor -> tensor.info().type() == DataType.INT8);
            tokenizer = Tokenizer.read(file.metadata().reader(TokenizerSpec.PREFIX));
        }
        assertEquals(entry.name().endsWith("-q"), codes);
        try (Model model = Model.open(lane)) {
            for (GoldenEmbedding golden : entry.goldenEmbeddings()) {
                assertArrayEquals(golden.ids(), tokenizer.encode(golden.text(), EncodeOptions.DEFAULT).copyOfIds());
                float[] found = model.embedder(EmbedderOptions.defaults().withPrompt("")).embed(golden.text());
                double cosine = 0;
                for (int i = 0; i < found.length; i++) {
                    cosine += (double) golden.vector()[i] * found[i];
                    assertEquals(golden.vector()[i], found[i], codes ? 1 : TOLERANCE, golden.text());
                }
                assertTrue(cosine >= (codes ? INT8_COSINE : 1 - TOLERANCE), golden.text() + ": " + cosine);
            }
        }
    }

    private Path lane(CatalogueEntry entry) throws IOException {
        Optional<Path> cached = CatalogueModels.cached(entry);
        if (cached.isPresent()) {
            return cached.get();
        }
        String[] place = entry.source().coordinates().split(":");
        Path jar = Path.of(System.getProperty("maven.repo.local", System.getProperty("user.home") + "/.m2/repository"))
                .resolve(place[0].replace('.', '/')).resolve(place[1]).resolve(place[2])
                .resolve(place[1] + "-" + place[2] + ".jar");
        assumeTrue(Files.exists(jar), () -> "skipped: the weights are not here; 'lanewise models fetch " + entry.name()
                + "' gets them");
        return CatalogueModels.converted(entry.name(), jar.toString(), work);
    }
}
