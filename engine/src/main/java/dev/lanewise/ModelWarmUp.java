package dev.lanewise;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.transformer.KeyValueCache;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Has a model compute short and long texts until that gets no faster: then all that it needs is compiled, and in memory. */
final class ModelWarmUp {
    /** One token, few, many, and more than a page of keys and values go through different kernels. */
    private static final int[] TOKENS = {1, 3, 8, KeyValueCache.PAGE + 2};
    /** Of these a round, as a round is a few milliseconds and a text microseconds: its methods shall be hot when those of the network are. */
    private static final int TEXTS = 32;
    private static final String TEXT = "Attention is all you need: 1 + 2 = 3.";
    /** Passes of a decoder of speech: one for the language, one for what comes before the text, and some tokens. */
    private static final int PASSES = 24;
    private static final TranscriptionOptions HEARD = TranscriptionOptions.builder().fallback(false).build();
    /**
     * Rounds, and time, without one that is clearly faster than those before: the compiler has a queue. And half as long as it took until
     * the last gain, as a busy machine compiles late.
     */
    private static final int STEADY = 5;
    private static final long STEADY_NANOS = 500_000_000L;
    private static final long LONGEST_NANOS = 20_000_000_000L;
    private static final GenerationOptions SAMPLED = GenerationOptions.builder().maxTokens(4).temperature(1).topK(40)
            .topP(0.9).ignoreEnd(true).build();
    private static final TranslationOptions TRANSLATED = TranslationOptions.defaults().withMaxTokens(4)
            .withMinTokens(4);
    private static final EmbedderOptions POOLED = EmbedderOptions.defaults().withPooling(Pooling.MEAN);
    private static final SchedulerOptions SCHEDULED = SchedulerOptions.defaults()
            .withCache(java.lang.Runtime.getRuntime().maxMemory(), CacheType.F32).withEmbedding(POOLED);

    private ModelWarmUp() {}

    static CompletableFuture<Void> start(Model model) {
        model.enter();
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                drive(model, done);
                done.complete(null);
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
            } finally {
                model.leave();
            }
        }, "lanewise-model-warm-up");
        thread.setDaemon(true);
        thread.start();
        return done;
    }

    private static void drive(Model model, CompletableFuture<Void> done) {
        long begin = System.nanoTime();
        BooleanSupplier late = () -> done.isDone() || System.nanoTime() - begin >= LONGEST_NANOS;
        long best = Long.MAX_VALUE;
        int steady = 0;
        long since = begin; // the last gain
        while ((steady < STEADY || System.nanoTime() - since < Math.max(STEADY_NANOS, (since - begin) / 2))
                && !late.getAsBoolean()) {
            long start = System.nanoTime();
            if (model.hears()) {
                hear(model, 1, late);
                hear(model, 5, late);
            } else {
                for (int tokens : TOKENS) {
                    compute(model, ids(model, tokens));
                }
                serve(model);
            }
            long end = System.nanoTime();
            if (Kernels.isCold() || end - start < 0.9 * best) {
                steady = 0;
                since = end;
            }
            steady++;
            best = Math.min(best, end - start);
        }
    }

    /** A window, which is always as long; of its text, the beginning. Silence would be passed over. */
    private static void hear(Model model, int beams, BooleanSupplier late) {
        float[] sound = new float[Transcriber.SAMPLE_RATE];
        for (int i = 0; i < sound.length; i++) {
            sound[i] = i % 97 / 97f;
        }
        int[] layers = {model.spec().source().stack().layers() + PASSES * model.spec().stack().layers()};
        model.transcriber().transcribe(sound,
                HEARD.toBuilder().beams(beams).cancelWhen(() -> late.getAsBoolean() || layers[0]-- < 0).build());
    }

    private static int[] ids(Model model, int tokens) {
        int vocabulary = model.translates()
                ? model.spec().source().embedding().vocabulary()
                : model.vocabulary();
        return IntStream.range(0, Math.min(tokens, model.maxTokens())).map(i -> i * 7 % vocabulary).toArray();
    }

    private static void compute(Model model, int[] ids) {
        if (model.generates()) {
            for (CacheType type : CacheType.values()) {
                GenerationSession session = model.generator().newSession(SessionOptions.defaults()
                        .withMaxTokens(Math.min(model.maxTokens(), ids.length + SAMPLED.maxTokens())).withCache(type));
                session.add(ids);
                session.generate(SAMPLED);
            }
        } else if (model.translates()) {
            // With beams, and without: hypotheses change places, or there is a single row.
            model.translator().translate(ids, TRANSLATED.withBeams(1));
            model.translator().translate(ids, TRANSLATED.withBeams(2));
        } else {
            model.embedder(POOLED).embed(ids);
            if (model.spec().embedding().tokenTypes() > 1) {
                model.embedder(POOLED).hiddenStates(ids, new int[ids.length]); // texts have types, unlike ids
            }
            if (model.spec().head() != null) {
                model.classifier().logits(ids, null);
            }
        }
    }

    /**
     * What a caller meets beside the network: the tokenizer, and the way through a scheduler. A new one every time, as what compiled code
     * has never seen, such as a session that has no scratch yet, sends it back to the interpreter.
     */
    private static void serve(Model model) {
        for (int i = 0; i < TEXTS && model.hasTokenizer(); i++) {
            model.tokenizer().decode(model.tokenizer().encode(TEXT, EncodeOptions.DEFAULT).copyOfIds(), true);
        }
        try (Scheduler scheduler = model.scheduler(SCHEDULED)) {
            for (int tokens : TOKENS) {
                int[] ids = ids(model, tokens);
                if (model.generates()) {
                    scheduler.generate(ids, SAMPLED);
                } else if (model.translates()) {
                    scheduler.translate(ids, TRANSLATED);
                } else {
                    scheduler.embedAsync(ids, Duration.ofDays(1)).join();
                    scheduler.embed(ids); // on this thread
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e); // nobody knows this thread
        }
    }
}
