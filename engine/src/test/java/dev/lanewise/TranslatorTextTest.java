package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.TextTooLongException;
import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.BertNormalizer;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.TokenizerWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Text of models that have tokenizers; languages, as published models spell and place them. */
class TranslatorTextTest {
    private static final TranslationOptions USUAL = TranslationOptions.defaults().withMaxTokens(12);
    private static final int[] NONE = {};

    @TempDir
    Path folder;

    /** Pieces of two letters; the first are special, the last ids of the model have no piece. */
    private Model open(Template template, String... special) throws IOException {
        String[] pieces = new String[RandomDecoder.VOCABULARY - 3];
        List<AddedToken> added = new ArrayList<>();
        pieces[0] = "[UNK]";
        for (int id = 1; id < pieces.length; id++) {
            pieces[id] = id <= special.length ? special[id - 1] : "" + (char) ('a' + id % 9) + (char) ('a' + id / 9);
            if (id <= special.length) {
                added.add(AddedToken.special(id, pieces[id]));
            }
        }
        Metadata.Builder metadata = Metadata.builder();
        TokenizerWriter.write(new Tokenizer(
                TokenizerSpec.wordPiece(pieces, "[UNK]", "##", 100, new BertNormalizer(true, true, true, true),
                        added, template, Template.PLAIN_PAIR, false)),
                metadata);
        return Model.open(
                RandomTranslator.write(folder.resolve("a.lane"), RandomTranslator.paper(), metadata));
    }

    private static Template template(int... ids) {
        return new Template(ids, new int[ids.length]);
    }

    @Test
    void pieces_areTheText() throws IOException {
        try (Model model = open(template(Template.A, 1), "</s>")) {
            Translator translator = model.translator();
            StringBuilder heard = new StringBuilder();
            Translation made = translator.translate("ca da ea", USUAL, piece -> heard.append(piece));
            assertEquals(1, made.sourceIds()[made.sourceIds().length - 1]);
            assertEquals(4, made.sourceIds().length);
            assertEquals(made.text(), heard.toString());
            assertTrue(made.text().length() > 0, made.text());
            assertEquals(made.text(), translator.translate("ca da ea", USUAL).text());
            List<Translation> all = translator.translateAll(List.of("", "ca da ea", " \t\n", "</s>"), USUAL);
            assertEquals(made.text(), all.get(1).text());
            for (int empty : new int[]{0, 2}) {
                assertArrayEquals(NONE, all.get(empty).sourceIds());
                assertEquals("", all.get(empty).text());
                assertArrayEquals(NONE, all.get(empty).hypotheses().getFirst().ids());
                assertEquals(FinishReason.STOP_TOKEN, all.get(empty).hypotheses().getFirst().finish());
            }
            assertTrue(all.get(3).sourceIds().length > 2, "spelled out, it is text");
            assertEquals("", translator.translate(""));
            String longest = "ca ".repeat(RandomDecoder.POSITIONS);
            assertThrows(TextTooLongException.class, () -> translator.translate(longest, USUAL));
            int[] cut = translator.encode(longest, USUAL.withTruncate(true));
            assertEquals(RandomDecoder.POSITIONS, cut.length);
            assertEquals(1, cut[cut.length - 1]);
        }
    }

    @Test
    void theSameOfAScheduler() throws Exception {
        try (Model model = open(template(Template.A, 1), "</s>");
                Scheduler scheduler = model.scheduler(SchedulerOptions.defaults())) {
            assertEquals(model.translator().translate("ca da ea", USUAL).text(),
                    scheduler.translate("ca da ea", USUAL).text());
            assertThrows(NullPointerException.class, () -> scheduler.translateAsync((String) null, USUAL));
            assertEquals("", scheduler.translate("", USUAL).text());
            // More answers than hypotheses that are followed.
            assertThrows(IllegalArgumentException.class,
                    () -> scheduler.translateAsync("ca", USUAL.withBeams(2).withHypotheses(3)));
            assertEquals(1, scheduler.statistics().submitted());
        }
    }

    @Test
    void languagesInTheFirstToken_ofTheSourceAndOfTheText() throws IOException {
        try (Model model = open(template(3, Template.A, 1), "</s>", "__de__", "__en__")) {
            Translator translator = model.translator();
            assertEquals(3, translator.encode("ca", USUAL)[0]);
            assertEquals(2, translator.encode("ca", USUAL.withSourceLanguage("de"))[0]);
            Translation made = translator.translate("ca da", USUAL.withSourceLanguage("en").withTargetLanguage("de"));
            assertEquals(2, made.hypotheses().getFirst().ids()[0]);
            assertEquals(0, made.hypotheses().getFirst().logProbabilities()[0]);
            assertEquals(3, made.sourceIds()[0]);
            int[] both = translator.translate("ca", USUAL.withTargetLanguage("de").withPrefix(20, 21)).hypotheses()
                    .getFirst().ids();
            assertTrue(both[0] == 2 && both[1] == 20 && both[2] == 21);
            String message = assertThrows(IllegalArgumentException.class,
                    () -> translator.translate("ca", USUAL.withTargetLanguage("fr"))).getMessage();
            assertEquals("the model has no token for a language 'fr'; it has __de__, __en__", message);
            assertThrows(IllegalArgumentException.class,
                    () -> translator.translate("", USUAL.withSourceLanguage("</s>")));
        }
    }

    @Test
    void languagesInTheLastToken_orNowhere() throws IOException {
        try (Model model = open(template(Template.A, 1, 3), "</s>", "de_DE", "en_XX")) {
            int[] ids = model.translator().encode("ca", USUAL.withSourceLanguage("de_DE"));
            assertTrue(ids.length == 3 && ids[1] == 1 && ids[2] == 2);
        }
        try (Model model = open(template(Template.A, 1), "</s>", "deu_Latn")) {
            int[] ids = model.translator().encode("ca", USUAL.withSourceLanguage("deu_Latn"));
            assertTrue(ids.length == 3 && ids[0] == 2 && ids[2] == 1);
        }
    }

    /** As in Marian's models of several languages: the source says to which one. */
    @Test
    void targetLanguages_inTheSource() throws IOException {
        try (Model model = open(template(Template.A, 1), "</s>", ">>deu<<", ">>fra<<")) {
            Translator translator = model.translator();
            Translation made = translator.translate("ca da", USUAL.withTargetLanguage("fra"));
            assertEquals(3, made.sourceIds()[0]);
            assertEquals(4, made.sourceIds().length);
            assertArrayEquals(translator.translate(made.sourceIds(), USUAL).hypotheses().getFirst().ids(),
                    made.hypotheses().getFirst().ids());
            for (TranslationOptions named : List.of(USUAL.withTargetLanguage("fra"), USUAL.withSourceLanguage("fra"))) {
                assertThrows(IllegalArgumentException.class, () -> translator.translate(made.sourceIds(), named));
            }
        }
    }
}
