package dev.lanewise.tools.convert.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.TokenizerWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Unigram models, and the rules they normalise by, against Hugging Face's own library: ids, types and offsets. */
class UnigramReferenceTest {
    private static final List<String> ADDED = List.of("<s>", "</s>", "<unk>", "<pad>", "<0x41>", "\u2581",
            "\u2581\u2581",
            "  ", "\r\n", "\uFF1Cs\uFF1E", "\u2122\u001E", "\u001E\u2122", "\u1100\u1161\u11A8", "e\u0301",
            "\uFB00\u0301");

    private static List<String> texts(int count, long seed) {
        TokenizerFuzz fuzz = new TokenizerFuzz(seed, ADDED);
        return Stream.generate(fuzz::text).limit(count).toList();
    }

    private static ObjectNode json(boolean bytes, boolean ties) throws IOException {
        return UnigramJson.of(texts(2_000, 20270201), bytes, ties, 20270202);
    }

    @TestFactory
    Stream<DynamicTest> generatedTexts() {
        return Stream.of("ties", "doubles", "bytes", "t5", "xlm-roberta", "albert", "first", "undivided")
                .map(name -> DynamicTest
                        .dynamicTest(name, () -> {
                            ObjectNode json = json(name.equals("bytes"), name.equals("ties"));
                            switch (name) {
                                case "t5" -> {
                                    json.set("normalizer", BpeJson.JSON.readTree(UnigramJson.normalizer(0x3400)));
                                    json.set("pre_tokenizer",
                                            BpeJson.JSON.readTree("{\"type\":\"Sequence\",\"pretokenizers\":"
                                                    + "[{\"type\":\"WhitespaceSplit\"}," + UnigramJson.METASPACE
                                                    + "]}"));
                                }
                                case "xlm-roberta" ->
                                    json.set("normalizer", BpeJson.JSON.readTree(UnigramJson.normalizer(0x10000)));
                                case "albert" -> json.set("normalizer", BpeJson.JSON.readTree("{\"type\":\"Sequence\","
                                        + "\"normalizers\":[{\"type\":\"Replace\",\"pattern\":{\"String\":\"``\"},\"content\":\"\\\"\"},"
                                        + "{\"type\":\"NFKD\"},{\"type\":\"StripAccents\"},{\"type\":\"Lowercase\"},"
                                        + UnigramJson.normalizer(0x3400) + "]}"));
                                case "first" -> json.set("pre_tokenizer", BpeJson.JSON.readTree(
                                        UnigramJson.METASPACE.replace("always", "first")));
                                case "undivided" -> json.set("pre_tokenizer", BpeJson.JSON.readTree(
                                        UnigramJson.METASPACE.replace("\"split\":true", "\"split\":false")));
                                default -> {
                                    // As it is.
                                }
                            }
                            try (ReferenceTokenizer both = new ReferenceTokenizer(BpeJson.bytes(json))) {
                                both.assertSame(texts(20_000, 20270203), true);
                            }
                        }));
    }

    @Test
    void generatedPairs_whole_andTruncatedInBothWays() throws IOException {
        ObjectNode json = json(false, true);
        json.set("normalizer", BpeJson.JSON.readTree(UnigramJson.normalizer(0x3400)));
        ReferenceTokenizer.assertSamePairs(BpeJson.bytes(json), texts(20_000, 20270205), texts(20_000, 20270206));
    }

    /** Rules meet every character, next to every other kind: where clusters begin and end decides. */
    @Test
    void everyCharacter() throws IOException {
        ObjectNode json = json(false, false);
        json.set("normalizer", BpeJson.JSON.readTree(UnigramJson.normalizer(0x10000)));
        json.putNull("pre_tokenizer");
        List<String> texts = new ArrayList<>();
        for (int from = 1; from < 0x110000; from += 64) {
            StringBuilder text = new StringBuilder();
            StringBuilder apart = new StringBuilder();
            for (int c = from; c < from + 64; c++) {
                if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE && c < 0x110000) {
                    text.appendCodePoint(c);
                    apart.append("\u00B4a").appendCodePoint(c).append('\u0344');
                }
            }
            if (!text.isEmpty()) {
                texts.add(text.toString());
                texts.add(apart.toString());
            }
        }
        try (ReferenceTokenizer both = new ReferenceTokenizer(BpeJson.bytes(json))) {
            both.assertSame(texts, true);
        }
    }

    @Test
    void decodes_andSurvivesTheFile() throws IOException {
        ObjectNode json = json(false, false);
        json.set("normalizer", BpeJson.JSON.readTree(UnigramJson.normalizer(0x3400)));
        try (ReferenceTokenizer both = new ReferenceTokenizer(BpeJson.bytes(json))) {
            Metadata.Builder out = Metadata.builder();
            TokenizerWriter.write(both.ours, out);
            Tokenizer read = Tokenizer.read(out.build().reader(TokenizerSpec.PREFIX));
            for (String text : texts(2_000, 20270204)) {
                int[] ids = both.ours.encode(text, EncodeOptions.DEFAULT).copyOfIds();
                assertArrayEquals(ids, read.encode(text, EncodeOptions.DEFAULT).copyOfIds());
                assertEquals(both.decode(ids, false), read.decode(ids, false));
                assertEquals(both.decode(ids, true), read.decode(ids, true));
            }
        }
    }
}
