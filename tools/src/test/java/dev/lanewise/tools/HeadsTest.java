package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.Classification;
import dev.lanewise.Classifier;
import dev.lanewise.Model;
import dev.lanewise.RankedText;
import dev.lanewise.Reranker;
import dev.lanewise.Truncation;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.Cli.Result;
import dev.lanewise.tools.convert.ChildJvm;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Classifiers and rerankers, by their public face and by their commands; what they compute is in {@link EncoderGoldenTest}. */
class HeadsTest {
    private static final String LABELS = "\"id2label\": {\"0\": \"bad\", \"1\": \"good\", \"2\": \"odd\"},";
    /** [CLS] the cat [SEP] a dog sat [SEP], as the vocabulary of {@link TinyBert} numbers them. */
    private static final int[] PAIR = {2, 12, 8, 3, 5, 9, 10, 3};
    private static final int[] PAIR_TYPES = {0, 0, 0, 0, 1, 1, 1, 1};

    @TempDir
    Path folder;

    private Model open(int labels, String keys) throws IOException {
        return Model.open(convert(labels, keys));
    }

    private Path convert(int labels, String keys) throws IOException {
        Path lane = folder.resolve(labels + "-" + keys.hashCode() + ".lane");
        try (ModelSource source = ModelSource.open(TinyBert.write(folder.resolve("source"), 7, labels, keys))) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        return lane;
    }

