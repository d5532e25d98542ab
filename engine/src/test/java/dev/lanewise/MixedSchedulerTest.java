package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.spec.Activation;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.Metadata;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The three shapes at once, in one process: every answer is that of the request alone, bit for bit. */
@Timeout(120)
class MixedSchedulerTest {
    private static final GenerationListener NOBODY = text -> {
    };

    @TempDir
    static Path folder;

    @Test
    void fiveHundredMixedRequests_haveTheBitsOfEachAlone() throws Exception {
        ModelOptions single = ModelOptions.defaults().withThreads(1);
        SchedulerOptions options = SchedulerOptions.defaults().withThreads(2).withBatch(96, 32)
                .withCache(4 << 20, CacheType.F32);
        TinyEncoder tiny = new TinyEncoder(TinyEncoder.spec(2, 64, 4, 16, 128, Activation.GELU,
                new PoolingSpec(PoolingSpec.Kind.MEAN, true)), DataType.F32, 1);
        Path decoderFile = RandomDecoder.write(folder.resolve("d.lane"), RandomDecoder.grouped(), DataType.F32, 7);
        Path bothFile = RandomTranslator.write(folder.resolve("t.lane"), RandomTranslator.relative(),
                Metadata.builder());
        Random random = new Random(3);
        List<Runnable> checks = new ArrayList<>();
        try (Model encoder = Model.open(tiny.write(folder.resolve("e.lane")), single);
                Model decoder = Model.open(decoderFile, single);
                Model both = Model.open(bothFile, single);
                Scheduler embeds = encoder.scheduler(options);
                Scheduler generates = decoder.scheduler(options);
                Scheduler translates = both.scheduler(options)) {
            for (int i = 0; i < 500; i++) {
                int[] ids = RandomDecoder.ids(i, 1 + random.nextInt(random.nextInt(10) == 0 ? 150 : 30));
                int most = 1 + random.nextInt(20);
                switch (i % 3) {
                    case 0 -> {
                        int[] text = java.util.Arrays.stream(ids).map(id -> id % 50).toArray();
                        CompletableFuture<float[]> answer = embeds.embedAsync(text, null);
                        checks.add(() -> assertArrayEquals(encoder.embedder().embed(text), answer.join()));
                    }
                    case 1 -> {
                        GenerationOptions how = GenerationOptions.builder().maxTokens(most).seed(i)
                                .temperature(random.nextBoolean() ? 0.9 : 0).build();
                        CompletableFuture<Generation> answer = generates.generateAsync(ids, how, NOBODY);
                        checks.add(() -> assertArrayEquals(decoder.generator().generate(ids, how).ids(),
                                answer.join().ids()));
                    }
                    default -> {
                        TranslationOptions how = TranslationOptions.defaults().withMaxTokens(most)
                                .withBeams(1 + random.nextInt(4));
                        CompletableFuture<Translation> answer = translates.translateAsync(ids, how);
                        checks.add(() -> assertSame(both.translator().translate(ids, how), answer.join()));
                    }
                }
                LockSupport.parkNanos(random.nextInt(1_500_000));
            }
            checks.forEach(Runnable::run);
            for (Scheduler scheduler : List.of(embeds, generates, translates)) {
                SchedulerStatistics after = scheduler.statistics();
                assertEquals(after.submitted(), after.completed());
                assertTrue(after.submitted() >= 166, after.toString());
            }
        }
    }

    /** The same hypotheses, bit for bit. */
    static void assertSame(Translation alone, Translation answer) {
        assertArrayEquals(alone.sourceIds(), answer.sourceIds());
        assertEquals(alone.hypotheses().size(), answer.hypotheses().size());
        for (int i = 0; i < alone.hypotheses().size(); i++) {
            Translation.Hypothesis expected = alone.hypotheses().get(i);
            Translation.Hypothesis found = answer.hypotheses().get(i);
            assertArrayEquals(expected.ids(), found.ids());
            assertEquals(expected.text(), found.text());
            assertEquals(expected.score(), found.score());
            assertEquals(expected.finish(), found.finish());
            assertArrayEquals(expected.logProbabilities(), found.logProbabilities());
        }
    }
}
