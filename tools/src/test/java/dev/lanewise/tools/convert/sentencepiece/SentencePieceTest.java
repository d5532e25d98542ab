package dev.lanewise.tools.convert.sentencepiece;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.tools.TestModels;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.TokenizerWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of SentencePiece against what SentencePiece makes of them; resources/sentencepiece/make.py made both. */
class SentencePieceTest {
    private static final EncodeOptions PLAIN = new EncodeOptions(false, false);

    @TempDir
    Path folder;

    /** A file of the resources, under a name. */
    static Path resource(String name, Path as) throws IOException {
        return Files.write(as, TestModels.resource("/sentencepiece/" + name));
    }

    static JsonNode golden(String name) throws IOException {
        return new ObjectMapper().readTree(TestModels.resource("/sentencepiece/" + name));
    }

    static int[] ids(JsonNode list) {
        int[] ids = new int[list.size()];
        Arrays.setAll(ids, i -> list.get(i).intValue());
        return ids;
    }

    @ParameterizedTest
    @ValueSource(strings = {"unigram.model", "unigram-bytes.model", "bpe.model", "t5.model"})
    void sameIdsAndTexts(String name) throws IOException {
        SentencePieceModel model = SentencePieceModel.read(resource(name, folder.resolve(name)));
        Tokenizer made = SentencePieceTokenizer.of(model, id -> id).make("<unk>");
        Metadata.Builder out = Metadata.builder();
        TokenizerWriter.write(made, out);
        Tokenizer read = Tokenizer.read(out.build().reader(TokenizerSpec.PREFIX));
        JsonNode golden = golden("golden.json").get(name);
        assertTrue(golden.get("texts").size() > 100);
        for (int i = 0; i < golden.get("texts").size(); i++) {
            String text = golden.get("texts").get(i).textValue();
            int[] expected = ids(golden.get("ids").get(i));
            assertArrayEquals(expected, made.encode(text, PLAIN).copyOfIds(), "'" + text + "'");
            assertArrayEquals(expected, read.encode(text, PLAIN).copyOfIds(), "'" + text + "'");
        }
        for (int i = 0; i < golden.get("random").size(); i++) {
            int[] ids = ids(golden.get("random").get(i));
            assertEquals(golden.get("decoded").get(i).textValue(), read.decode(ids, true), Arrays.toString(ids));
        }
    }
}
