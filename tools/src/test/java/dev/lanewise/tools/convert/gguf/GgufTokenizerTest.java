package dev.lanewise.tools.convert.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.StreamDecoder;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** A GGUF model of keys alone. */
    private record Keys(Map<String, Object> metadata) implements GgufModel {
        @Override
        public String format() {
            return "GGUF file";
        }

        @Override
        public List<Path> files() {
            return List.of(Path.of("some.gguf"));
        }

        @Override
        public long size() {
            return 0;
        }

        @Override
        public Map<String, GgufTensor> tensors() {
            return Map.of();
        }

        @Override
        public Optional<Tokenizer> tokenizer() {
            return GgufTokenizer.of(this);
        }

        @Override
        public void close() {}
    }

    private static Map<String, Object> keys(String kind) {
        Map<String, Object> keys = new HashMap<>();
        keys.put("tokenizer.ggml.model", kind);
        keys.put("tokenizer.ggml.tokens", new String[]{"<unk>", "<s>", "</s>", "a", "b", "ab", "<|im_end|>"});
        keys.put("tokenizer.ggml.token_type", new long[]{2, 3, 3, 1, 1, 1, 1});
        keys.put("tokenizer.ggml.scores", new double[]{0, 0, 0, -1, -2, -3, 0});
        keys.put("tokenizer.ggml.merges", new String[]{"a b"});
        keys.put("tokenizer.ggml.pre", "gpt-2");
        keys.put("tokenizer.ggml.bos_token_id", 1L);
        keys.put("tokenizer.ggml.eos_token_id", 2L);
        return keys;
    }

    @Test
    void tokensThatBeginAndEndATextAreKnown() {
        Tokenizer tokenizer = GgufTokenizer.of(new Keys(keys("gpt2"))).orElseThrow();
        assertEquals(1, tokenizer.control().begin());
        assertEquals(2, tokenizer.control().end());
        assertArrayEquals(new int[]{2, 6}, tokenizer.control().stops());
        assertArrayEquals(new int[]{5}, tokenizer.encode("ab", EncodeOptions.DEFAULT).copyOfIds());
        Map<String, Object> keys = keys("llama");
        keys.put("tokenizer.ggml.add_eos_token", true);
        keys.put("tokenizer.ggml.add_space_prefix", false);
        assertArrayEquals(new int[]{1, 5, 6, 2},
                GgufTokenizer.of(new Keys(keys)).orElseThrow().encode("ab<|im_end|>", EncodeOptions.DEFAULT)
                        .copyOfIds());
        assertTrue(GgufTokenizer.of(new Keys(Map.of())).isEmpty());
    }

    private static Stream<Arguments> wrongKeys() {
        return Stream.of(Arguments.of("gpt2", "tokens", null), Arguments.of("gpt2", "tokens", new String[0]),
                Arguments.of("gpt2", "tokens", new String[]{"a", "a"}), Arguments.of("gpt2", "tokens", new long[]{1}),
                Arguments.of("gpt2", "token_type", new long[]{1}), Arguments.of("gpt2", "token_type", "none"),
                Arguments.of("gpt2", "merges", null), Arguments.of("gpt2", "merges", new String[]{"ab"}),
                Arguments.of("gpt2", "merges", new String[]{"a c"}),
                Arguments.of("gpt2", "merges", new String[]{"b a"}),
                Arguments.of("gpt2", "bos_token_id", 7L), Arguments.of("gpt2", "eos_token_id", -2L),
                Arguments.of("gpt2", "eos_token_id", "x"), Arguments.of("gpt2", "pre", 1L),
                Arguments.of("gpt2", "add_bos_token", 1L), Arguments.of("llama", "scores", null),
                Arguments.of("llama", "scores", new double[]{1}), Arguments.of("llama", "unknown_token_id", 1L << 40),
                Arguments.of("llama", "scores", new double[]{0, 0, 0, Double.NaN, 0, 0, 0}),
                Arguments.of("bert", "cls_token_id", 9L), Arguments.of("bert", "padding_token_id", 0L));
    }

    @ParameterizedTest
    @MethodSource("wrongKeys")
    void wrongKeysAreRefused(String kind, String key, Object value) {
        Map<String, Object> keys = keys(kind);
        keys.remove("tokenizer.ggml." + key);
        if (value != null) {
            keys.put("tokenizer.ggml." + key, value);
        }
        assertThrows(ModelFormatException.class, () -> GgufTokenizer.of(new Keys(keys)));
    }

    @Test
    void unknownKindsAreRefusedByName() {
        for (String kind : List.of("t5", "rwkv")) {
            assertTrue(assertThrows(UnsupportedModelException.class, () -> GgufTokenizer.of(new Keys(keys(kind))))
                    .getMessage().contains(kind));
        }
        Map<String, Object> keys = keys("gpt2");
        keys.put("tokenizer.ggml.pre", "superbpe");
        assertTrue(assertThrows(UnsupportedModelException.class, () -> GgufTokenizer.of(new Keys(keys)))
                .getMessage().contains("superbpe"));
    }

    /** Every name that is known stands for patterns that can be made. */
    @ParameterizedTest
    @ValueSource(strings = {"", "default", "llama-bpe", "glm4", "gpt-2", "smollm", "qwen2", "qwen35", "falcon",
            "deepseek-llm",
            "deepseek-coder", "deepseek-v3", "bloom", "viking", "tekken", "gpt-4o", "chameleon", "bailingmoe",
            "seed-coder",
            "minicpm5", "command-r", "starcoder", "refact", "dbrx", "roberta-bpe", "deepseek-r1-qwen"})
    void everyNameStandsForPatterns(String name) {
        Map<String, Object> keys = keys("gpt2");
        keys.put("tokenizer.ggml.pre", name);
        Tokenizer tokenizer = GgufTokenizer.of(new Keys(keys)).orElseThrow();
        assertEquals("ab", tokenizer.decode(tokenizer.encode("ab", PLAIN).copyOfIds(), true));
    }
}
