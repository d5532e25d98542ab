package dev.lanewise.tools.convert.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.Tokens;
import dev.lanewise.tools.TestModels;
import dev.lanewise.tools.convert.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ids that families give to the pieces of SentencePiece. */
class SentencePieceFolderTest {
    @TempDir
    Path folder;
    private JsonNode plain;

    @BeforeEach
    void golden() throws IOException {
        plain = new ObjectMapper().readTree(TestModels.resource("/sentencepiece/golden.json"));
    }

    private Path copy(String resource, String name) throws IOException {
        return Files.write(folder.resolve(name), TestModels.resource("/sentencepiece/" + resource));
    }

    private static int[] ids(JsonNode list) {
        int[] ids = new int[list.size()];
        Arrays.setAll(ids, i -> list.get(i).intValue());
        return ids;
    }

    /** Against transformers' own class. */
    @Test
    void marian() throws IOException {
        Path source = copy("t5.model", "source.spm");
        copy("unigram.model", "target.spm");
        copy("marian-vocab.json", "vocab.json");
        Tokenizer read = SentencePieceFolder.read(source, "marian");
        Tokenizer written = SentencePieceFolder.target(source).orElseThrow();
        JsonNode golden = new ObjectMapper().readTree(TestModels.resource("/sentencepiece/marian-golden.json"));
        for (int i = 0; i < golden.get("texts").size(); i++) {
            String text = golden.get("texts").get(i).textValue();
            assertArrayEquals(ids(golden.get("ids").get(i)), read.encode(text, EncodeOptions.DEFAULT).copyOfIds(),
                    text);
            assertArrayEquals(ids(golden.get("targetIds").get(i)),
                    written.encode(text, EncodeOptions.DEFAULT).copyOfIds(), text);
        }
        for (int i = 0; i < golden.get("random").size(); i++) {
            assertEquals(golden.get("decoded").get(i).textValue(),
                    written.decode(ids(golden.get("random").get(i)), true).strip());
        }
    }

    /** The ids of SentencePiece moved, and others around them. */
    @Test
    void t5AndPegasus() throws IOException {
        int size = 150;
        Tokenizer t5 = SentencePieceFolder.read(copy("t5.model", "spiece.model"), "t5");
        assertEquals(size + 100, t5.size());
        assertEquals(size + 99, t5.id("<extra_id_0>"));
        assertEquals(size, t5.id("<extra_id_99>"));
        Tokenizer pegasus = SentencePieceFolder.read(folder.resolve("spiece.model"), "pegasus");
        assertEquals(105, pegasus.id("<unk>"));
        assertEquals(104, pegasus.id("<unk_102>"));
        assertEquals(2, pegasus.id("<mask_1>"));
        JsonNode golden = plain.get("t5.model");
        for (int i = 0; i < golden.get("texts").size(); i++) {
            String text = golden.get("texts").get(i).textValue();
            int[] ids = ids(golden.get("ids").get(i));
            int[] expected = Arrays.copyOf(ids, ids.length + 1);
            expected[ids.length] = 1;
            EncodeOptions literal = new EncodeOptions(true, false);
            assertArrayEquals(expected, t5.encode(text, literal).copyOfIds(), text);
            assertArrayEquals(Arrays.stream(expected).map(id -> id < 2 ? id : id + 103).toArray(),
                    pegasus.encode(text, literal).copyOfIds(), text);
        }
    }

