package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.lanewise.Model;
import dev.lanewise.Translation;
import dev.lanewise.TranslationOptions;
import dev.lanewise.TranslationOptions.EarlyStopping;
import dev.lanewise.Translator;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Models of CTranslate2 against what CTranslate2 makes of them; resources/ctranslate2/make.py made the results. */
class CTranslate2Test {
    private static final double TOLERANCE = 1e-5;
    private static final List<String> VOCABULARY = List.of("<s>", "<unk>", "</s>", "v0", "v1", "v2", "v3", "v4", "v5",
            "v6", "v7");

    @TempDir
    Path work;

    private Model converted(Path folder) throws IOException {
        Path target = work.resolve(folder.getFileName() + ".lane");
        if (!Files.exists(target)) {
            try (ModelSource source = ModelSource.open(folder)) {
                Conversion.convert(source, target, Conversion.Options.asStored(), Conversion.Progress.NONE);
            }
        }
        return Model.open(target);
    }

    private static JsonNode golden(String name) throws IOException {
        return new ObjectMapper().readTree(TestModels.resource("/ctranslate2/" + name));
    }

    /** A folder of the resources. */
    private Path copy(String name) throws IOException {
        Path folder = Files.createDirectories(work.resolve(name));
        for (String file : List.of("model.bin", "config.json", "source_vocabulary.json", "target_vocabulary.json")) {
            Files.write(folder.resolve(file), TestModels.resource("/ctranslate2/" + name + "/" + file));
        }
        return folder;
    }

    /** What CTranslate2 prints: special tokens too, but for the end. */
    private String words(Translation.Hypothesis found) {
        return IntStream.of(found.ids()).mapToObj(VOCABULARY::get)
                .filter(word -> !word.equals("</s>")).collect(Collectors.joining(" "));
    }

