package dev.lanewise;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.transformer.KeyValueCache;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Has a model compute short and long texts until that gets no faster: then all that it needs is compiled, and in memory. */
final class ModelWarmUp {
    /** One token, few, many, and more than a page of keys and values go through different kernels. */
    private static final int[] TOKENS = {1, 3, 8, KeyValueCache.PAGE + 2};
    /** Passes of a decoder of speech: one for the language, one for what comes before the text, and some tokens. */
    private static final int PASSES = 6;
    private static final TranscriptionOptions HEARD = TranscriptionOptions.builder().fallback(false).build();
    /** Rounds without one that is clearly faster than those before. */
    private static final int STEADY = 5;
    private static final long LONGEST_NANOS = 20_000_000_000L;
    private static final GenerationOptions SAMPLED = GenerationOptions.builder().maxTokens(4).temperature(1).topK(40)
            .topP(0.9).ignoreEnd(true).build();

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
        while (steady < STEADY && !late.getAsBoolean()) {
            long start = System.nanoTime();
            if (model.hears()) {
                hear(model, 1, late);
                hear(model, 5, late);
            } else {
                for (int tokens : TOKENS) {
                    compute(model, Math.min(tokens, model.maxTokens()));
                }
            }
            long took = System.nanoTime() - start;
            steady = Kernels.isCold(1) || took < 0.9 * best ? 0 : steady + 1;
            best = Math.min(best, took);
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

    private static void compute(Model model, int tokens) {
        int vocabulary = model.translates()
                ? model.spec().source().embedding().vocabulary()
                : model.vocabulary();
        int[] ids = IntStream.range(0, tokens).map(i -> i * 7 % vocabulary).toArray();
        if (model.generates()) {
            for (CacheType type : CacheType.values()) {
                GenerationSession session = model.generator().newSession(SessionOptions.defaults()
                        .withMaxTokens(Math.min(model.maxTokens(), tokens + SAMPLED.maxTokens())).withCache(type));
                session.add(ids);
                session.generate(SAMPLED);
            }
        } else if (model.translates()) {
            // With beams, and without: hypotheses change places, or there is a single row.
            TranslationOptions few = TranslationOptions.defaults().withMaxTokens(4).withMinTokens(4);
            model.translator().translate(ids, few.withBeams(1));
            model.translator().translate(ids, few.withBeams(2));
        } else {
            model.embedder(EmbedderOptions.defaults().withPooling(Pooling.MEAN)).embed(ids);
        }
    }
}
