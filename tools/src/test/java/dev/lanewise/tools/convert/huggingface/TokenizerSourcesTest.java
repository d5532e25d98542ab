package dev.lanewise.tools.convert.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.LanewiseException;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.ControlTokens;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.Tokens;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code tokenizer.json} and {@code vocab.txt} may say, and what is refused. */
class TokenizerSourcesTest {
    private static final String JSON = """
            {"version":"1.0","truncation":{"max_length":3},"padding":null,
             "added_tokens":[{"id":1,"content":"[CLS]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
             "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
             "pre_tokenizer":{"type":"BertPreTokenizer"},
             "post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},
             "decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
             "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
              "vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"##b":4,"e":7}}}""";

    private static Tokenizer parse(String json) {
        return TokenizerJson.parse("some/tokenizer.json", json.getBytes(StandardCharsets.UTF_8));
    }

    private static int[] ids(Tokenizer tokenizer, String text) {
        return tokenizer.encode(text, EncodeOptions.DEFAULT).copyOfIds();
    }

    @Test
    void json_isRead_andItsTruncationIsNotApplied() {
        Tokenizer tokenizer = parse(JSON);
        assertArrayEquals(new int[]{1, 3, 4, 7, 1, 3, 2}, ids(tokenizer, "Ab \u00E9 [CLS] a"));
        assertEquals(8, tokenizer.size());
    }

    @Test
    void json_of2021_leavesTheTypeOfTheModelOut() {
        assertArrayEquals(new int[]{1, 3, 2}, ids(parse(JSON.replace("\"type\":\"WordPiece\",\"unk", "\"unk")), "a"));
    }

    @Test
    void json_withAnEmptyPiece_hasAGapThere() {
        Tokenizer tokenizer = parse(JSON.replace("\"a\":3", "\"\":3"));
        assertNull(tokenizer.piece(3));
        assertEquals(-1, tokenizer.id(""));
    }

