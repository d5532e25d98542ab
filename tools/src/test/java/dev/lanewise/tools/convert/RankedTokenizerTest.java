package dev.lanewise.tools.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** OpenAI's own table of Whisper's tokens, against the texts that the references made of ids. */
class RankedTokenizerTest {
    private static final String PRINTABLE = "!-~\u00A1-\u00AC\u00AE-\u00FF";

    @Test
    void openAisTableReadsAndWritesTheTextsOfTheReferences() throws IOException {
        Tokenizer tokenizer = RankedTokenizer.of("multilingual.tiktoken", table());
        JsonNode golden = new ObjectMapper().readTree(TestModels.shared("whisper-base/golden.json").toFile());
        int checked = 0;
        for (JsonNode c : golden.get("cases")) {
            for (String task : List.of("transcribe", "translate")) {
                for (JsonNode way : c.path(task)) {
                    int[] ids = IntStream.range(0, way.get("ids").size()).map(i -> way.get("ids").get(i).intValue())
                            .filter(id -> id < 50_257).toArray();
                    String text = way.get("text").asText().replaceAll("<\\|[0-9.]+\\|>", "");
                    assertEquals(text, tokenizer.decode(ids, true));
                    checked++;
                }
            }
        }
        assertEquals(28, checked);
    }

    /** What tiktoken 0.14 makes of these texts with this table and the pattern of OpenAI's code. */
    @Test
    void textsBecomeTheIdsOfTiktoken() throws IOException {
        Tokenizer tokenizer = RankedTokenizer.of("multilingual.tiktoken", table());
        assertIds(tokenizer, " Can't you read the 3rd of May 1998?", 1664, 380, 291, 1401, 264, 805, 7800, 295, 1891,
                21404, 30);
        assertIds(tokenizer, " Am Montag fahren wir \u00FCber die Br\u00FCcke.", 2012, 7947, 559, 25593, 1987, 4502,
                978,
                1603, 37383, 13);
        assertIds(tokenizer,
                "\u6771\u4EAC\u306F\u65E5\u672C\u306E\u9996\u90FD\u3067\u3059\u3002 \u041F\u0440\u0438\u0432\u0435\u0442,"
                        + " \u043C\u0438\u0440!\n\n  \u00A0x",
                18413, 31375, 3065, 27311, 2972, 25444, 7182, 4767, 1543, 38932, 11, 20536, 0, 198, 198, 220, 220, 126,
                254, 87);
        assertIds(tokenizer, "\uD83D\uDE00 ------------------ \u266A\u266A na\u00EFve", 13125, 222, 359, 44100, 12,
                9061, 1667, 15487, 303);
    }

    private static void assertIds(Tokenizer tokenizer, String text, int... ids) {
        assertArrayEquals(ids, tokenizer.encode(text, new EncodeOptions(false, false)).copyOfIds(), text);
        assertEquals(text, tokenizer.decode(ids, true));
    }

    @Test
    void vocabulariesThatAreNoneAreRefused() {
        assertThrows(ModelFormatException.class, () -> RankedTokenizer.of("file", List.of("a", "b")));
        assertThrows(ModelFormatException.class, () -> RankedTokenizer.of("file", List.of("a", "a", "<|endoftext|>")));
        assertThrows(ModelFormatException.class,
                () -> RankedTokenizer.of("file", List.of("a", "<|endoftext|>", "<|endoftext|>")));
    }

    private static List<String> table() throws IOException {
        List<String> tokens = new ArrayList<>();
        for (String line : Files.readAllLines(TestModels.shared("whisper-tiktoken/multilingual.tiktoken"))) {
            int space = line.indexOf(' ');
            assertEquals(tokens.size(), Integer.parseInt(line.substring(space + 1)));
            StringBuilder piece = new StringBuilder();
            // The last one stands for no bytes.
            for (byte b : space == 1 ? new byte[0] : Base64.getDecoder().decode(line.substring(0, space))) {
                piece.append(character(b & 0xFF));
            }
            tokens.add(piece.toString());
        }
        tokens.add("<|endoftext|>");
        return tokens;
    }

    /** GPT-2's alphabet: what can be printed stands for itself, the rest is counted from U+0100 on. */
    private static char character(int wanted) {
        int next = 0x100;
        for (int b = 0; b < wanted; b++) {
            next += isPrintable(b) ? 0 : 1;
        }
        return (char) (isPrintable(wanted) ? wanted : next);
    }

    private static boolean isPrintable(int b) {
        return ("" + (char) b).matches("[" + PRINTABLE + "]");
    }
}