    /** Small models with every word and every type, as the resources hold them: greedy, and three beams with a ban and a least length. */
    @TestFactory
    Stream<DynamicTest> everyWordAndType() {
        TranslationOptions three = TranslationOptions.defaults().withBeams(3).withHypotheses(3).withLengthPenalty(0.6)
                .withMinTokens(4).withMaxTokens(9).withBanned(6); // v3
        return Stream.of("post", "pre", "relative", "bytes", "shorts", "shared-heads", "zero-start")
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    JsonNode golden = golden("golden.json").get(name);
                    assertTrue(golden.size() > 10);
                    try (Model model = converted(copy(name))) {
                        for (JsonNode text : golden) {
                            Translation found = model.translator().translate(text.get("source").textValue(),
                                    TranslationOptions.defaults().withBeams(1).withMaxTokens(9));
                            assertEquals(text.get("target").textValue(), words(found.hypotheses().getFirst()),
                                    text.toString());
                            assertEquals(text.get("score").doubleValue(), found.hypotheses().getFirst().score(),
                                    TOLERANCE, text.toString());
                            assertBeams(text, text.get("beam3"), model.translator().translate(
                                    text.get("source").textValue(), three), this::words);
                        }
                    }
                }));
    }

    /** As a source that is converted into the cache; what lies beside the weights is watched. */
    @Test
    void commands() throws IOException {
        Path folder = copy("post");
        JsonNode text = golden("golden.json").get("post").get(3);
        Cli cli = new Cli(work.resolve("cache"));
        Cli.Result translated = cli.run("translate", folder.toString(), text.get("source").textValue(), "--json");
        assertEquals(0, translated.code(), translated.err());
        String expected = text.get("target").textValue().replace("<s> ", "").replace("<unk> ", "");
        assertEquals(expected, translated.json().get(0).get("hypotheses").get(0).get("text").textValue());
        JsonNode inspected = cli.run("inspect", folder.toString(), "--json").json();
        assertEquals("CTranslate2 model, version 6", inspected.get("format").textValue());
        assertEquals("unigram", new Cli(work.resolve("cache")).run("inspect", withPieces(folder).toString(), "--json")
                .json().get("tokenizer").get("target.kind").textValue());
        assertEquals("w1", cli.run("tokenize", copy("pre").resolve("model.bin").toString(), "w1", "--json").json()
                .get("pieces").get(0).textValue());
    }

    /** CTranslate2's callers end a text, with the tokenizers that these names tell of. */
    @Test
    void piecesOfTransformersEndATextThoseOfAnybodyDoAsTheFolderSays() throws IOException {
        for (String name : List.of("spiece.model", "sentencepiece.bpe.model", "sentencepiece.model")) {
            Path folder = copy("post");
            Files.write(folder.resolve(name), TestModels.resource("/sentencepiece/unigram.model"));
            try (ModelSource source = ModelSource.open(folder)) {
                int[] ids = source.tokenizer().orElseThrow().encode("a", new EncodeOptions(true, false)).copyOfIds();
                assertEquals(!name.equals("sentencepiece.model"), ids[ids.length - 1] == 2, name);
            }
            Files.delete(folder.resolve(name));
        }
    }

    private static Path withPieces(Path folder) throws IOException {
        for (String name : List.of("source.spm", "target.spm")) {
            Files.write(folder.resolve(name), TestModels.resource("/sentencepiece/unigram.model"));
        }
        return folder;
    }

    private static void assertBeams(JsonNode text, JsonNode beams, Translation found,
            Function<Translation.Hypothesis, String> words) {
        assertEquals(beams.size(), found.hypotheses().size());
        for (int i = 0; i < beams.size(); i++) {
            Translation.Hypothesis ours = found.hypotheses().get(i);
            assertEquals(beams.get(i).get(0).textValue(), words.apply(ours), text.toString());
            assertEquals(beams.get(i).get(1).doubleValue(), ours.score(), TOLERANCE, text.toString());
        }
    }

    @TestFactory
    Stream<DynamicTest> coveragePenalty() {
        TranslationOptions how = TranslationOptions.defaults().withBeams(4).withHypotheses(4).withLengthPenalty(0.6)
                .withCoveragePenalty(0.7).withEarlyStopping(EarlyStopping.FIRST);
        return Stream.of("pre", "aren-transliteration").map(name -> DynamicTest.dynamicTest(name, () -> {
            boolean small = !name.startsWith("aren");
            Path folder = small ? copy(name) : TestModels.shared("ct2-aren-transliteration/v2").resolve(name);
            try (Model model = converted(folder)) {
                for (JsonNode text : golden("coverage-golden.json").get(name)) {
                    String source = text.get("source").textValue();
                    assertBeams(text, text.get("beams"),
                            model.translator().translate(source, small ? how.withMaxTokens(9) : how),
                            beam -> small ? words(beam) : String.join(" ", beam.text().split("")));
                }
            }
        }));
    }

    /** Letters of Arabic names to Latin ones: greedy and beam search, texts and scores. */
    @TestFactory
    Stream<DynamicTest> transliteration() {
        Path folder = TestModels.shared("ct2-aren-transliteration/v2");
        return Stream.of("aren-transliteration", "aren-transliteration-i16", "aren-transliteration-i8")
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    JsonNode golden = golden("aren-golden.json").get(name);
                    try (Model model = converted(folder.resolve(name))) {
                        Translator translator = model.translator();
                        TranslationOptions greedy = TranslationOptions.defaults()
                                .withEarlyStopping(EarlyStopping.FIRST);
                        for (JsonNode word : golden) {
                            String source = word.get("source").textValue();
                            Translation best = translator.translate(source, greedy.withBeams(1));
                            assertEquals(word.get("greedy").textValue(), best.text(), source);
                            assertEquals(word.get("greedy").textValue(),
                                    translator.translate(String.join(" ", source.split("")), greedy.withBeams(1))
                                            .text());
                            assertBeams(word, word.get("beam4"),
                                    translator.translate(source, greedy.withBeams(4).withHypotheses(4)),
                                    Translation.Hypothesis::text);
                        }
                    }
                }));
    }
}
