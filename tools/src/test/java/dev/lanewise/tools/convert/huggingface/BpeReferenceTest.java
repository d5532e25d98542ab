package dev.lanewise.tools.convert.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.StreamDecoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Byte pair encoding against Hugging Face's own library: ids, types and offsets, for the ways in which published models divide
 * text. The seeds are fixed, and a failure prints the text.
 */
class BpeReferenceTest {
    private static final String BYTES = """
            {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""";
    private static final String GPT2 = """
            {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""";
    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

    /** How published models divide text, by the names that llama.cpp gives them. */
    private static Stream<String[]> published() {
        return Stream.of(new String[]{"gpt-2", GPT2},
                new String[]{"roberta", GPT2.replace("\"add_prefix_space\":false", "\"add_prefix_space\":true")},
                new String[]{"llama-bpe", split(CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
                        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+")},
                new String[]{"qwen2", split(CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
                        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+")},
                new String[]{"gpt-4o", split("[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*"
                        + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+" + CONTRACTIONS + "?|[^\\r\\n\\p{L}\\p{N}]?"
                        + "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*" + CONTRACTIONS
                        + "?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+")},
                new String[]{"cl100k", split("'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}"
                        + "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+")
                        .replace("(?i:[sdmt]", "(?i:s|d|m|t")},
                new String[]{"smollm", sequence("{\"type\":\"Digits\",\"individual_digits\":true}", GPT2)},
                new String[]{"falcon", sequence("{\"type\":\"Punctuation\",\"behavior\":\"Contiguous\"}", GPT2,
                        "{\"type\":\"Digits\",\"individual_digits\":false}",
                        split("[0-9][0-9][0-9]", "Isolated"))},
                new String[]{"deepseek-coder", sequence(split("[\\r\\n]", "Isolated"), split("\\s?\\p{L}+", "Isolated"),
                        split("\\s?\\p{P}+", "Isolated"),
                        split("[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+", "Isolated"),
                        "{\"type\":\"Digits\",\"individual_digits\":true}", BYTES)},
                new String[]{"deepseek-llm", sequence(split("[\\r\\n]", "Isolated"),
                        split("\\s?[A-Za-z\u00B5\u00C0-\u00D6]+", "Isolated"),
                        split("\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+", "Isolated"),
                        split("\\s+$", "Isolated"), BYTES)},
                new String[]{"deepseek-v3", sequence(split("\\p{N}{1,3}", "Isolated"),
                        split("[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+", "Isolated"),
                        split("[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                                + "| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", "Isolated"),
                        BYTES)},
                new String[]{"bloom",
                        sequence(split(" ?[^(\\s|[.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C])]+", "Isolated"),
                                BYTES)},
                new String[]{"whitespace", sequence("{\"type\":\"Whitespace\"}", BYTES)},
                new String[]{"removed", sequence(split("\\s+", "Removed"), BYTES)},
                new String[]{"merged", sequence(split("[,.;:!? ]", "MergedWithPrevious"),
                        split("[A-Z]", "MergedWithNext"), BYTES)});
    }

    private static String split(String pattern) {
        return sequence(split(pattern, "Isolated"), BYTES);
    }

    private static String split(String pattern, String behavior) {
        ObjectNode split = BpeJson.JSON.createObjectNode();
        split.put("type", "Split").putObject("pattern").put("Regex", pattern);
        return split.put("behavior", behavior).put("invert", false).toString();
    }

    private static String sequence(String... parts) {
        return "{\"type\":\"Sequence\",\"pretokenizers\":[" + String.join(",", parts) + "]}";
    }

    private static List<String> texts(int count, long seed) {
        TokenizerFuzz fuzz = new TokenizerFuzz(seed, List.of("<|endoftext|>", "<s>", "</s>", "12345", "3.14", "\n\n",
                "  ", "I'LL", "we've", "'S", "\u00B2\u00BD", "\r\n", "fooBarBAZ"));
        return Stream.generate(fuzz::text).limit(count).toList();
    }

    @TestFactory
    Stream<DynamicTest> generatedTexts() {
        return published().map(model -> DynamicTest.dynamicTest(model[0], () -> {
            try (ReferenceTokenizer both = new ReferenceTokenizer(
                    BpeJson.bytes(BpeJson.byteLevel("gpt-2", model[1])))) {
                both.assertSame(texts(20_000, 20270101), true);
            }
        }));
    }

    /** As RoBERTa has them: two separators between, and one type. */
    @Test
    void generatedPairs_whole_andTruncatedInBothWays() throws IOException {
        ObjectNode json = BpeJson.byteLevel("gpt-2", GPT2);
        String[] ends = new String[3];
        json.at("/model/vocab").properties().forEach(piece -> {
            if (piece.getValue().intValue() < ends.length) {
                ends[piece.getValue().intValue()] = piece.getKey();
            }
        });
        ObjectNode processor = json.putObject("post_processor").put("type", "RobertaProcessing")
                .put("trim_offsets", true).put("add_prefix_space", false);
        processor.putArray("cls").add(ends[0]).add(0);
        processor.putArray("sep").add(ends[2]).add(2);
        ReferenceTokenizer.assertSamePairs(BpeJson.bytes(json), texts(20_000, 20270107), texts(20_000, 20270108));
    }

    /**
     * Every character is, or is not, of every class that patterns name: those that are, are removed, and the rest of a text is a
     * token for each stretch, whose offsets are compared. Pieces of it would say no more and take ten times as long.
     */
    @TestFactory
    Stream<DynamicTest> classesOfCharacters() {
        return Stream.of("\\p{L}", "\\p{Lu}", "\\p{Ll}", "\\p{M}", "\\p{N}", "\\p{P}",
                "\\p{S}", "\\s", "\\w", "(?i:s|k|d)").map(name -> DynamicTest.dynamicTest(name, () -> {
                    ObjectNode json = BpeJson.unknown();
                    json.set("pre_tokenizer", BpeJson.JSON.readTree(split(name, "Removed")));
                    try (ReferenceTokenizer both = new ReferenceTokenizer(BpeJson.bytes(json))) {
                        both.assertSame(everyCharacter(), true);
                    }
                }));
    }

    /** Texts in which every character follows another of each kind. */
    private static List<String> everyCharacter() {
        List<String> texts = new ArrayList<>();
        for (int from = 0; from < 0x110000; from += 256) {
            StringBuilder text = new StringBuilder();
            for (int c = from; c < from + 256; c++) {
                if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
                    text.appendCodePoint(c);
                }
            }
            if (!text.isEmpty()) {
                texts.add(text.toString());
            }
        }
        return texts;
    }

    /** Special tokens in the text, tokens around it, words that are pieces taken whole. */
    @Test
    void deepseekCoder_withItsOwnTokens() throws IOException {
        ObjectNode json = BpeJson.byteLevel("deepseek-coder",
                published().filter(model -> model[0].equals("deepseek-coder"))
                        .findFirst().orElseThrow()[1]);
        json.set("post_processor", BpeJson.JSON.readTree(
                """
                        {"type":"Sequence","processors":[
                        {"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},
                        {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"B","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
                        "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
                        "special_tokens":{"B":{"id":"B","ids":[32013],"tokens":["B"]}}}]}"""));
        ((ObjectNode) json.get("model")).put("ignore_merges", true);
        List<String> added = new ArrayList<>();
        json.get("added_tokens").forEach(token -> added.add(token.get("content").textValue()));
        TokenizerFuzz fuzz = new TokenizerFuzz(20270102, added);
        try (ReferenceTokenizer both = new ReferenceTokenizer(BpeJson.bytes(json))) {
            both.assertSame(Stream.generate(fuzz::text).limit(20_000).toList(), true);
        }
    }

    /** SentencePiece's BPE, in the ways that files write its spaces. */
    @TestFactory
    Stream<DynamicTest> sentencePiece() {
        return Stream.of("prepend", "always", "first", "never", "always, undivided")
                .map(spaces -> DynamicTest.dynamicTest(spaces, () -> {
                    ObjectNode json = BpeJson.sentence("llama-spm");
                    if (!spaces.equals("prepend")) {
                        json.putNull("normalizer");
                        json.putObject("pre_tokenizer").put("type", "Metaspace").put("replacement", "\u2581")
                                .put("prepend_scheme", spaces.split(",")[0])
                                .put("split", !spaces.contains("undivided"));
                        json.set("decoder", json.get("pre_tokenizer"));
                    }
                    try (ReferenceTokenizer both = new ReferenceTokenizer(BpeJson.bytes(json))) {
                        both.assertSame(texts(20_000, 20270103), true);
                        for (String text : texts(2_000, 20270104)) {
                            int[] ids = both.ours.encode(text, EncodeOptions.DEFAULT).copyOfIds();
                            assertEquals(both.decode(ids, false), both.ours.decode(ids, false));
                            assertEquals(both.decode(ids, true), both.ours.decode(ids, true));
                        }
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> normalizers() {
        return Stream
                .of("{\"type\":\"NFC\"}", "{\"type\":\"NFD\"}", "{\"type\":\"NFKC\"}", "{\"type\":\"NFKD\"}",
                        "{\"type\":\"Lowercase\"}",
                        "{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true}",
                        "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" {2,}\"},\"content\":\"-\"}")
                .map(normalizer -> DynamicTest.dynamicTest(normalizer, () -> {
                    ObjectNode json = BpeJson.byteLevel("gpt-2", GPT2);
                    json.set("normalizer", BpeJson.JSON.readTree(normalizer));
                    try (ReferenceTokenizer both = new ReferenceTokenizer(BpeJson.bytes(json))) {
                        both.assertSame(texts(4_000, 20270105), true);
                        both.assertSame(everyCharacter(), true);
                    }
                }));
    }

    @Test
    void decodes() throws IOException {
        SplittableRandom random = new SplittableRandom(20270106);
        try (ReferenceTokenizer both = new ReferenceTokenizer(BpeJson.bytes(BpeJson.byteLevel("gpt-2", GPT2)))) {
            for (int i = 0; i < 5_000; i++) {
                int[] ids = random.ints(random.nextInt(30), 0, both.ours.size()).toArray();
                String expected = both.decode(ids, true);
                assertEquals(expected, both.ours.decode(ids, true));
                StreamDecoder stream = new StreamDecoder(both.ours, true);
                StringBuilder out = new StringBuilder();
                for (int id : ids) {
                    out.append(stream.push(id));
                }
                assertEquals(expected, out.append(stream.finish()).toString());
            }
        }
    }
}