    @Test
    void json_withoutNormalizerAndTemplate() {
        Tokenizer tokenizer = parse(JSON.replaceAll("\"normalizer\":\\{.*?\\}", "\"normalizer\":null")
                .replaceAll("\"post_processor\":\\{.*?\\}", "\"post_processor\":null"));
        assertArrayEquals(new int[]{3, 0}, ids(tokenizer, "a A"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "\"type\":\"BertNormalizer\"|\"type\":\"Nmt\"|normalizer is 'Nmt'; supported so far: BertNormalizer",
            "\"type\":\"BertPreTokenizer\"|\"type\":\"UnicodeScripts\"|pre_tokenizer is 'UnicodeScripts'",
            "{\"type\":\"BertPreTokenizer\"}|{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(?<=a)b\"},\"behavior\":\"Isolated\",\"invert\":false}|has the group '(?<=a)b'",
            "\"type\":\"BertProcessing\"|\"type\":\"Mystery\"|post_processor is 'Mystery'",
            "\"decoder\":{\"type\":\"WordPiece\"|\"decoder\":{\"type\":\"BPEDecoder\"|decoder is 'BPEDecoder'",
            "\"model\":{\"type\":\"WordPiece\"|\"model\":{\"type\":\"WordLevel\"|model is 'WordLevel'",
            "\"clean_text\"|\"new_flag\":1,\"clean_text\"|'normalizer.new_flag' is not supported",
            "\"version\"|\"surprise\":{},\"version\"|'surprise' is not supported",
            "\"version\":\"1.0\"|\"version\":\"2.0\"|version is '2.0'",
            "\"prefix\":\"##\"|\"prefix\":\"@@\"|decoder is one with a prefix"})
    void json_withSomethingUnsupported_isRefusedByName(String from, String to, String message) {
        assertTrue(JSON.contains(from));
        LanewiseException e = assertThrows(UnsupportedModelException.class, () -> parse(JSON.replace(from, to)));
        assertTrue(e.getMessage().startsWith("some/tokenizer.json: ") && e.getMessage().contains(message),
                e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "\"a\":3|\"a\":3,\"a\":5|JSON", "\"a\":3|\"a\":4|model.vocab.##b", "\"a\":3|\"a\":-1|model.vocab.a",
            "\"a\":3|\"a\":3.5|model.vocab.a", "\"a\":3|\"a\":1e99|model.vocab.a",
            "\"a\":3|\"a\":99999999999|model.vocab.a",
            "\"a\":3|\"a\":2097152|model.vocab.a", "\"a\":3|\"x\\ud800\":3|JSON",
            "\"version\":\"1.0\"|\"version\":1|version",
            "\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100|\"type\":\"Unigram\",\"unk_id\":0|model.vocab",
            "\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":true|\"type\":\"Precompiled\",\"precompiled_charsmap\":\"!\"|normalizer.precompiled_charsmap",
            "\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":true|\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"|precompiled_charsmap, size",
            "\"lowercase\":true|\"lowercase\":1|normalizer.lowercase",
            "\"lowercase\":true|\"lowercase\":null|normalizer.lowercase",
            "\"strip_accents\":null|\"strip_accents\":\"no\"|normalizer.strip_accents",
            "\"content\":\"[CLS]\"|\"content\":\"[SEP]\"|tokenizer.added.ids",
            "\"content\":\"[CLS]\"|\"content\":null|added_tokens[0].content",
            "\"unk_token\":\"[UNK]\"|\"unk_token\":\"x\"|tokenizer.unknown",
            "\"sep\":[\"[SEP]\",2]|\"sep\":[\"[SEP]\",5]|tokenizer.template.single.ids",
            "\"sep\":[\"[SEP]\",2]|\"sep\":[2]|post_processor.sep",
            "_word\":100|_word\":0|tokenizer.max_word", "\"vocab\":{|\"vocab\":[],\"x\":{|model.x"})
    void json_withWrongValues_isRefusedWithThePlace(String from, String to, String field) {
        assertTrue(JSON.contains(from));
        String json = JSON.replace(from, to);
        LanewiseException e = assertThrows(LanewiseException.class, () -> parse(json));
        assertTrue(e.getMessage().contains(field), e.getMessage());
        assertEquals(field.equals("model.x"), e instanceof UnsupportedModelException, e.getMessage());
    }

    @Test
    void json_thatIsNone_orTooDeep_isRefused() {
        for (String text : new String[]{"", " ", "[]", "null", "3", "{", JSON + "x", JSON + JSON, "[".repeat(100_000),
                "{\"a\":".repeat(100_000), "\u0000", "\uFEFF", JSON.substring(0, JSON.length() - 1)}) {
            assertThrows(ModelFormatException.class, () -> parse(text), text.substring(0, Math.min(9, text.length())));
        }
        assertThrows(ModelFormatException.class,
                () -> TokenizerJson.parse("f", new byte[]{'{', '"', (byte) 0xC3, '('}));
    }

    /** Every byte changed, and every length: a tokenizer or one of our failures, nothing else. */
    @Test
    void json_damagedAnywhere_neverFailsOtherwise() {
        SplittableRandom random = new SplittableRandom(20260111);
        byte[] good = JSON.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < good.length; i++) {
            for (int k = 0; k < 6; k++) {
                byte[] bad = good.clone();
                bad[i] = (byte) (k < 3 ? random.nextInt(256) : "\"{}[]:,0".charAt(random.nextInt(8)));
                readOrRefuse(bad);
            }
            readOrRefuse(Arrays.copyOf(good, i));
        }
    }

    private static void readOrRefuse(byte[] json) {
        try {
            ids(TokenizerJson.parse("f", json), "Ab [CLS]");
        } catch (LanewiseException e) {
            assertTrue(e.getMessage().startsWith("f"), e.getMessage());
        }
    }

    @Test
    void files_thatAreMissingOrTooLarge(@TempDir Path folder) throws IOException {
        assertThrows(IOException.class, () -> TokenizerJson.read(folder.resolve("none.json")));
        Path large = folder.resolve("large.json");
        try (RandomAccessFile out = new RandomAccessFile(large.toFile(), "rw")) {
            out.setLength(StrictJson.LARGEST + 1L);
        }
        assertThrows(ModelFormatException.class, () -> TokenizerJson.read(large));
    }

    /** As DeepSeek-R1-Distill-Qwen has them: the ids are Qwen's, the tokens that its template writes are not. */
    @Test
    void tokensThatAreSpelledOut_comeBeforeIds(@TempDir Path folder) throws IOException {
        Path json = Files.writeString(folder.resolve("tokenizer.json"), JSON);
        Files.writeString(folder.resolve("config.json"), "{\"bos_token_id\": 2, \"eos_token_id\": 2}");
        assertEquals("2 2 [2]", control(json));
        String tokens = "\"eos_token\": {\"content\": \"[CLS]\"}}";
        Path spelled = folder.resolve("tokenizer_config.json");
        Files.writeString(spelled, "{\"bos_token\": \"[CLS]\", " + tokens);
        assertEquals("1 1 [1, 2]", control(json));
        Files.writeString(spelled, "{\"bos_token\": null, " + tokens);
        assertEquals("-1 1 [1, 2]", control(json));
    }

