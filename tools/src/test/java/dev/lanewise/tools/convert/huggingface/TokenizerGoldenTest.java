package dev.lanewise.tools.convert.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.Tokens;
import dev.lanewise.tools.TestModels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Published ids: the golden texts of all-minilm-l6-v2, and the vocabulary tests of llama.cpp. */
class TokenizerGoldenTest {
    private static final int ARRAY = 9;
    private static final int STRING = 8;
    /** Sizes of GGUF's value types by number; 0 where the size is in the file. */
    private static final int[] SIZES = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

    private Tokenizer tokenizer;

    @BeforeEach
    void open() {
        tokenizer = TokenizerJson.parse("tokenizer.json", TestModels.resource(TestModels.MINILM_TOKENIZER));
    }

    @Test
    void goldenTexts() throws IOException {
        JsonNode golden = new ObjectMapper()
                .readTree(TestModels.shared("all-minilm-l6-v2/golden.json").toFile());
        Tokens tokens = new Tokens();
        int cases = 0;
        for (JsonNode text : golden.get("cases")) {
            String name = text.get("name").textValue();
            tokenizer.encode(text.get("text").textValue(), EncodeOptions.DEFAULT, tokens);
            tokens.truncate(512);
            assertArrayEquals(IntStream.range(0, text.get("ids").size()).map(i -> text.get("ids").get(i).intValue())
                    .toArray(), tokens.copyOfIds(), name);
            assertEquals(text.get("tokens_before_truncation").intValue(), tokens.sizeBeforeTruncation(), name);
            cases++;
        }
        assertEquals(40, cases);
    }

    @Test
    void vocabularyTestsOfLlamaCpp() throws IOException {
        Path gguf = TestModels.shared("llama.cpp-vocab/ggml-vocab-bert-bge.gguf");
        String[] pieces = pieces(gguf);
        assertEquals(tokenizer.size(), pieces.length);
        for (int id = 0; id < pieces.length; id++) {
            // llama.cpp marks where a word begins, not where it goes on.
            String piece = tokenizer.piece(id);
            assertEquals(piece.startsWith("[") && piece.endsWith("]")
                    ? piece
                    : piece.startsWith("##") ? piece.substring(2) : "\u2581" + piece, pieces[id]);
        }
        String[] texts = Files.readString(Path.of(gguf + ".inp")).split("\n__ggml_vocab_test__\n", -1);
        String[] lines = Files.readString(Path.of(gguf + ".out")).split("\n", -1);
        assertTrue(texts.length > 40);
        for (int i = 0; i < texts.length; i++) {
            int[] expected = Arrays.stream(lines[i].strip().split(" ")).filter(id -> !id.isEmpty())
                    .mapToInt(Integer::parseInt).toArray();
            assertArrayEquals(expected,
                    tokenizer.encode(texts[i], EncodeOptions.DEFAULT.withAddTemplate(false)).copyOfIds(), texts[i]);
        }
    }

    /** The same tokenizer from its lines as from its JSON. */
    @Test
    void vocabTxt_isTheSameTokenizer(@TempDir Path folder) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int id = 0; id < tokenizer.size(); id++) {
            lines.append(tokenizer.piece(id)).append('\n');
        }
        Path file = Files.writeString(folder.resolve("vocab.txt"), lines);
        Tokenizer fromLines = VocabTxt.read(file);
        TokenizerFuzz fuzz = new TokenizerFuzz(20260109, List.of());
        for (int i = 0; i < 2_000; i++) {
            String text = fuzz.text();
            assertArrayEquals(tokenizer.encode(text, EncodeOptions.DEFAULT).copyOfIds(),
                    fromLines.encode(text, EncodeOptions.DEFAULT).copyOfIds(), text);
        }
    }

    /** The value of {@code tokenizer.ggml.tokens}. */
    private static String[] pieces(Path gguf) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(gguf)).order(ByteOrder.LITTLE_ENDIAN).position(16);
        for (long left = in.getLong(); left > 0; left--) {
            String key = string(in);
            int type = in.getInt();
            if (key.equals("tokenizer.ggml.tokens")) {
                in.getInt();
                String[] pieces = new String[(int) in.getLong()];
                Arrays.setAll(pieces, i -> string(in));
                return pieces;
            }
            skip(in, type);
        }
        throw new IOException("no tokens");
    }

    private static void skip(ByteBuffer in, int type) {
        if (type == STRING) {
            string(in);
        } else if (type == ARRAY) {
            int element = in.getInt();
            for (long left = in.getLong(); left > 0; left--) {
                skip(in, element);
            }
        } else {
            in.position(in.position() + SIZES[type]);
        }
    }

    private static String string(ByteBuffer in) {
        byte[] bytes = new byte[(int) in.getLong()];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