    @Test
    void mbart() throws IOException {
        Path file = copy("unigram.model", "sentencepiece.bpe.model");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"src_lang\":\"ro_RO\"}");
        Tokenizer mbart = SentencePieceFolder.read(file, "mbart");
        int first = 180 + 1;
        assertEquals(first, mbart.id("ar_AR"));
        assertEquals(first + 25, mbart.id("<mask>"));
        JsonNode golden = plain.get("unigram.model");
        int[] renumbered = {3, 0, 2};
        for (int i = 0; i < golden.get("texts").size(); i++) {
            String text = golden.get("texts").get(i).textValue();
            int[] ids = Arrays.stream(ids(golden.get("ids").get(i))).map(id -> id < 3 ? renumbered[id] : id + 1)
                    .toArray();
            int[] expected = Arrays.copyOf(ids, ids.length + 2);
            expected[ids.length] = 2;
            expected[ids.length + 1] = mbart.id("ro_RO");
            assertArrayEquals(expected, mbart.encode(text, new EncodeOptions(true, false)).copyOfIds(), text);
        }
    }

    /** Against the classes of transformers 4.36: texts alone and pairs of them. */
    @ParameterizedTest
    @ValueSource(strings = {"xlm-roberta", "camembert"})
    void fairseqEncoders(String family) throws IOException {
        Tokenizer tokenizer = SentencePieceFolder.read(copy("unigram.model", "sentencepiece.bpe.model"), family);
        JsonNode all = new ObjectMapper().readTree(TestModels.resource("/sentencepiece/fairseq-golden.json"));
        JsonNode golden = all.get(family);
        assertEquals(golden.get("size").intValue(), tokenizer.size());
        assertEquals(golden.get("mask").intValue(), tokenizer.id("<mask>"));
        int count = all.get("texts").size();
        for (int i = 0; i < count; i++) {
            String text = all.get("texts").get(i).textValue();
            String second = all.get("texts").get((i * 7 + 3) % count).textValue();
            assertArrayEquals(ids(golden.get("ids").get(i)), tokenizer.encode(text, EncodeOptions.DEFAULT).copyOfIds(),
                    text);
            Tokens pair = new Tokens();
            tokenizer.encode(text, second, EncodeOptions.DEFAULT, pair);
            assertArrayEquals(ids(golden.get("pairs").get(i)), pair.copyOfIds(), text + " | " + second);
        }
    }

    @Test
    void m2m100() throws IOException {
        Path file = copy("unigram.model", "sentencepiece.bpe.model");
        copy("marian-vocab.json", "vocab.json");
        Tokenizer tokenizer = SentencePieceFolder.read(file, "m2m_100");
        JsonNode marian = new ObjectMapper().readTree(TestModels.resource("/sentencepiece/marian-vocab.json"));
        assertEquals(marian.size() + 18, tokenizer.id("__en__"));
        int[] ids = tokenizer.encode("kalo", EncodeOptions.DEFAULT).copyOfIds();
        assertEquals(tokenizer.id("__en__"), ids[0]);
        assertEquals(tokenizer.id("</s>"), ids[ids.length - 1]);
    }

    @Test
    void aVocabularyOfCharactersAndWords() throws IOException {
        Path file = Files.writeString(folder.resolve("vocab.json"),
                "{\"<pad>\":0,\"</s>\":1,\"<unk>\":2,\"a\":3,\"c\":4,\"t\":5,\"K\":6,\"AE1\":7,\"T\":8}");
        Tokenizer read = SentencePieceFolder.read(file, "marian");
        assertArrayEquals(new int[]{4, 3, 5, 1}, read.encode("cat", EncodeOptions.DEFAULT).copyOfIds());
        assertArrayEquals(new int[]{4, 2, 2, 5, 1}, read.encode("cxyt", EncodeOptions.DEFAULT).copyOfIds());
        assertEquals("K AE1 T", SentencePieceFolder.target(file).orElseThrow().decode(new int[]{6, 7, 8, 1}, true));
    }

    /** Without weights, as a folder and as a file. */
    @Test
    void tokenizersAlone() throws IOException {
        Path source = copy("t5.model", "source.spm");
        copy("unigram.model", "target.spm");
        copy("marian-vocab.json", "vocab.json");
        Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"marian\"}");
        Tokenizer marian = ModelSource.tokenizer(folder).orElseThrow();
        assertArrayEquals(SentencePieceFolder.read(source, "marian").encode("kalo", EncodeOptions.DEFAULT).copyOfIds(),
                marian.encode("kalo", EncodeOptions.DEFAULT).copyOfIds());
        JsonNode golden = plain.get("t5.model");
        assertArrayEquals(ids(golden.get("ids").get(0)), ModelSource.tokenizer(source).orElseThrow()
                .encode(golden.get("texts").get(0).textValue(), EncodeOptions.DEFAULT).copyOfIds());
    }

    @Test
    void piecesAreNeeded() throws IOException {
        Path file = copy("marian-vocab.json", "vocab.json");
        assertThrows(UnsupportedModelException.class, () -> SentencePieceFolder.read(file, "marian"));
    }
}