    private static String control(Path json) throws IOException {
        ControlTokens control = TokenizerJson.read(json).control();
        return control.begin() + " " + control.end() + " " + Arrays.toString(control.stops());
    }

    /** Transformers passes no types where they are no input of the model: all are 0. */
    @Test
    void typesThatAreNoInput_areZero(@TempDir Path folder) throws IOException {
        Path json = Files.writeString(folder.resolve("tokenizer.json"), JSON);
        Path vocab = Files.writeString(folder.resolve("vocab.txt"), "[UNK]\n[CLS]\n[SEP]\na\ne");
        Path config = folder.resolve("tokenizer_config.json");
        for (String names : List.of("[\"input_ids\", \"token_type_ids\", \"attention_mask\"]", "null")) {
            Files.writeString(config, "{\"model_input_names\": " + names + "}");
            assertArrayEquals(new int[]{0, 0, 0, 1, 1}, types(TokenizerJson.read(json)));
            assertArrayEquals(new int[]{0, 0, 0, 1, 1}, types(VocabTxt.read(vocab)));
        }
        Files.writeString(config, "{\"model_input_names\": [\"input_ids\", \"attention_mask\"]}");
        assertArrayEquals(new int[5], types(TokenizerJson.read(json)));
        assertArrayEquals(new int[5], types(VocabTxt.read(vocab)));
        Files.writeString(config, "{\"model_input_names\": \"input_ids\"}");
        assertThrows(ModelFormatException.class, () -> TokenizerJson.read(json));
    }

    private static int[] types(Tokenizer tokenizer) {
        Tokens tokens = new Tokens();
        tokenizer.encode("a", "e", EncodeOptions.DEFAULT, tokens);
        return Arrays.copyOf(tokens.typeIds(), tokens.size());
    }

    @Test
    void vocabTxt_withItsConfiguration(@TempDir Path folder) throws IOException {
        Path vocab = Files.writeString(folder.resolve("vocab.txt"),
                "[UNK]\r\n[CLS]\n<end>\nA\n\u00E9\ne\na\n\na\nx\uD83D\uDE00");
        assertThrows(ModelFormatException.class, () -> VocabTxt.read(vocab));
        Path config = folder.resolve("tokenizer_config.json");
        Files.writeString(config, "{\"sep_token\":{\"content\":\"<end>\"}}");
        assertArrayEquals(new int[]{1, 8, 5, 2}, ids(VocabTxt.read(vocab), "A \u00E9"));
        Files.writeString(config,
                "{\"sep_token\":\"<end>\",\"do_lower_case\":false,\"tokenizer_class\":\"BertTokenizerFast\"}");
        assertArrayEquals(new int[]{1, 3, 4, 2, 2}, ids(VocabTxt.read(vocab), "A \u00E9 <end>"));
        Files.writeString(config, "{\"sep_token\":\"<end>\",\"do_lower_case\":false,\"strip_accents\":true}");
        assertArrayEquals(new int[]{1, 3, 5, 2}, ids(VocabTxt.read(vocab), "A \u00E9"));
        Files.writeString(config, "{\"sep_token\":\"<end>\",\"added_tokens_decoder\":{\"12\":{\"content\":\"<x>\","
                + "\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"single_word\":false,\"special\":true}}}");
        assertArrayEquals(new int[]{1, 12, 2}, ids(VocabTxt.read(vocab), "<x>"));
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<y>\":13}");
        assertThrows(UnsupportedModelException.class, () -> VocabTxt.read(vocab));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"tokenizer_class\":\"BertJapaneseTokenizer\"}", "{\"do_basic_tokenize\":false}"})
    void vocabTxt_withAnUnsupportedConfiguration_isRefused(String json, @TempDir Path folder) throws IOException {
        Path vocab = Files.writeString(folder.resolve("vocab.txt"), "[UNK]\n[CLS]\n[SEP]");
        Files.writeString(folder.resolve("tokenizer_config.json"), json);
        assertThrows(UnsupportedModelException.class, () -> VocabTxt.read(vocab));
    }

    @Test
    void vocabTxt_thatIsNoText_isRefused(@TempDir Path folder) throws IOException {
        Path vocab = Files.write(folder.resolve("vocab.txt"), new byte[]{(byte) 0xFF, 'a'});
        assertThrows(ModelFormatException.class, () -> VocabTxt.read(vocab));
    }
}
