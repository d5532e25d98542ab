package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.writer.SpecWriter;
import dev.lanewise.writer.TokenizerWriter;
import java.util.stream.IntStream;
import org.junit.jupiter.api.function.Executable;
import dev.lanewise.weights.Metadata;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.BertNormalizer;
import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The public face on small encoders with random weights; real models are tested in the tools module. */
class EmbedderTest {
    private static final PoolingSpec MEAN = new PoolingSpec(PoolingSpec.Kind.MEAN, true);

    @TempDir
    Path folder;

    private Model open(TinyEncoder encoder, int threads) throws IOException {
        return Model.open(encoder.write(folder.resolve("m" + threads + ".lane")),
                ModelOptions.defaults().withThreads(threads));
    }

    private static int[] ids(long seed, int count) {
        return new Random(seed).ints(count, 0, 50).toArray();
    }

    @Test
    @Tag("fallback")
    void hiddenStates_equalDoubleArithmetic_forOddShapesAndEveryActivationAndType() throws IOException {
        int[][] shapes = {{1, 8, 1, 8, 8}, {2, 33, 3, 5, 70}, {1, 50, 2, 32, 31}, {3, 16, 4, 12, 40}};
        int seed = 0;
        for (int[] s : shapes) {
            Activation activation = Activation.values()[seed % Activation.values().length];
            DataType type = List.of(DataType.F32, DataType.BF16, DataType.F16).get(seed % 3);
            TinyEncoder tiny = new TinyEncoder(TinyEncoder.spec(s[0], s[1], s[2], s[3], s[4], activation, MEAN), type,
                    seed++);
            try (Model model = open(tiny, 2)) {
                for (int tokens : new int[]{1, 2, 9, 40, 150}) {
                    int[] ids = ids(tokens, tokens);
                    int[] types = new int[tokens];
                    types[tokens - 1] = 1;
                    float[] found = model.embedder().hiddenStates(ids, types);
                    double[][] expected = tiny.hidden(ids, types);
                    for (int i = 0; i < found.length; i++) {
                        assertEquals(expected[i / s[1]][i % s[1]], found[i], 2e-5,
                                "shape " + seed + ", " + tokens + " tokens, element " + i);
                    }
                }
            }
        }
    }

    @Test
    @Tag("fallback")
    void vectors_haveTheSameBits_forAnyThreadsAndAnyBatch() throws IOException {
        TinyEncoder tiny = new TinyEncoder(TinyEncoder.spec(2, 64, 4, 16, 128, Activation.GELU, MEAN), DataType.F32, 1);
        float[][] alone = null;
        for (int threads : new int[]{1, 2, 3}) {
            try (Model model = open(tiny, threads)) {
                float[][] found = new float[12][];
                for (int i = 0; i < found.length; i++) {
                    found[i] = model.embedder().hiddenStates(ids(i, 1 + i * 60), null);
                }
                if (alone == null) {
                    alone = found;
                }
                assertArrayEquals(alone, found, threads + " threads");
            }
        }
    }

    @Test
    void pooling_takesTheTokensItNames() throws IOException {
        TinyEncoder tiny = new TinyEncoder(TinyEncoder.spec(1, 20, 2, 10, 40, Activation.GELU, null), DataType.F32, 2);
        int[] ids = ids(3, 11);
        double[][] hidden = tiny.hidden(ids, null);
        try (Model model = open(tiny, 1)) {
            for (Pooling pooling : Pooling.values()) {
                float[] plain = model.embedder(EmbedderOptions.defaults().withPooling(pooling).withNormalize(false))
                        .embed(ids);
                float[] unit = model.embedder(EmbedderOptions.defaults().withPooling(pooling)).embed(ids);
                double length = 0;
                for (int i = 0; i < 20; i++) {
                    double expected = switch (pooling) {
                        case CLS -> hidden[0][i];
                        case LAST -> hidden[10][i];
                        case MEAN -> {
                            double sum = 0;
                            for (double[] row : hidden) {
                                sum += row[i] / 11;
                            }
                            yield sum;
                        }
                        case MAX -> {
                            double most = hidden[0][i];
                            for (double[] row : hidden) {
                                most = Math.max(most, row[i]);
                            }
                            yield most;
                        }
                        case WEIGHTED_MEAN -> {
                            double sum = 0;
                            for (int t = 0; t < 11; t++) {
                                sum += hidden[t][i] * (t + 1) / 66;
                            }
                            yield sum;
                        }
                    };
                    assertEquals(expected, plain[i], 2e-5);
                    length += unit[i] * unit[i];
                }
                assertEquals(1, length, 1e-5);
            }
            UnsupportedModelException e = assertThrows(UnsupportedModelException.class, model::embedder);
            assertTrue(e.getMessage().contains("withPooling"), e.getMessage());
        }
    }

