package dev.lanewise.tools.convert.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokens;
import dev.lanewise.tools.TestModels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids, types and offsets against Hugging Face's own library. The seeds are fixed, and a failure prints the text. */
class TokenizerReferenceTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ObjectNode miniLm() throws IOException {
        ObjectNode json = (ObjectNode) JSON.readTree(TestModels.resource(TestModels.MINILM_TOKENIZER));
        json.putNull("truncation");
        json.putNull("padding");
        return json;
    }

    /** The same, but the vocabulary knows every character that normalising can give, so that ids tell them all apart. */
    private static ObjectNode everyCharacter() throws IOException {
        ObjectNode json = miniLm();
        ObjectNode vocab = (ObjectNode) json.get("model").get("vocab");
        for (int c = 0; c < 0x20000; c++) {
            boolean ideograph = Character.isIdeographic(c) || c >= 0xAC00 && c < 0xF900;
            if (!ideograph && Character.isDefined(c)) {
                for (String piece : List.of(Character.toString(c), "##" + Character.toString(c))) {
                    if (!vocab.has(piece)) {
                        vocab.put(piece, vocab.size());
                    }
                }
            }
        }
        return json;
    }

    private static ObjectNode normalizer(ObjectNode json, boolean clean, boolean chinese, Boolean strip,
            boolean lowercase) {
        ((ObjectNode) json.get("normalizer")).put("clean_text", clean).put("handle_chinese_chars", chinese)
                .put("strip_accents", strip).put("lowercase", lowercase);
        return json;
    }

    private static ReferenceTokenizer open(ObjectNode json) throws IOException {
        return new ReferenceTokenizer(JSON.writeValueAsBytes(json));
    }

    private static List<String> texts(int count, long seed, List<String> added) {
        TokenizerFuzz fuzz = new TokenizerFuzz(seed, added);
        return Stream.generate(fuzz::text).limit(count).toList();
    }

    @Test
    void generatedTexts() throws IOException {
        try (ReferenceTokenizer both = open(miniLm())) {
            both.assertSame(texts(20_000, 20260101, List.of()), true);
            both.assertSame(texts(2_000, 20260102, List.of()), false);
        }
    }

    /** Every text differs: the first is named when all have ended, and theirs is closed then, not while a thread is in it. */
    @Test
    void whatDiffers_isSaid() throws IOException {
        byte[] json = JSON.writeValueAsBytes(miniLm());
        List<String> texts = IntStream.range(0, 20_000).mapToObj(i -> (i + " ").repeat(9)).toList();
        AssertionError said = assertThrows(AssertionError.class, () -> {
            try (ReferenceTokenizer both = new ReferenceTokenizer(json,
                    Map.of("truncation", "LONGEST_FIRST", "maxLength", "9", "padding", "false"))) {
                both.assertSame(texts, true);
            }
        });
        assertTrue(said.getMessage().contains("in \"0\\u{20}0\\u{20}0"), said.getMessage());
    }

    @Test
    void generatedPairs_whole_andTruncatedInBothWays() throws IOException {
        byte[] json = JSON.writeValueAsBytes(miniLm());
        List<String> first = texts(20_000, 20260111, List.of());
        List<String> second = texts(20_000, 20260112, List.of());
        ReferenceTokenizer.assertSamePairs(json, first, second);
    }

    @ParameterizedTest(name = "clean {0}, Chinese {1}, strip {2}, lower {3}")
    @CsvSource({"true,true,,true", "true,true,,false", "true,false,true,false", "false,true,true,true",
            "false,false,false,false", "true,true,false,true"})
    void generatedTexts_ofEveryNormalizer(boolean clean, boolean chinese, Boolean strip, boolean lowercase)
            throws IOException {
        try (ReferenceTokenizer both = open(normalizer(everyCharacter(), clean, chinese, strip, lowercase))) {
            both.assertSame(texts(4_000, 20260103, List.of()), true);
        }
    }

    /** Marks alone: the order they are put into, and what remains of them, with the origins the reference gives them. */
    @Test
    void runsOfMarks() throws IOException {
        SplittableRandom random = new SplittableRandom(20260104);
        List<String> marks = new ArrayList<>();
        for (int c = 0x300; c < 0x1F000; c++) {
            int type = Character.getType(c);
            if (type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK) {
                marks.add(Character.toString(c));
            }
        }
        List<String> often = List.of("\u302E", "\uD834\uDD65", "\uD834\uDD6D", "\u0344", "\u0F73", "\u1DFB", "\u1B44");
        List<String> starters = List.of("a", "\u01D6", "\uAC01", "\u8C48", "\uF900", "\uD834\uDD60", " ", "\u0001",
                "\u200B");
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(1, 20); n > 0; n--) {
                text.append(switch (random.nextInt(5)) {
                    case 0 -> starters.get(random.nextInt(starters.size()));
                    case 1, 2 -> often.get(random.nextInt(often.size()));
                    default -> marks.get(random.nextInt(marks.size()));
                });
            }
            texts.add(text.toString());
        }
        try (ReferenceTokenizer both = open(everyCharacter())) {
            both.assertSame(texts, false);
        }
    }

    @ParameterizedTest(name = "clean {0}, strip and lower {1}")
    @CsvSource({"true,true", "false,false"})
    void everyCodePoint_aloneAndInsideAWord(boolean clean, boolean uncased) throws IOException {
        List<String> texts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int c = 0; c < 0x110000; c++) {
            // Nothing is assigned in the tail of the code space but at its edges: once is enough for all of it.
            boolean tail = c >= 0x32000 && c < 0xE0000 || c >= 0xE2000 && c < 0x10FF00;
            if (c >= 0xD800 && c < 0xE000 || tail && !uncased && c % 61 != 0) {
                continue;
            }
            text.appendCodePoint(c).append(" a").appendCodePoint(c).append("b ");
            if (text.length() > 1000) {
                texts.add(text.toString());
                text.setLength(0);
            }
        }
        texts.add(text.toString());
        try (ReferenceTokenizer both = open(normalizer(everyCharacter(), clean, true, uncased, uncased))) {
            both.assertSame(texts, false);
        }
    }

    /** Tokens with every combination of flags, many that overlap, in texts that are made of them. */
    @Test
    void addedTokensOfEveryKind() throws IOException {
        ObjectNode json = miniLm();
        ArrayNode added = (ArrayNode) json.get("added_tokens");
        JsonNode vocab = json.get("model").get("vocab");
        int id = vocab.size();
        List<String> contents = new ArrayList<>();
        for (int flags = 0; flags < 32; flags++) {
            String content = List.of("Foo", "\u00C9t\u00E9 ", "x y", "<|\u4E2D|>").get(flags % 4) + flags;
            contents.addAll(List.of(content, content.toUpperCase(Locale.ROOT)));
            added.addObject().put("id", id++).put("content", content).put("single_word", (flags & 1) != 0)
                    .put("lstrip", (flags & 2) != 0).put("rstrip", (flags & 4) != 0).put("normalized", (flags & 8) != 0)
                    .put("special", (flags & 16) != 0);
        }
        for (String content : List.of("ab", "abc", "bcd", "e", " ", "\u3000q")) {
            contents.add(content);
            added.addObject().put("id", vocab.has(content) ? vocab.get(content).intValue() : id++)
                    .put("content", content).put("single_word", false).put("lstrip", false)
                    .put("rstrip", content.equals("e")).put("normalized", content.equals("bcd"))
                    .put("special", content.equals("abc"));
        }
        try (ReferenceTokenizer both = open(json)) {
            both.assertSame(texts(6_000, 20260105, contents), true);
        }
    }

    /** Special tokens as text: what the reference does if it knows none. */
    @Test
    void specialTokensNotParsed() throws IOException {
        ObjectNode json = miniLm();
        json.putArray("added_tokens");
        ReferenceTokenizer all = open(miniLm());
        try (all; ReferenceTokenizer none = open(json)) {
            EncodeOptions literal = EncodeOptions.DEFAULT.withParseSpecial(false);
            List<String> texts = texts(3_000, 20260106, List.of("[SEP]", "[MASK]"));
            none.assertSame(texts, true);
            for (String text : texts) {
                Tokens expected = none.ours.encode(text, literal);
                Tokens found = all.ours.encode(text, literal);
                assertArrayEquals(expected.copyOfIds(), found.copyOfIds(), text);
                for (int i = 0; i < found.size(); i++) {
                    assertEquals(expected.start(i), found.start(i), text);
                    assertEquals(expected.end(i), found.end(i), text);
                }
            }
        }
    }

    /** Without a decoder, pieces are joined by spaces. */
    @ParameterizedTest(name = "with a decoder {0}")
    @ValueSource(booleans = {true, false})
    void decodes(boolean decoder) throws IOException {
        SplittableRandom random = new SplittableRandom(20260107);
        ObjectNode json = miniLm();
        if (!decoder) {
            json.putNull("decoder");
        }
        try (ReferenceTokenizer both = open(json)) {
            int size = both.ours.size();
            List<String> texts = texts(500, 20260108, List.of("do not", "it 's", "they ' re", "( a ) !"));
            for (String text : texts) {
                int[] ids = both.ours.encode(text, EncodeOptions.DEFAULT).copyOfIds();
                assertEquals(both.decode(ids, true), both.ours.decode(ids, true));
                assertEquals(both.decode(ids, false), both.ours.decode(ids, false));
            }
            for (int i = 0; i < 500; i++) {
                int[] ids = random.ints(random.nextInt(30), 0, size).toArray();
                assertEquals(both.decode(ids, true), both.ours.decode(ids, true));
                assertEquals(both.decode(ids, false), both.ours.decode(ids, false));
            }
        }
    }
}
