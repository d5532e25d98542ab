package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.Metadata;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** However a text is generated, it is the same text; and it ends when it should. */
class GeneratorTest {
    private static final GenerationOptions CHANCE = GenerationOptions.builder().maxTokens(40).temperature(0.9).topK(30)
            .topP(0.95).repetitionPenalty(1.1).seed(5).build();

    @TempDir
    Path folder;

    static List<TransformerSpec> all() {
        return RandomDecoder.all();
    }

    private Model open(TransformerSpec spec, int threads) throws IOException {
        return open(spec, threads, Metadata.builder());
    }

    private Model open(TransformerSpec spec, int threads, Metadata.Builder metadata) throws IOException {
        return Model.open(RandomDecoder.write(folder.resolve(threads + ".lane"), spec, DataType.F32, 7, metadata),
                ModelOptions.defaults().withThreads(threads));
    }

    private Model open() throws IOException {
        return open(RandomDecoder.grouped(), 1);
    }

    private static GenerationOptions tokens(int count) {
        return GenerationOptions.builder().maxTokens(count).build();
    }

    /** The highest logit again and again, each time from the beginning. */
    private static int[] greedyFromScratch(Generator generator, int[] prompt, int count) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + count);
        for (int at = prompt.length; at < ids.length; at++) {
            float[] logits = generator.logits(Arrays.copyOf(ids, at))[at - 1];
            int best = 0;
            for (int id = 1; id < logits.length; id++) {
                best = logits[id] > logits[best] ? id : best;
            }
            ids[at] = best;
        }
        return Arrays.copyOfRange(ids, prompt.length, ids.length);
    }

    @ParameterizedTest
    @MethodSource("all")
    void greedy_isTheHighestLogit_eachTime(TransformerSpec spec) throws IOException {
        int[] prompt = RandomDecoder.ids(1, 30);
        try (Model model = open(spec, 1)) {
            Generator generator = model.generator();
            Generation made = generator.generate(prompt, tokens(20));
            assertArrayEquals(greedyFromScratch(generator, prompt, 20), made.ids());
            assertArrayEquals(prompt, made.promptIds());
            assertEquals(FinishReason.LENGTH, made.finish());
            assertEquals("", made.text());
            assertEquals(30, made.timing().prefillTokens());
            assertEquals(19, made.timing().decodeTokens());
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void sameSeed_sameIds_forAnyNumberOfThreads_promptInAnyParts(TransformerSpec spec) throws IOException {
        int[] prompt = RandomDecoder.ids(2, 600); // two chunks
        int[] expected = null;
        for (int threads = 1; threads <= 3; threads++) {
            try (Model model = open(spec, threads)) {
                int[] ids = model.generator().generate(prompt, CHANCE).ids();
                if (expected == null) {
                    expected = ids;
                }
                assertArrayEquals(expected, ids, threads + " threads");
                GenerationSession session = model.generator().newSession();
                session.add(Arrays.copyOf(prompt, 250));
                session.generate(tokens(1)); // so that the first part is computed by itself
                session.rewind(250);
                session.add(Arrays.copyOfRange(prompt, 250, 600));
                assertArrayEquals(expected, session.generate(CHANCE).ids(), "in parts");
            }
        }
    }

    @Test
    void seeds_differ_andAreTold() throws IOException {
        int[] prompt = RandomDecoder.ids(1, 5);
        try (Model model = open()) {
            Generator generator = model.generator();
            GenerationOptions any = GenerationOptions.builder().maxTokens(30).temperature(1).build();
            Generation one = generator.generate(prompt, any);
            Generation other = generator.generate(prompt, any);
            assertNotEquals(one.seed(), other.seed());
            assertFalse(Arrays.equals(one.ids(), other.ids()));
            assertArrayEquals(one.ids(),
                    generator.generate(prompt, any.toBuilder().seed(one.seed()).build()).ids());
        }
    }

    @Test
    void session_goesOn_likeOneLongPrompt() throws IOException {
        try (Model model = open()) {
            Generator generator = model.generator();
            GenerationSession session = generator.newSession();
            session.add(RandomDecoder.ids(1, 20));
            int[] first = session.generate(tokens(10)).ids();
            session.add(RandomDecoder.ids(2, 15));
            Generation second = session.generate(tokens(10));
            int[] whole = concat(RandomDecoder.ids(1, 20), first, RandomDecoder.ids(2, 15));
            assertArrayEquals(whole, second.promptIds());
            assertEquals(16, second.timing().prefillTokens(), "the last token of the answer, and the new ones");
            assertArrayEquals(generator.generate(whole, tokens(10)).ids(), second.ids());

            // The same conversation, with another end.
            int[] other = concat(whole, RandomDecoder.ids(3, 4));
            session.restart(other);
            Generation third = session.generate(tokens(10));
            assertEquals(4, third.timing().prefillTokens());
            assertArrayEquals(generator.generate(other, tokens(10)).ids(), third.ids());

            // Nothing new to compute: the last token is computed again.
            session.restart(other);
            assertArrayEquals(third.ids(), session.generate(tokens(10)).ids());
        }
    }

    @ParameterizedTest
    @EnumSource
    void forksAndSnapshots_goOnLikeTheOriginal(CacheType cache) throws IOException {
        SessionOptions options = SessionOptions.defaults().withMaxTokens(500).withCache(cache);
        Path file = folder.resolve("session");
        try (Model model = open()) {
            GenerationSession session = model.generator().newSession(options);
            session.add(RandomDecoder.ids(1, 300));
            session.generate(tokens(20));
            GenerationSession fork = session.fork();
            session.save(file);
            GenerationSession loaded = model.generator().loadSession(file, options);
            assertArrayEquals(session.ids(), loaded.ids());
            fork.add(RandomDecoder.ids(2, 10)); // the fork goes its own way first
            int[] own = fork.generate(CHANCE).ids();
            int[] expected = session.generate(CHANCE).ids();
            Generation again = loaded.generate(CHANCE);
            assertArrayEquals(expected, again.ids());
            assertEquals(1, again.timing().prefillTokens());
            GenerationSession replay = model.generator().newSession(options);
            replay.add(concat(Arrays.copyOf(session.ids(), 320), RandomDecoder.ids(2, 10)));
            assertArrayEquals(own, replay.generate(CHANCE).ids());
        }
    }

    @Test
    void snapshots_thatAreDamagedOrOfAnotherModel_areRefused() throws IOException {
        Path file = folder.resolve("session");
        SessionOptions options = SessionOptions.defaults().withMaxTokens(300);
        try (Model model = open();
                Model other = Model.open(
                        RandomDecoder.write(folder.resolve("other.lane"), RandomDecoder.grouped(), DataType.F32, 8))) {
            Generator generator = model.generator();
            GenerationSession session = generator.newSession(options);
            session.add(RandomDecoder.ids(1, 150));
            session.generate(tokens(2));
            session.save(file);
            refused("another model", () -> other.generator().loadSession(file, options));
            refused("type of keys", () -> generator.loadSession(file, options.withCache(CacheType.BF16)));
            TextTooLongException tooSmall = assertThrows(TextTooLongException.class,
                    () -> generator.loadSession(file, options.withMaxTokens(140)));
            assertTrue(tooSmall.getMessage().contains("152 tokens, the model takes at most 140"),
                    tooSmall.getMessage());
            byte[] bytes = Files.readAllBytes(file);
            for (int at = 0; at < bytes.length; at += at < 64 ? 1 : 997) {
                byte[] damaged = bytes.clone();
                damaged[at] ^= 4;
                Files.write(file, damaged);
                assertThrows(ModelFormatException.class, () -> generator.loadSession(file, options), "byte " + at);
            }
            for (int length : new int[]{0, 8, 35, 36, 100, bytes.length - 1, bytes.length + 1}) {
                Files.write(file, Arrays.copyOf(bytes, length));
                assertThrows(ModelFormatException.class, () -> generator.loadSession(file, options), length + " bytes");
            }
            generator.newSession(options).save(file);
            assertEquals(0, generator.loadSession(file, options).length(), "an empty one");
        }
    }

    private static void refused(String message, org.junit.jupiter.api.function.Executable load) {
        assertTrue(assertThrows(ModelFormatException.class, load).getMessage().contains(message));
    }

    @Test
    void aFullSession_stops_orSlides() throws IOException {
        int[] prompt = RandomDecoder.ids(1, 100);
        try (Model model = open()) {
            Generator generator = model.generator();
            SessionOptions options = SessionOptions.defaults().withMaxTokens(130);
            GenerationSession stops = generator.newSession(options);
            stops.add(prompt);
            Generation made = stops.generate(tokens(60));
            assertEquals(FinishReason.CONTEXT_FULL, made.finish());
            assertEquals(31, made.ids().length, "the last one is chosen, and finds no room to be computed");
            assertThrows(TextTooLongException.class, () -> stops.add(new int[]{1}));
            Generation nothing = stops.generate(tokens(60));
            assertEquals(FinishReason.CONTEXT_FULL, nothing.finish());
            assertEquals(0, nothing.ids().length);

            GenerationSession slides = generator.newSession(options.sliding(10));
            slides.add(prompt);
            int[] ids = slides.generate(tokens(80)).ids();
            assertEquals(80, ids.length);
            assertArrayEquals(made.ids(), Arrays.copyOf(ids, 31));
            // Then it goes on as if the first 10 and the newest 60 had always been the beginning.
            int[] kept = concat(Arrays.copyOf(prompt, 10),
                    Arrays.copyOfRange(concat(prompt, Arrays.copyOf(ids, 31)), 71, 131));
            assertArrayEquals(generator.generate(kept, tokens(20)).ids(), Arrays.copyOfRange(ids, 31, 51));
            slides.add(RandomDecoder.ids(3, 110));
            assertArrayEquals(Arrays.copyOf(prompt, 10), Arrays.copyOf(slides.ids(), 10));
            assertEquals(120, slides.length());
            assertThrows(TextTooLongException.class, () -> slides.add(RandomDecoder.ids(3, 121)));
        }
    }

    @Test
    void endTokens_endTheText() throws IOException {
        int[] prompt = RandomDecoder.ids(1, 30);
        int[] ids;
        try (Model model = open()) {
            ids = model.generator().generate(prompt, tokens(30)).ids();
        }
        int first = IntStream.range(0, ids.length).filter(i -> ids[i] == ids[7]).findFirst().orElseThrow();
        try (Model model = open(RandomDecoder.grouped(), 1,
                Metadata.builder().put("generation.eos", new int[]{ids[7]}))) {
            Generation made = model.generator().generate(prompt, tokens(30));
            assertEquals(FinishReason.STOP_TOKEN, made.finish());
            assertArrayEquals(Arrays.copyOf(ids, first + 1), made.ids());
            Generation ignored = model.generator().generate(prompt, tokens(30).toBuilder().ignoreEnd(true).build());
            assertEquals(FinishReason.LENGTH, ignored.finish());
            assertArrayEquals(ids, ignored.ids());
        }
    }

    @Test
    void stream_givesTheSameTokens_oneByOne() throws IOException {
        int[] prompt = RandomDecoder.ids(1, 30);
        try (Model model = open()) {
            Generation expected = model.generator().generate(prompt, CHANCE);
            GenerationSession session = model.generator().newSession();
            session.add(prompt);
            GenerationStream stream = session.stream(CHANCE);
            List<Integer> ids = new ArrayList<>();
            assertNull(stream.result().finish());
            while (stream.hasNext()) {
                ids.add(stream.next().id());
                assertEquals(prompt.length + ids.size(), session.length());
            }
            assertEquals(IntStream.of(expected.ids()).boxed().toList(), ids);
            assertEquals(FinishReason.LENGTH, stream.result().finish());
            assertThrows(java.util.NoSuchElementException.class, stream::next);
        }
    }

    @Test
    void cancel_fromAnotherThread_endsItWithinAToken() throws Exception {
        try (Model model = open()) {
            GenerationSession session = model.generator().newSession();
            session.add(RandomDecoder.ids(1, 10));
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch cancelled = new CountDownLatch(1);
            Thread other = Thread.ofPlatform().start(() -> {
                try {
                    begun.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                session.cancel();
                cancelled.countDown();
            });
            int[] told = new int[1];
            Generation made = session.generate(tokens(600), new GenerationListener() {
                @Override
                public void text(String piece) {}

                @Override
                public void token(int id) {
                    if (++told[0] == 3) {
                        begun.countDown();
                        try {
                            cancelled.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }
                }
            });
            other.join();
            assertEquals(FinishReason.CANCELLED, made.finish());
            assertEquals(3, made.ids().length);
            assertEquals(13, session.length());
            assertEquals(FinishReason.LENGTH, session.generate(tokens(5)).finish(), "it can go on");
        }
    }

    @Test
    void cancelBetweenLayersOfThePrompt_keepsWhatIsComputed() throws IOException {
        int[] prompt = RandomDecoder.ids(1, 690);
        try (Model model = open()) {
            GenerationSession session = model.generator().newSession();
            session.add(prompt);
            int[] asked = new int[1];
            // Once before the first chunk, before each of its three layers, and before the first of the second chunk.
            Generation stopped = session.generate(
                    tokens(5).toBuilder().cancelWhen(() -> ++asked[0] == 5).build());
            assertEquals(FinishReason.CANCELLED, stopped.finish());
            assertEquals(0, stopped.ids().length);
            Generation made = session.generate(tokens(5));
            assertEquals(690 - 512, made.timing().prefillTokens());
            assertArrayEquals(model.generator().generate(prompt, tokens(5)).ids(), made.ids());
        }
    }

    @Test
    void deadline_endsIt() throws IOException {
        try (Model model = open()) {
            Generation made = model.generator().generate(RandomDecoder.ids(1, 10),
                    tokens(600).toBuilder().timeLimit(Duration.ofNanos(1)).build());
            assertEquals(FinishReason.DEADLINE, made.finish());
            assertEquals(0, made.ids().length);
            assertEquals(FinishReason.LENGTH, model.generator().generate(RandomDecoder.ids(1, 10),
                    tokens(5).toBuilder().timeLimit(Duration.ofDays(1_000_000)).build()).finish());
        }
    }

    @Test
    void logProbabilities_areThoseOfTheLogits() throws IOException {
        int[] prompt = RandomDecoder.ids(1, 10);
        try (Model model = open()) {
            Generation made = model.generator().generate(prompt, CHANCE.toBuilder().logProbabilities(3).build());
            assertArrayEquals(model.generator().generate(prompt, CHANCE).ids(), made.ids(), "asking changes nothing");
            assertEquals(40, made.probabilities().size());
            float[] logits = model.generator().logits(prompt)[9];
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp(logit);
            }
            TokenProbabilities first = made.probabilities().getFirst();
            assertEquals(made.ids()[0], first.id());
            assertEquals(logits[first.id()] - Math.log(sum), first.logProbability(), 1e-5);
            assertEquals(3, first.top().size());
            for (TokenProbabilities.Alternative top : first.top()) {
                assertEquals(logits[top.id()] - Math.log(sum), top.logProbability(), 1e-5);
            }
            assertTrue(first.top().get(0).logProbability() >= first.top().get(1).logProbability());
        }
    }

    @Test
    void aToken_allocatesNothing() throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Model model = open(RandomDecoder.grouped(), 2)) {
            GenerationSession session = model.generator().newSession();
            long[] at = new long[600];
            int[] count = new int[1];
            GenerationListener listener = new GenerationListener() {
                @Override
                public void text(String piece) {}

                @Override
                public void token(int id) {
                    at[count[0]++] = threads.getCurrentThreadAllocatedBytes();
                }
            };
            long least = Long.MAX_VALUE;
            // Until compiled, vector code allocates; the steady state is the least of many tokens.
            for (int round = 0; round < 2000 && least > 0; round++) {
                count[0] = 0;
                session.restart(RandomDecoder.ids(1, 10));
                session.generate(CHANCE.toBuilder().maxTokens(600).ignoreEnd(true).build(), listener);
                for (int i = 10; i < 600; i += 10) {
                    least = Math.min(least, at[i] - at[i - 10]);
                }
            }
            assertEquals(0, least, "bytes in 10 tokens");
        }
    }

    @Test
    void aSession_hasOneOwner() throws Exception {
        try (Model model = open()) {
            GenerationSession session = model.generator().newSession();
            session.add(RandomDecoder.ids(1, 10));
            AtomicBoolean refused = new AtomicBoolean();
            session.generate(tokens(1), new GenerationListener() {
                @Override
                public void text(String piece) {}

                @Override
                public void token(int id) {
                    refused.set(assertThrows(IllegalStateException.class, () -> session.add(new int[]{1})) != null);
                }
            });
            assertTrue(refused.get());
            session.add(new int[]{1});
        }
    }

    @Test
    void whatCannotBe_isRefused() throws IOException {
        GenerationOptions.Builder builder = GenerationOptions.builder();
        refusedOption("maxTokens", () -> builder.maxTokens(0));
        refusedOption("temperature", () -> builder.temperature(-0.1));
        refusedOption("temperature", () -> builder.temperature(Double.NaN));
        refusedOption("topK", () -> builder.topK(-1));
        refusedOption("topP", () -> builder.topP(0));
        refusedOption("topP", () -> builder.topP(1.1));
        refusedOption("minP", () -> builder.minP(Double.NaN));
        refusedOption("typical", () -> builder.typical(0));
        refusedOption("repetitionPenalty", () -> builder.repetitionPenalty(0));
        refusedOption("presencePenalty", () -> builder.presencePenalty(Double.POSITIVE_INFINITY));
        refusedOption("frequencyPenalty", () -> builder.frequencyPenalty(-101));
        refusedOption("noRepeatNgram", () -> builder.noRepeatNgram(-1));
        refusedOption("logitBias", () -> builder.logitBias(-1, 0));
        refusedOption("logitBias", () -> builder.logitBias(1, Float.NaN));
        refusedOption("stop", () -> builder.stop(""));
        refusedOption("logProbabilities", () -> builder.logProbabilities(-1));
        refusedOption("timeLimit", () -> builder.timeLimit(Duration.ZERO));
        refusedOption("maxTokens", () -> SessionOptions.defaults().withMaxTokens(-1));
        refusedOption("keep", () -> SessionOptions.defaults().sliding(-1));
        GenerationSession session;
        try (Model model = open()) {
            Generator generator = model.generator();
            refusedOption("maxTokens",
                    () -> generator.newSession(SessionOptions.defaults().withMaxTokens(RandomDecoder.POSITIONS + 1)));
            refusedOption("keep", () -> generator.newSession(SessionOptions.defaults().withMaxTokens(10).sliding(6)));
            assertThrows(IllegalArgumentException.class, () -> generator.generate(new int[0], tokens(1)));
            assertThrows(IllegalArgumentException.class, () -> generator.generate(new int[]{83}, tokens(1)));
            assertThrows(IllegalArgumentException.class,
                    () -> generator.generate(new int[]{1}, builder.logitBias(83, 1).build()));
            assertThrows(TextTooLongException.class, () -> generator.generate(RandomDecoder.ids(1, 701), tokens(1)));
            assertEquals(1, generator.generate(RandomDecoder.ids(1, 700), tokens(9)).ids().length);
            assertThrows(UnsupportedModelException.class, () -> generator.generate("text"));
            assertThrows(UnsupportedModelException.class,
                    () -> generator.generate(new int[]{1}, GenerationOptions.builder().stop("x").build()));
            GenerationOptions.Builder none = GenerationOptions.builder();
            IntStream.range(0, RandomDecoder.VOCABULARY).forEach(id -> none.logitBias(id, Float.NEGATIVE_INFINITY));
            assertThrows(UnsupportedModelException.class, () -> generator.generate(new int[]{1}, none.build()));
            session = generator.newSession();
            session.add(new int[]{1});
        }
        assertThrows(ModelClosedException.class, session::generate);
    }

    private static void refusedOption(String name, org.junit.jupiter.api.function.Executable made) {
        String message = assertThrows(IllegalArgumentException.class, made).getMessage();
        assertTrue(message.startsWith(name + " must be "), message);
    }

    private static int[] concat(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }
}