    @Test
    void wrongArguments_areRefusedWithTheirReason() throws IOException {
        TinyEncoder tiny = new TinyEncoder(TinyEncoder.spec(1, 8, 1, 8, 8, Activation.GELU, MEAN), DataType.F32, 3);
        try (Model model = open(tiny, 1)) {
            Embedder embedder = model.embedder();
            assertThrows(IllegalArgumentException.class, () -> embedder.embed(new int[0]));
            assertThrows(IllegalArgumentException.class, () -> embedder.embed(new int[]{1, 50}));
            assertThrows(IllegalArgumentException.class, () -> embedder.embed(new int[]{-1}));
            assertThrows(IllegalArgumentException.class, () -> embedder.hiddenStates(new int[]{1}, new int[]{2}));
            assertThrows(IllegalArgumentException.class, () -> embedder.hiddenStates(new int[]{1}, new int[]{0, 0}));
            assertThrows(IndexOutOfBoundsException.class, () -> embedder.embed(new int[]{1}, 0, 1, new float[8], 1));
            assertThrows(IndexOutOfBoundsException.class, () -> embedder.embed(new int[]{1}, 0, 2, new float[8], 0));
            TextTooLongException e = assertThrows(TextTooLongException.class, () -> embedder.embed(new int[701]));
            assertEquals(701, e.tokens());
            assertEquals(700, e.limit());
            assertThrows(UnsupportedModelException.class, () -> embedder.embed("a text, but there is no tokenizer"));
        }
        assertThrows(IllegalArgumentException.class, () -> ModelOptions.defaults().withThreads(0));
    }

    @Test
    void aTextThatBecomesNoToken_isRefused_andOthersGoOn() throws IOException {
        TinyEncoder tiny = new TinyEncoder(TinyEncoder.spec(1, 8, 1, 8, 8, Activation.GELU, MEAN), DataType.F32, 3);
        String[] pieces = IntStream.range(0, 50).mapToObj(i -> i == 0 ? "[UNK]" : "w" + i).toArray(String[]::new);
        Metadata.Builder metadata = Metadata.builder();
        SpecWriter.write(tiny.spec, metadata);
        // No special tokens at the ends.
        TokenizerWriter.write(new Tokenizer(
                TokenizerSpec.wordPiece(pieces, "[UNK]", "##", 100, new BertNormalizer(true, true, true, true),
                        List.of(), Template.PLAIN, Template.PLAIN_PAIR, false)),
                metadata);
        try (Model model = Model.open(tiny.write(folder.resolve("plain.lane"), metadata.build()))) {
            Embedder embedder = model.embedder();
            float[] expected = embedder.embed("w7 w8");
            for (String nothing : List.of("", " ", "\t\n\u00a0")) {
                for (Executable call : List.<Executable>of(() -> embedder.embed(nothing),
                        () -> embedder.embedAll(List.of("w7", nothing)))) {
                    assertTrue(assertThrows(IllegalArgumentException.class, call).getMessage().contains("no tokens"));
                }
            }
            assertArrayEquals(expected, embedder.embed("w7 w8"));
        }
    }

    @Test
    void close_letsRunningCallsEnd_andRefusesLaterOnes() throws Exception {
        TinyEncoder tiny = new TinyEncoder(TinyEncoder.spec(2, 64, 4, 16, 256, Activation.GELU, MEAN), DataType.F32, 4);
        Path file = tiny.write(folder.resolve("close.lane"));
        for (int round = 0; round < 20; round++) {
            Model model = Model.open(file, ModelOptions.defaults().withThreads(2));
            Embedder embedder = model.embedder();
            float[] expected = embedder.embed(ids(1, 300));
            CountDownLatch running = new CountDownLatch(4);
            AtomicInteger refused = new AtomicInteger();
            try (ExecutorService callers = Executors.newFixedThreadPool(4)) {
                Future<?>[] calls = new Future<?>[4];
                for (int i = 0; i < calls.length; i++) {
                    calls[i] = callers.submit(() -> {
                        running.countDown();
                        try {
                            while (true) {
                                assertArrayEquals(expected, embedder.embed(ids(1, 300)));
                            }
                        } catch (ModelClosedException e) {
                            refused.incrementAndGet();
                        }
                    });
                }
                running.await();
                model.close();
                model.close();
                for (Future<?> call : calls) {
                    call.get(30, TimeUnit.SECONDS);
                }
            }
            assertEquals(4, refused.get());
        }
    }

    @Test
    void manyCallers_getTheirOwnResults_fromTwoModelsAtOnce() throws Exception {
        TinyEncoder tiny = new TinyEncoder(TinyEncoder.spec(2, 64, 4, 16, 256, Activation.GELU, MEAN), DataType.F32, 5);
        try (Model one = open(tiny, 2); Model two = open(tiny, 3)) {
            float[][] expected = new float[20][];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = one.embedder().embed(ids(i, 5 + 17 * i));
            }
            try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?>[] calls = new Future<?>[200];
                for (int i = 0; i < calls.length; i++) {
                    int n = i % expected.length;
                    Model model = i % 2 == 0 ? one : two;
                    calls[i] = callers.submit(
                            () -> assertArrayEquals(expected[n], model.embedder().embed(ids(n, 5 + 17 * n))));
                }
                for (Future<?> call : calls) {
                    call.get(60, TimeUnit.SECONDS);
                }
            }
        }
    }

    @Test
    void embedIntoAnArray_allocatesNothing_onTheCallingThread() throws IOException {
        TinyEncoder tiny = new TinyEncoder(TinyEncoder.spec(2, 64, 4, 16, 256, Activation.GELU, MEAN), DataType.F32, 6);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Model model = open(tiny, 2)) {
            Embedder embedder = model.embedder();
            int[] ids = ids(1, 200);
            float[] out = new float[64];
            long least = Long.MAX_VALUE;
            // Until compiled, vector code allocates; the steady state is the least of many rounds.
            for (int round = 0; round < 4000 && least > 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 10; i++) {
                    embedder.embed(ids, 0, ids.length, out, 0);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least, "bytes in 10 calls");
        }
    }
}
