package dev.lanewise.tools.convert.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.StreamDecoder;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The vocabulary tests of llama.cpp: its own vocabularies, texts and ids. */
class GgufTokenizerTest {
    private static final EncodeOptions PLAIN = new EncodeOptions(false, false);

    static Tokenizer open(Path file) throws IOException {
        try (GgufFile gguf = GgufFile.open(file)) {
            return GgufTokenizer.of(gguf).orElseThrow();
        }
    }

    static List<Path> vocabularies() throws IOException {
        Path folder = TestModels.shared("llama.cpp-vocab");
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".gguf")).sorted().toList();
        }
    }

    static String[] texts(Path gguf) throws IOException {
        return Files.readString(Path.of(gguf + ".inp")).split("\n__ggml_vocab_test__\n", -1);
    }

    @TestFactory
    List<DynamicTest> vocabularyTestsOfLlamaCpp() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path gguf : vocabularies()) {
            if (Files.exists(Path.of(gguf + ".inp"))) {
                tests.add(DynamicTest.dynamicTest(gguf.getFileName().toString(), () -> same(gguf)));
            }
        }
        assertTrue(tests.size() >= 4, "vocabularies with texts and ids");
        return tests;
    }

    private static void same(Path gguf) throws IOException {
        Tokenizer tokenizer = open(gguf);
        String[] texts = texts(gguf);
        String[] lines = Files.readString(Path.of(gguf + ".out")).split("\n", -1);
        assertTrue(texts.length > 40);
        for (int i = 0; i < texts.length; i++) {
            int[] expected = Arrays.stream(lines[i].strip().split(" ")).filter(id -> !id.isEmpty())
                    .mapToInt(Integer::parseInt).toArray();
            assertArrayEquals(expected, tokenizer.encode(texts[i], PLAIN).copyOfIds(), texts[i]);
        }
    }

    /** What a text becomes, and back: the text itself, whether the ids come one by one or together. */
    @TestFactory
    Stream<DynamicTest> decodes() throws IOException {
        return vocabularies().stream().filter(gguf -> !gguf.toString().contains("bert"))
                .map(gguf -> DynamicTest.dynamicTest(gguf.getFileName().toString(), () -> {
                    Tokenizer tokenizer = open(gguf);
                    for (String text : texts(TestModels.shared("llama.cpp-vocab/ggml-vocab-gpt-2.gguf"))) {
                        int[] ids = tokenizer.encode(text, PLAIN).copyOfIds();
                        assertEquals(text, tokenizer.decode(ids, true));
                        StreamDecoder stream = new StreamDecoder(tokenizer, true);
                        StringBuilder out = new StringBuilder();
                        for (int id : ids) {
                            String part = stream.push(id);
                            assertTrue(part.indexOf('\uFFFD') < 0, part);
                            out.append(part);
                        }
                        assertEquals(text, out.append(stream.finish()).toString());
                    }
                }));
    }
}
