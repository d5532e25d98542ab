package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.Translation.Hypothesis;
import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.Metadata;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A translation is the same whatever it is computed with; and what cannot be done is refused. */
class TranslatorTest {
    private static final TranslationOptions FOUR = TranslationOptions.defaults().withBeams(4).withHypotheses(4)
            .withMaxTokens(30).withLengthPenalty(0.7);
    private static final TranslationOptions ONE = TranslationOptions.defaults().withMaxTokens(40);

    @TempDir
    Path folder;

    static List<TransformerSpec> all() {
        return List.of(RandomTranslator.paper(), RandomTranslator.relative());
    }

    private Model open(TransformerSpec spec, int threads) throws IOException {
        return Model.open(RandomTranslator.write(folder.resolve(threads + ".lane"), spec, Metadata.builder()),
                ModelOptions.defaults().withThreads(threads));
    }

    private Model open() throws IOException {
        return open(RandomTranslator.paper(), 1);
    }

    /** Sources of many lengths, more than are decoded at once. */
    private static List<int[]> sources() {
        List<int[]> sources = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            sources.add(RandomDecoder.ids(i, 1 + i * 7 % 50));
        }
        return sources;
    }

    private static void assertSame(Translation expected, Translation found) {
        assertEquals(expected.hypotheses().size(), found.hypotheses().size());
        for (int i = 0; i < expected.hypotheses().size(); i++) {
            Hypothesis a = expected.hypotheses().get(i);
            Hypothesis b = found.hypotheses().get(i);
            assertArrayEquals(a.ids(), b.ids());
            assertEquals(a.score(), b.score());
            assertEquals(a.finish(), b.finish());
            assertArrayEquals(a.logProbabilities(), b.logProbabilities());
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void together_isOneByOne_bitForBit_forAnyNumberOfThreads(TransformerSpec spec) throws IOException {
        List<Translation> expected = new ArrayList<>();
        for (int threads = 1; threads <= 3; threads++) {
            try (Model model = open(spec, threads)) {
                Translator translator = model.translator();
                for (int[] source : threads == 1 ? sources() : List.<int[]>of()) {
                    expected.add(translator.translate(source, FOUR));
                }
                List<Translation> together = translator.translateIds(sources(), FOUR);
                for (int i = 0; i < together.size(); i++) {
                    assertArrayEquals(sources().get(i), together.get(i).sourceIds());
                    assertSame(expected.get(i), together.get(i));
                }
            }
        }
        assertTrue(expected.stream().flatMap(made -> made.hypotheses().stream()).map(Hypothesis::finish).distinct()
                .count() == 2, "some end by themselves, some are cut");
    }

    @ParameterizedTest
    @MethodSource("all")
    void oneBeam_isTheListenersTokens_andTheBestOfItsKind(TransformerSpec spec) throws IOException {
        try (Model model = open(spec, 2)) {
            Translator translator = model.translator();
            for (int[] source : sources().subList(0, 10)) {
                List<Integer> heard = new ArrayList<>();
                Translation made = translator.translate(source, ONE, new GenerationListener() {
                    @Override
                    public void text(String piece) {
                        throw new IllegalStateException("there is no tokenizer");
                    }

                    @Override
                    public void token(int id) {
                        heard.add(id);
                    }
                });
                Hypothesis best = made.hypotheses().getFirst();
                assertArrayEquals(best.ids(), heard.stream().mapToInt(Integer::intValue).toArray());
                assertEquals("", made.text());
                double sum = 0;
                for (float log : best.logProbabilities()) {
                    sum += log;
                }
                assertEquals(sum / best.ids().length, best.score(), 1e-6);
                assertSame(made, translator.translate(source, ONE));
            }
        }
    }

    /** What comes first is given: the rest is what it was, and its tokens cost nothing. */
    @Test
    void aPrefix_isGoneOnFrom() throws IOException {
        try (Model model = open()) {
            Translator translator = model.translator();
            int[] source = RandomDecoder.ids(5, 12);
            Hypothesis whole = translator.translate(source, ONE).hypotheses().getFirst();
            int[] prefix = Arrays.copyOf(whole.ids(), 3);
            Hypothesis rest = translator.translate(source, ONE.withPrefix(prefix).withMaxTokens(37)).hypotheses()
                    .getFirst();
            assertArrayEquals(whole.ids(), rest.ids());
            for (int i = 0; i < whole.ids().length; i++) {
                assertEquals(i < 3 ? 0 : whole.logProbabilities()[i], rest.logProbabilities()[i]);
            }
        }
    }

    @Test
    void alignments_sumUpToOne_andAreTheMeanOfTheirHeads() throws IOException {
        try (Model model = open()) {
            Translator translator = model.translator();
            int[] source = RandomDecoder.ids(6, 9);
            TranslationOptions.Head a = new TranslationOptions.Head(0, 3);
            TranslationOptions.Head b = new TranslationOptions.Head(2, 1);
            List<float[][]> made = new ArrayList<>();
            for (List<TranslationOptions.Head> heads : List.of(List.of(a), List.of(b), List.of(a, b))) {
                Hypothesis found = translator.translate(source, FOUR.withAlignment(heads)).hypotheses().get(1);
                assertEquals(found.ids().length, found.alignment().length);
                made.add(found.alignment());
            }
            for (int token = 0; token < made.get(0).length; token++) {
                double sum = 0;
                for (int i = 0; i < 9; i++) {
                    sum += made.get(0)[token][i];
                    assertEquals((made.get(0)[token][i] + made.get(1)[token][i]) / 2, made.get(2)[token][i], 1e-6);
                }
                assertEquals(1, sum, 1e-5);
            }
            assertEquals(0, translator.translate(source, FOUR).hypotheses().getFirst().alignment().length);
        }
    }

    /** If it held two, as many callers as there are sessions would wait for each other for ever. */
    @Test
    void aligning_needsOneSessionAtATime() throws Exception {
        try (Model model = open()) {
            List<SessionPool.Lease> others = new ArrayList<>();
            for (int i = 1; i < Math.max(2, java.lang.Runtime.getRuntime().availableProcessors()); i++) {
                others.add(model.sessions().take());
            }
            try {
                int[] source = RandomDecoder.ids(5, 9);
                assertEquals(4, CompletableFuture
                        .supplyAsync(() -> model.translator().translate(source, FOUR.withCoveragePenalty(0.5)))
                        .get(60, TimeUnit.SECONDS).hypotheses().size());
            } finally {
                others.forEach(model.sessions()::giveBack);
            }
        }
    }

    @Test
    void whoeverAsksNoMore_getsWhatIsThere() throws Exception {
        try (Model model = open()) {
            Translator translator = model.translator();
            AtomicInteger asked = new AtomicInteger();
            TranslationOptions some = FOUR.withCancelWhen(() -> asked.incrementAndGet() > 40);
            List<Translation> made = translator.translateIds(sources(), some);
            assertEquals(40, made.size());
            Hypothesis first = made.getFirst().hypotheses().getFirst();
            assertEquals(FinishReason.CANCELLED, first.finish());
            assertTrue(first.ids().length > 0 && first.ids().length < 30);
            assertEquals(List.of(), made.getLast().hypotheses());
            assertEquals("", made.getLast().text());

            AtomicBoolean enough = new AtomicBoolean();
            CountDownLatch begun = new CountDownLatch(1);
            Thread other = new Thread(() -> {
                try {
                    begun.await();
                } catch (InterruptedException e) {
                    return;
                }
                enough.set(true);
            });
            other.start();
            // Without an end, it would go on for as long as there are positions, again and again.
            List<int[]> endless = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) {
                endless.add(RandomDecoder.ids(1, 20));
            }
            TranslationOptions until = FOUR.withMaxTokens(RandomDecoder.POSITIONS).withMinTokens(600)
                    .withCancelWhen(() -> {
                        begun.countDown();
                        return enough.get();
                    });
            assertEquals(10_000, translator.translateIds(endless, until).size());
            other.join();
            TranslationOptions soon = FOUR.withTimeLimit(Duration.ofNanos(1));
            assertEquals(List.of(), translator.translate(new int[]{3}, soon).hypotheses());
            TranslationOptions late = FOUR.withTimeLimit(Duration.ofSeconds(Long.MAX_VALUE));
            assertEquals(4, translator.translate(new int[]{3}, late).hypotheses().size());
        }
    }

    @Test
    void aToken_allocatesNothing() throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Model model = open(RandomTranslator.paper(), 2)) {
            Translator translator = model.translator();
            for (int beams : new int[]{1, 4}) {
                long[] at = new long[700];
                int[] count = new int[1];
                // Asked a few times a token.
                TranslationOptions options = ONE.withBeams(beams).withMaxTokens(600).withMinTokens(599)
                        .withCancelWhen(() -> {
                            count[0]++;
                            if (count[0] % 8 == 0 && count[0] / 8 < at.length) {
                                at[count[0] / 8] = threads.getCurrentThreadAllocatedBytes();
                            }
                            return false;
                        });
                long least = Long.MAX_VALUE;
                // Until compiled, vector code allocates; the steady state is the least of many tokens.
                for (int round = 0; round < 2000 && least > 0; round++) {
                    count[0] = 0;
                    translator.translate(RandomDecoder.ids(1, 10), options);
                    int last = Math.min(at.length, count[0] / 8);
                    for (int i = 10; i + 10 < last; i += 10) {
                        least = Math.min(least, at[i + 10] - at[i]);
                    }
                }
                assertEquals(0, least, "bytes in 20 tokens, " + beams + " beams");
            }
        }
    }

    @Test
    void whatCannotBe_isRefused() throws IOException {
        TranslationOptions any = TranslationOptions.defaults();
        refusedOption("beams", () -> any.withBeams(0));
        refusedOption("beams", () -> any.withBeams(257));
        refusedOption("hypotheses", () -> any.withHypotheses(0));
        refusedOption("lengthPenalty", () -> any.withLengthPenalty(Double.NaN));
        refusedOption("coveragePenalty", () -> any.withCoveragePenalty(-0.1));
        refusedOption("minTokens", () -> any.withMinTokens(-1));
        refusedOption("maxTokens", () -> any.withMaxTokens(0));
        refusedOption("noRepeatNgram", () -> any.withNoRepeatNgram(101));
        refusedOption("timeLimit", () -> any.withTimeLimit(Duration.ZERO));
        int[] source = {3, 4};
        Model closed = open();
        try (Model model = closed) {
            Translator translator = model.translator();
            refusedOption("hypotheses", () -> translator.translate(source, any.withBeams(2).withHypotheses(3)));
            refusedOption("beams", () -> translator.translate(source, FOUR, piece -> {
            }));
            refusedOption("there are no ids", () -> translator.translate(new int[0], any));
            refusedOption("id 83", () -> translator.translate(new int[]{83}, any));
            refusedOption("id -1 at 0:", () -> translator.translate(source, any.withPrefix(-1)));
            refusedOption("id 90", () -> translator.translate(source, any.withBanned(90)));
            refusedOption("there is no head 4",
                    () -> translator.translate(source,
                            any.withAlignment(List.of(new TranslationOptions.Head(2, 4)))));
            TextTooLongException longer = assertThrows(TextTooLongException.class,
                    () -> translator.translate(new int[701], any));
            assertEquals(RandomDecoder.POSITIONS, longer.limit());
            assertEquals(RandomDecoder.POSITIONS, translator.maxSourceTokens());
            assertThrows(TextTooLongException.class, () -> translator.translate(source, any.withPrefix(new int[700])));
            assertThrows(UnsupportedModelException.class, () -> translator.translate("text"));
            // All ids are banned.
            int[] ids = new int[RandomDecoder.VOCABULARY];
            Arrays.setAll(ids, id -> id);
            assertThrows(UnsupportedModelException.class, () -> translator.translate(source, any.withBanned(ids)));
            assertThrows(UnsupportedModelException.class, model::generator);
            // To the last position.
            assertEquals(700, translator.translate(new int[700], any.withMaxTokens(9999).withMinTokens(9999))
                    .hypotheses().getFirst().ids().length);
        }
        assertThrows(ModelClosedException.class, () -> closed.translator().translate(source, any));
        Metadata.Builder ends = Metadata.builder().put("generation.start", 0)
                .put("generation.eos", new int[]{Integer.MIN_VALUE, -1, 1, 83, Integer.MAX_VALUE});
        try (Model model = Model.open(RandomDecoder.write(folder.resolve("ends.lane"), RandomTranslator.paper(),
                DataType.F32, 11, ends))) {
            assertEquals(4, model.translator().translate(source, FOUR.withMinTokens(5)).hypotheses().size());
        }
        Path unsaid = RandomDecoder.write(folder.resolve("unsaid.lane"), RandomTranslator.paper(), DataType.F32, 1,
                Metadata.builder());
        try (Model model = Model.open(unsaid)) {
            assertThrows(UnsupportedModelException.class, model::translator);
        }
        Path other = RandomDecoder.write(folder.resolve("other.lane"), RandomDecoder.grouped(), DataType.F32, 1);
        try (Model model = Model.open(other)) {
            assertThrows(UnsupportedModelException.class, model::translator);
        }
    }

    private static void refusedOption(String part, Runnable call) {
        String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(message.startsWith(part), message);
    }
}
