package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.DataType;
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
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Text from a model that has a tokenizer: random pieces of two letters, some of which continue a word. */
class GeneratorTextTest {
    private static final GenerationOptions CHANCE = GenerationOptions.builder().maxTokens(60).temperature(1.5).seed(3)
            .build();

    @TempDir
    Path folder;

    private Model open(Metadata.Builder metadata) throws IOException {
        String[] pieces = new String[RandomDecoder.VOCABULARY];
        pieces[0] = "[UNK]";
        pieces[1] = "<user>";
        pieces[2] = "<end>";
        for (int id = 3; id < pieces.length; id++) {
            String letters = "" + (char) ('a' + id % 9) + (char) ('a' + id / 9);
            pieces[id] = id % 2 == 0 ? "##" + letters : letters;
        }
        List<AddedToken> special = List.of(AddedToken.special(1, "<user>"), AddedToken.special(2, "<end>"));
        TokenizerWriter.write(new Tokenizer(
                TokenizerSpec.wordPiece(pieces, "[UNK]", "##", 100, new BertNormalizer(true, true, true, true),
                        special, Template.PLAIN, Template.PLAIN_PAIR, false)),
                metadata);
        return Model.open(RandomDecoder.write(folder.resolve("text.lane"), RandomDecoder.grouped(), DataType.F32, 7,
                metadata));
    }

    @Test
    void pieces_areTheText() throws IOException {
        try (Model model = open(Metadata.builder())) {
            Generator generator = model.generator();
            int[] prompt = generator.encode("da fa", false);
            List<String> heard = new ArrayList<>();
            Generation made = generator.generate("da fa", CHANCE, heard::add);
            assertArrayEquals(prompt, made.promptIds());
            assertEquals(made.text(), String.join("", heard));
            int[] all = java.util.Arrays.copyOf(prompt, prompt.length + made.ids().length);
            System.arraycopy(made.ids(), 0, all, prompt.length, made.ids().length);
            assertEquals(generator.decode(all), "da fa" + made.text(), "with the space that belongs between them");
            GenerationStream stream = generator.stream("da fa", CHANCE);
            StringBuilder text = new StringBuilder();
            stream.forEachRemaining(token -> text.append(token.text()));
            assertEquals(made.text(), text.toString());
        }
    }

    /** Wherever a stop string lies, across tokens or within one, the text ends before it, and no part of it is heard. */
    @Test
    void stopStrings_endTheText_whereverTheyAre() throws IOException {
        try (Model model = open(Metadata.builder());
                Scheduler scheduler = model.scheduler(SchedulerOptions.defaults())) {
            Generator generator = model.generator();
            String whole = generator.generate("da fa", CHANCE).text();
            for (int from = 0; from < whole.length() - 7; from += 3) {
                for (int length = 1; length <= 7; length += 2) {
                    String stop = whole.substring(from, from + length);
                    StringBuilder heard = new StringBuilder();
                    Generation made = generator.generate("da fa",
                            CHANCE.toBuilder().stop(stop).stop("never").build(), piece -> heard.append(piece));
                    assertEquals(whole.substring(0, whole.indexOf(stop)), made.text(), stop);
                    assertEquals(made.text(), heard.toString());
                    assertEquals(FinishReason.STOP_TEXT, made.finish());
                    assertEquals(stop, made.stop());
                    heard.setLength(0);
                    Generation served = scheduler.generateAsync("da fa", CHANCE.toBuilder().stop(stop).build(),
                            heard::append).join();
                    assertEquals(made.text(), served.text());
                    assertEquals(made.text(), heard.toString());
                    assertEquals(FinishReason.STOP_TEXT, served.finish());
                    assertEquals(stop, served.stop());
                }
            }
            assertThrows(NullPointerException.class, () -> scheduler.generate((String) null, CHANCE));
            assertThrows(NullPointerException.class, () -> scheduler.stream((String) null, CHANCE));
            String end = whole.substring(whole.length() - 1) + "never";
            Generation made = generator.generate("da fa", CHANCE.toBuilder().stop(end).build());
            assertEquals(whole, made.text(), "what was held back is told in the end");
            assertEquals(FinishReason.LENGTH, made.finish());
        }
    }

    /** Many at once, with other stop strings, seeds and lengths: each text, and what is heard of it, is that of the request alone. */
    @Test
    void manyWithStopStrings_haveTheTextOfEachAlone() throws IOException {
        try (Model model = open(Metadata.builder());
                Scheduler scheduler = model.scheduler(SchedulerOptions.defaults().withBatch(48, 8))) {
            Generator generator = model.generator();
            String whole = generator.generate("da fa", CHANCE).text();
            List<GenerationOptions> options = new ArrayList<>();
            List<StringBuilder> heard = new ArrayList<>();
            List<CompletableFuture<Generation>> answers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                String stop = whole.substring(i % (whole.length() - 3)).substring(0, 1 + i % 3);
                options.add(CHANCE.toBuilder().seed(i % 7).maxTokens(10 + i % 50).stop(stop).build());
                heard.add(new StringBuilder());
                answers.add(scheduler.generateAsync("da fa", options.get(i), heard.get(i)::append));
            }
            int stopped = 0;
            for (int i = 0; i < 100; i++) {
                Generation alone = generator.generate("da fa", options.get(i));
                Generation answer = answers.get(i).join();
                assertArrayEquals(alone.ids(), answer.ids());
                assertEquals(alone.text(), answer.text());
                assertEquals(alone.text(), heard.get(i).toString());
                assertEquals(alone.stop(), answer.stop());
                assertEquals(alone.finish(), answer.finish());
                stopped += answer.finish() == FinishReason.STOP_TEXT ? 1 : 0;
            }
            assertTrue(stopped > 10 && stopped < 100, stopped + " were stopped");
        }
    }

    @Test
    void chatPrompts_haveTheirSpecialTokensThemselves() throws IOException {
        try (Model model = open(Metadata.builder().put("chat.template", "{{ messages }}"))) {
            Generator generator = model.generator();
            assertEquals("{{ messages }}", generator.chatTemplate());
            int[] ids = generator.encodeChat("<user>da<end>");
            assertEquals(1, ids[0], "special tokens are parsed");
            assertEquals(2, ids[ids.length - 1]);
            assertFalse(generator.encode("<user>", false)[0] == 1, "but not in prompts");
            assertEquals("", generator.beginToken());
        }
        try (Model model = open(Metadata.builder())) {
            assertNull(model.generator().chatTemplate());
        }
    }
}