    private static List<String> texts(int count) {
        Random random = new Random(3);
        List<String> words = List.of("a", "b", "cat", "dog", "sat", "on", "the", "mat", ".");
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = 1 + random.nextInt(10); n > 0; n--) {
                text.append(words.get(random.nextInt(words.size()))).append(' ');
            }
            texts.add(text.toString());
        }
        return texts;
    }

    @Test
    void classify_inOneCall_givesTheBitsOfEachTextAlone() throws IOException {
        try (Model model = open(3, LABELS)) {
            Classifier classifier = model.classifier();
            assertEquals(List.of("bad", "good", "odd"), classifier.labels());
            List<String> texts = texts(400);
            List<Classification> together = classifier.classifyAll(texts);
            for (int i = 0; i < texts.size(); i++) {
                float[] alone = new float[3];
                classifier.logits(texts.get(i), alone, 0);
                Classification found = together.get(i);
                assertArrayEquals(alone, found.logits());
                double sum = 0;
                for (int label = 0; label < 3; label++) {
                    sum += found.probabilities()[label];
                    assertTrue(found.logits()[label] <= found.logits()[classifier.labels().indexOf(found.label())]);
                }
                assertEquals(1, sum, 1e-6);
            }
        }
    }

    @Test
    void pairs_haveTheTypesOfTheTemplate() throws IOException {
        try (Model model = open(3, LABELS)) {
            float[] ofIds = model.classifier().logits(PAIR, PAIR_TYPES)[0];
            Classification found = model.classifier().classify("the cat", "a dog sat");
            assertArrayEquals(ofIds, found.logits());
            assertEquals(PAIR.length, found.tokens());
        }
        try (Model model = open(1, "")) {
            assertEquals(model.reranker().score(PAIR, PAIR_TYPES), model.reranker().score("the cat", "a dog sat"));
        }
    }

    @Test
    void severalLabelsMayHold_orNumbersArePredicted_whereTheFileSaysSo() throws IOException {
        try (Model model = open(3, LABELS + "\"problem_type\": \"multi_label_classification\",")) {
            Classification found = model.classifier().classify("the cat");
            for (int i = 0; i < 3; i++) {
                assertEquals(1 / (1 + Math.exp(-found.logits()[i])), found.probabilities()[i], 1e-6);
            }
        }
        try (Model model = open(3, "\"problem_type\": \"regression\",")) {
            Classification found = model.classifier().classify("the cat");
            assertArrayEquals(found.logits(), found.probabilities());
            assertEquals(List.of("0", "1", "2"), found.labels());
        }
    }

    @Test
    void rerank_sortsPairs_asManyAsThereAre_withTheBitsOfEachAlone() throws IOException {
        try (Model model = open(1, "")) {
            Reranker reranker = model.reranker();
            List<String> texts = texts(500);
            List<RankedText> ranked = reranker.rerank("the cat", texts);
            assertEquals(texts.size(), ranked.size());
            float last = Float.POSITIVE_INFINITY;
            for (RankedText text : ranked) {
                assertEquals(texts.get(text.index()), text.text());
                assertEquals(reranker.score("the cat", text.text()), text.logit());
                assertTrue(text.logit() <= last);
                last = text.logit();
            }
        }
    }

    @Test
    void tooLong_isRefused_orTheTextIsCutAndTheQueryStays() throws IOException {
        String text = "a dog sat on the mat . a dog sat on the mat .";
        try (Model model = open(1, "")) {
            assertThrows(TextTooLongException.class, () -> model.reranker().rerank("the cat", List.of("b", text)));
            Reranker cutting = model.reranker(Truncation.SECOND);
            RankedText cut = cutting.rerank("the cat", List.of(text)).getFirst();
            assertTrue(cut.truncated());
            assertEquals(19, cut.tokens());
            // 16 tokens are [CLS], two, [SEP], eleven of the text, [SEP].
            assertEquals(cutting.score("the cat", "a dog sat on the mat . a dog sat on"), cut.logit());
            assertThrows(TextTooLongException.class, () -> cutting.score(text, "b"));
            float longer = model.reranker(Truncation.LONGER).score(text, "the cat");
            assertEquals(cutting.score("a dog sat on the mat . a dog sat on", "the cat"), longer);
        }
    }

    @Test
    void aPairHasNoMoreTokensThanTheTokenizerSays() throws IOException {
        float whole;
        try (Model model = open(1, "")) {
            assertEquals(TinyBert.MAX_TOKENS, model.reranker().maxTokens());
            whole = model.reranker().score("the cat", "a dog sat on");
        }
        Files.writeString(folder.resolve("source/tokenizer_config.json"), "{\"model_max_length\": 9}");
        try (Model model = open(1, "")) {
            assertEquals(9, model.reranker().maxTokens());
            assertEquals(9, model.classifier().maxTokens());
            assertThrows(TextTooLongException.class, () -> model.reranker().score("the cat", "a dog sat on the"));
            assertEquals(whole, model.reranker(Truncation.SECOND).score("the cat", "a dog sat on the"));
            assertEquals(whole, model.reranker().score("the cat", "a dog sat on"));
        }
    }

    @Test
    void aModelWithoutSuchAHead_isRefusedWithWhatItHas() throws IOException {
        try (Model model = open(0, "")) {
            assertTrue(
                    assertThrows(UnsupportedModelException.class, model::classifier).getMessage().contains("no head"));
            assertTrue(assertThrows(UnsupportedModelException.class, model::reranker).getMessage().contains("no head"));
        }
        try (Model model = open(3, LABELS)) {
            assertTrue(
                    assertThrows(UnsupportedModelException.class, model::reranker).getMessage().contains("3 labels"));
        }
    }

    @Test
    void labelsThatDoNotFitTheWeights_areRefusedByName() {
        assertTrue(assertThrows(ModelFormatException.class, () -> open(2, LABELS)).getMessage().contains("id2label"));
        assertTrue(assertThrows(ModelFormatException.class, () -> open(4, LABELS)).getMessage().contains("id2label"));
        assertTrue(assertThrows(ModelFormatException.class,
                () -> open(3, "\"problem_type\": \"guess\",")).getMessage().contains("problem_type"));
    }

    /** It would give every text the probability 1. */
    @Test
    void theOneOfASingleLabel_isRefusedByName() {
        String message = assertThrows(ModelFormatException.class,
                () -> open(1, "\"problem_type\": \"single_label_classification\",")).getMessage();
        assertTrue(message.contains("problem_type") && message.contains("a head of one output"), message);
    }

    /** In a JVM of its own: what other tests have run makes compiled code allocate. */
    @Test
    void intoAnArray_nothingIsAllocated() throws Exception {
        Process child = ChildJvm.start("--add-modules jdk.incubator.vector", HeadsAllocation.class,
                convert(1, "").toString(), convert(3, LABELS).toString());
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, child.waitFor(), said);
        assertTrue(said.contains("least: 0 bytes"), said);
    }

    @Test
    void commands_printWhatTheFaceSays() throws IOException {
        Cli cli = new Cli(folder.resolve("cache"));
        String three = convert(3, LABELS).toString();
        JsonNode found = cli.run("classify", three, "--json", "the cat", "a dog").json();
        try (Model model = Model.open(Path.of(three))) {
            Classification expected = model.classifier().classify("a dog");
            assertEquals(expected.label(), found.get(1).get("label").asText());
            for (int i = 0; i < 3; i++) {
                JsonNode label = found.get(1).get("labels").get(i);
                assertEquals(expected.labels().get(i), label.get("label").asText());
                assertEquals(expected.logits()[i], label.get("logit").floatValue());
                assertEquals(expected.probabilities()[i], label.get("probability").floatValue());
            }
            assertEquals(3, cli.run("classify", three, "a dog").out().lines().count());
            JsonNode pair = cli.run("classify", three, "--json", "the cat", "--pair", "a dog sat").json();
            assertEquals(model.classifier().classify("the cat", "a dog sat").logits()[1],
                    pair.get(0).get("labels").get(1).get("logit").floatValue());
            JsonNode logits = cli.run("forward", three, "--json", "--logits", "--ids", "2,12,8,3,5,9,10,3",
                    "--token-types", "0,0,0,0,1,1,1,1").json();
            assertEquals("[1,3]", logits.get("shape").toString());
            assertEquals(model.classifier().logits(PAIR, PAIR_TYPES)[0][2],
                    logits.get("values").get(0).get(2).floatValue());
        }
        String one = convert(1, "").toString();
        JsonNode ranked = cli.run("rerank", one, "--json", "the cat", "a dog", "the cat sat", "b").json();
        try (Model model = Model.open(Path.of(one))) {
            List<RankedText> expected = model.reranker().rerank("the cat", List.of("a dog", "the cat sat", "b"));
            for (int i = 0; i < 3; i++) {
                assertEquals(expected.get(i).index(), ranked.get(i).get("index").intValue());
                assertEquals(expected.get(i).logit(), ranked.get(i).get("logit").floatValue());
                assertEquals(expected.get(i).probability(), ranked.get(i).get("probability").floatValue());
            }
            Result best = cli.reading("a dog\nthe cat sat\nb\n").run("rerank", one, "the cat", "--file", "-", "--top",
                    "1");
            assertTrue(best.out().strip().endsWith(expected.getFirst().text()), best.out());
        }
        assertEquals("[2,5,3]",
                cli.run("rerank", one, "--json", "--ids", "2,5,3").json().get(0).get("ids").toString());
    }

    @Test
    void commands_refuseWhatMakesNoSense() throws IOException {
        Cli cli = new Cli(folder.resolve("cache"));
        String one = convert(1, "").toString();
        refused(cli.run("rerank", one), 2, "no query");
        refused(cli.run("rerank", one, "the cat"), 2, "no texts");
        refused(cli.run("rerank", one, "the cat", "a", "--file", "x"), 2, "not both");
        refused(cli.run("rerank", one, " ", "a"), 2, "query is empty");
        refused(cli.run("rerank", one, "the cat", "a", "--top", "0"), 2, "--top");
        String longText = "a dog sat on the mat . a dog sat on the mat .";
        refused(cli.run("rerank", one, "the cat", "a", longText), 1, "text 2");
        refused(cli.run("classify", one, "a", longText + " a"), 1, "text 2");
        assertTrue(cli.run("rerank", one, "the cat", "a", longText, "--truncate").err().contains("text 2"));
        Result none = cli.run("classify", convert(0, "").toString(), "a");
        refused(none, 1, "no head");
    }

    @Test
    void verifyNamesTheTensorWithANumberThatIsNone() throws IOException {
        Path sound = convert(3, LABELS);
        Cli cli = new Cli(folder.resolve("cache"));
        assertEquals(0, cli.run("verify", sound.toString()).code());
        for (DataType type : List.of(DataType.F32, DataType.BF16, DataType.F16)) {
            Path bad = folder.resolve("nan.lane");
            try (ModelSource source = ModelSource.open(folder.resolve("source"))) {
                Conversion.convert(source, bad, Conversion.Options.of(type), Conversion.Progress.NONE);
            }
            assertEquals(0, cli.run("verify", bad.toString()).code());
            spoil(bad, "embedding.position.weight", type);
            refused(cli.run("verify", bad.toString()), 1, "embedding.position.weight");
        }
    }

    /** Puts a number that is none into a tensor, and what has to be there then into the checksums. */
    private static void spoil(Path file, String name, DataType type) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int from;
        int length;
        try (LaneFile lane = LaneFile.open(file)) {
            from = (int) lane.directory().get(name).offset();
            length = (int) lane.directory().get(name).length();
        }
        int before = checksum(bytes, from, from + length);
        if (type == DataType.F32) {
            bytes.putInt(from + 4, 0x7FC00000);
        } else {
            bytes.putShort(from + 4, (short) 0x7FC0);
        }
        int headEnd = 64 + (int) (bytes.getLong(24) + bytes.getLong(32));
        int at = headEnd - 4;
        while (bytes.getInt(at) != before) {
            at--;
        }
        bytes.putInt(at, checksum(bytes, from, from + length));
        bytes.putInt(12, checksum(bytes, 16, headEnd));
        Files.write(file, bytes.array());
    }

    private static int checksum(ByteBuffer bytes, int from, int to) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.array(), from, to - from);
        return (int) checksum.getValue();
    }

    private static void refused(Result result, int code, String word) {
        assertEquals(code, result.code(), result.err());
        assertTrue(result.err().contains(word), result.err());
        assertFalse(result.err().contains("should not happen"), result.err());
    }
}
