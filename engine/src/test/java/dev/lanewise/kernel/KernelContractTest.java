package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.PackedElements;
import dev.lanewise.weights.RandomBlocks;
import dev.lanewise.writer.TensorPacker;
import dev.lanewise.writer.TensorRows;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link Kernels} promises, asked of every implementation; the oracle is double arithmetic written here. */
@Tag("widths")
class KernelContractTest {
    private static final int[] SIZES = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129,
            384,
            400, 769};
    private static final float[] NASTY = {0f, -0f, 1f, -1f, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL,
            -Float.MIN_NORMAL, 1e-20f, -1e-20f, 1e20f, -1e20f, Float.MAX_VALUE, -Float.MAX_VALUE,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY, Float.NaN, 5.5f, -5.5f, 13.2f, -13.2f, 13.3f, -13.3f, 87f, -87f, 89f, -89f, 127f,
            -127f,
            0.5f, -0.5f};

    static Stream<Kernels> widths() {
        return Widths.all().stream();
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void multiply_equalsDoubleArithmetic_onSizesAroundTiles(Kernels k) {
        Random random = new Random(1);
        for (int rows : new int[]{1, 2, 3, 4, 5, 7, 8, 9, 16, 17}) {
            for (int inputs : SIZES) {
                for (int panels : new int[]{1, 3}) {
                    checkProduct(k, random, rows, inputs, panels);
                }
            }
        }
    }

    private static void checkProduct(Kernels k, Random random, int rows, int inputs, int panels) {
        int outputs = panels * Kernels.PANEL;
        int stride = outputs + 3;
        float[] x = normal(random, rows * (inputs + 1));
        float[] w = normal(random, outputs * inputs);
        float[] b = normal(random, outputs);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment weights = panels(arena, w, outputs, inputs);
            MemorySegment bias = floats(arena, b);
            float[] packed = packed(k, x, inputs + 1, rows, inputs);
            float[] y = new float[(rows + k.rowTile()) * stride + 5];
            k.multiply(y, 5, stride, packed, 2, rows, inputs, DataType.F32, weights, 128, panels, bias, 64, null);
            for (int r = 0; r < rows; r++) {
                for (int o = 0; o < outputs; o++) {
                    double sum = b[o];
                    double size = Math.abs(b[o]);
                    for (int i = 0; i < inputs; i++) {
                        double product = (double) x[r * (inputs + 1) + i] * w[o * inputs + i];
                        sum += product;
                        size += Math.abs(product);
                    }
                    assertEquals(sum, y[5 + r * stride + o], 1e-6 * size * Math.sqrt(inputs) + 1e-30,
                            rows + "x" + inputs + "x" + outputs + " row " + r + " output " + o);
                }
            }
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void multiply_aRowAlone_hasTheBitsItHasAmongOthers(Kernels k) {
        Random random = new Random(2);
        int inputs = 900;
        int rows = 13;
        float[] x = normal(random, rows * inputs);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment weights = panels(arena, normal(random, 32 * inputs), 32, inputs);
            MemorySegment bias = floats(arena, normal(random, 32));
            float[] all = new float[(rows + k.rowTile()) * 32];
            k.multiply(all, 0, 32, packed(k, x, inputs, rows, inputs), 2, rows, inputs, DataType.F32, weights, 128, 1,
                    bias, 64, null);
            for (int r = 0; r < rows; r++) {
                float[] one = new float[k.rowTile() * 32];
                float[] row = Arrays.copyOfRange(x, r * inputs, (r + 1) * inputs);
                k.multiply(one, 0, 32, packed(k, row, inputs, 1, inputs), 2, 1, inputs, DataType.F32, weights, 128, 1,
                        bias, 64, null);
                assertBits(Arrays.copyOfRange(all, r * 32, r * 32 + 32), Arrays.copyOf(one, 32));
            }
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void packRows_inParts_packsWhatItPacksAtOnce(Kernels k) {
        Random random = new Random(41);
        int inputs = 37;
        for (int last = 16; last < 60; last++) {
            for (int first : new int[]{k.rowTile(), 3 * k.rowTile()}) {
                int rows = first + last;
                float[] x = normal(random, rows * inputs);
                float[] parts = new float[2 + (rows + k.rowTile()) * inputs];
                Arrays.fill(parts, Float.NaN);
                k.packRows(parts, 2 + first * inputs, x, first * inputs, inputs, last, inputs);
                k.packRows(parts, 2, x, 0, inputs, first, inputs);
                assertBits(packed(k, x, inputs, rows, inputs), parts);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 63, 64, 65, 66, 67, 68, 1088})
    void fetch_readsNothingBehindTheWeights(int bytes) {
        try (Arena arena = Arena.ofConfined()) {
            new WeightScratch(1, 1L << 30).fetch(arena.allocate(8 + bytes), 8, bytes, DataType.INT8);
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void multiply_carriesNaNAndInfinity_toTheirRowsAlone(Kernels k) {
        int inputs = 40;
        float[] x = new float[3 * inputs];
        Arrays.fill(x, 1);
        x[7] = Float.NaN;
        x[inputs + 9] = Float.POSITIVE_INFINITY;
        float[] w = new float[32 * inputs];
        Arrays.fill(w, 1);
        try (Arena arena = Arena.ofConfined()) {
            float[] y = new float[(3 + k.rowTile()) * 32];
            k.multiply(y, 0, 32, packed(k, x, inputs, 3, inputs), 2, 3, inputs, DataType.F32,
                    panels(arena, w, 32, inputs), 128, 1,
                    floats(arena, new float[32]), 64, null);
            for (int o = 0; o < 32; o++) {
                assertTrue(Float.isNaN(y[o]));
                assertEquals(Float.POSITIVE_INFINITY, y[32 + o]);
                assertEquals(inputs, y[64 + o]);
            }
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void attend_equalsDoubleArithmetic_onSizesAroundTiles(Kernels k) {
        Random random = new Random(3);
        for (int headSize : new int[]{1, 5, 12, 32, 64}) {
            for (int keys : new int[]{1, 2, 3, 7, 8, 9, 31, 32, 33, 127, 128, 129, 300}) {
                for (int queries : new int[]{1, k.queryTile() / 2 + 1, k.queryTile()}) {
                    if (queries <= k.queryTile()) {
                        checkAttention(k, normal(random, queries * (headSize + 1)),
                                normal(random, keys * (headSize + 2)),
                                normal(random, keys * (headSize + 3)), queries, keys, headSize);
                    }
                }
            }
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void attend_survivesScoresOfAnySize(Kernels k) {
        int headSize = 8;
        int keys = 200;
        for (float size : new float[]{0, 1e-30f, 30, 1e4f, 1e8f, 1e20f, 1e30f}) {
            Random random = new Random(4);
            float[] query = normal(random, headSize + 1);
            float[] key = normal(random, keys * (headSize + 2));
            for (int i = 0; i < key.length; i++) {
                key[i] *= size;
            }
            checkAttention(k, query, key, normal(random, keys * (headSize + 3)), 1, keys, headSize);
        }
    }

    private static void checkAttention(Kernels k, float[] query, float[] key, float[] value, int queries, int keys,
            int headSize) {
        float[] out = attend(k, query, key, value, queries, keys, headSize);
        float scale = 0.3f;
        for (int q = 0; q < queries; q++) {
            double[] scores = new double[keys];
            double maximum = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < keys; j++) {
                for (int c = 0; c < headSize; c++) {
                    scores[j] += (double) query[q * (headSize + 1) + c] * key[j * (headSize + 2) + c] * scale;
                }
                maximum = Math.max(maximum, scores[j]);
            }
            double tolerance = 2e-6 * (1 + Math.abs(maximum));
            double sum = 0;
            for (int j = 0; j < keys; j++) {
                scores[j] = Math.exp(scores[j] - maximum);
                sum += scores[j];
            }
            for (int c = 0; c < headSize; c++) {
                double expected = 0;
                for (int j = 0; j < keys; j++) {
                    expected += scores[j] / sum * value[j * (headSize + 3) + c];
                }
                assertEquals(expected, out[q * headSize + c], tolerance * 4,
                        queries + " queries, " + keys + " keys, head size " + headSize);
            }
        }
    }

    private static float[] attend(Kernels k, float[] query, float[] key, float[] value, int queries, int keys,
            int headSize) {
        return attend(k, query, key, value, queries, 0, keys, headSize, ScoreRule.full(0.3f), null, 0);
    }

    private static float[] attend(Kernels k, float[] query, float[] key, float[] value, int queries, int place,
            int keys, int headSize, ScoreRule rule, float[] bias, int biasAt) {
        float[] panels = new float[1 + (keys + 31) / 32 * 32 * headSize];
        Arrays.fill(panels, Float.NaN);
        k.packKeys(panels, 1, key, 0, headSize + 2, keys, headSize);
        int room = keys + 5;
        float[] values = new float[1 + (headSize + 15) / 16 * 16 * room];
        Arrays.fill(values, Float.NaN);
        Kernels.packValues(values, 1, room, value, 0, headSize + 3, keys, headSize);
        float[] out = new float[queries * headSize];
        float[] scratch = new float[k.attentionScratch(headSize)];
        Arrays.fill(scratch, Float.NaN);
        k.attend(out, 0, headSize, query, 0, headSize + 1, queries, place, new float[][]{panels}, 1,
                new float[][]{values}, 1, room, ScoreRule.ALL, keys, headSize, rule, bias, biasAt, scratch);
        assertBits(out, attendPages(k, query, key, value, queries, place, keys, headSize, rule, bias, biasAt));
        return out;
    }

    /** The same with keys and values in pages of 128. */
    private static float[] attendPages(Kernels k, float[] query, float[] key, float[] value, int queries, int place,
            int keys, int headSize, ScoreRule rule, float[] bias, int biasAt) {
        int pages = (keys + 127) / 128;
        float[][] keyPages = new float[pages][2 + 128 * headSize];
        float[][] valuePages = new float[pages][3 + 128 * ((headSize + 15) / 16 * 16)];
        for (int page = 0; page < pages; page++) {
            int count = Math.min(128, keys - page * 128);
            Arrays.fill(valuePages[page], Float.NaN);
            k.packKeys(keyPages[page], 2, key, page * 128 * (headSize + 2), headSize + 2, count, headSize);
            Kernels.packValues(valuePages[page], 3, 128, value, page * 128 * (headSize + 3), headSize + 3, count,
                    headSize);
        }
        float[] out = new float[queries * headSize];
        k.attend(out, 0, headSize, query, 0, headSize + 1, queries, place, keyPages, 2, valuePages, 3, 128, 128, keys,
                headSize, rule, bias, biasAt, new float[k.attentionScratch(headSize)]);
        return out;
    }

    /** Causal, windows on one side or both, soft caps, biases by distance: against double arithmetic, and bit for bit. */
    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void attend_seesWhatItsRuleSays_andAQueryHasTheBitsItHasAlone(Kernels k) {
        Random random = new Random(13);
        int all = ScoreRule.ALL;
        int headSize = 12;
        for (ScoreRule rule : List.of(ScoreRule.causal(0.3f), new ScoreRule(0.3f, 0, 40, 0),
                new ScoreRule(0.3f, 0, 64, 64), new ScoreRule(0.3f, 2.5f, all, 0), new ScoreRule(0.3f, 0, 0, 0),
                new ScoreRule(0.3f, 1, 5, all), new ScoreRule(0.3f, 0, 300, 1))) {
            for (int keys : new int[]{1, 31, 32, 127, 129, 400}) {
                int queries = Math.min(k.queryTile(), keys);
                float[] key = normal(random, keys * (headSize + 2));
                float[] value = normal(random, keys * (headSize + 3));
                float[] bias = normal(random, 2 * keys + 2 * k.queryTile());
                int biasAt = keys + k.queryTile();
                for (int place : new int[]{0, (keys - queries) / 2, keys - queries}) {
                    float[] query = normal(random, queries * (headSize + 1));
                    for (float[] some : new float[][]{null, bias}) {
                        float[] out = attend(k, query, key, value, queries, place, keys, headSize, rule, some, biasAt);
                        for (int q = 0; q < queries; q++) {
                            float[] one = Arrays.copyOfRange(query, q * (headSize + 1), (q + 1) * (headSize + 1));
                            float[] alone = attend(new ScalarKernels(), one, key, value, 1, place + q, keys, headSize,
                                    rule, some, biasAt);
                            assertBits(alone, Arrays.copyOfRange(out, q * headSize, (q + 1) * headSize));
                            checkRule(alone, one, key, value, place + q, keys, headSize, rule, some, biasAt);
                        }
                    }
                }
            }
        }
    }

    private static void checkRule(float[] out, float[] query, float[] key, float[] value, int place, int keys,
            int headSize, ScoreRule rule, float[] bias, int biasAt) {
        double[] weights = new double[keys];
        double sum = 0;
        for (int j = 0; j < keys; j++) {
            if (j >= place - rule.before() && j <= (long) place + rule.after()) {
                double score = 0;
                for (int c = 0; c < headSize; c++) {
                    score += (double) query[c] * key[j * (headSize + 2) + c] * rule.scale();
                }
                score += bias == null ? 0 : bias[biasAt + place - j];
                score = rule.softCap() == 0 ? score : rule.softCap() * Math.tanh(score / rule.softCap());
                weights[j] = Math.exp(score);
                sum += weights[j];
            }
        }
        for (int c = 0; c < headSize; c++) {
            double expected = 0;
            for (int j = 0; j < keys; j++) {
                expected += weights[j] / sum * value[j * (headSize + 3) + c];
            }
            assertEquals(expected, out[c], 2e-5, rule + ", place " + place + " of " + keys);
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void attend_aQueryAlone_hasTheBitsItHasAmongOthers(Kernels k) {
        Random random = new Random(5);
        int headSize = 12;
        int keys = 150;
        int queries = k.queryTile();
        float[] query = normal(random, queries * (headSize + 1));
        float[] key = normal(random, keys * (headSize + 2));
        float[] value = normal(random, keys * (headSize + 3));
        float[] all = attend(k, query, key, value, queries, keys, headSize);
        for (int q = 0; q < queries; q++) {
            float[] one = Arrays.copyOfRange(query, q * (headSize + 1), (q + 1) * (headSize + 1));
            assertBits(Arrays.copyOfRange(all, q * headSize, (q + 1) * headSize),
                    attend(k, one, key, value, 1, keys, headSize));
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void attendGroup_hasTheBitsOfItsHeads(Kernels k) {
        Random random = new Random(17);
        int headSize = 12;
        int keys = 300;
        float[] query = normal(random, Kernels.GROUP * headSize);
        int size = 128; // of a page
        int valuesAt = size * headSize;
        float[][] pages = new float[3][valuesAt + size * 16];
        for (int page = 0; page < pages.length; page++) {
            int count = Math.min(size, keys - page * size);
            k.packKeys(pages[page], 0, normal(random, count * headSize), 0, headSize, count, headSize);
            Kernels.packValues(pages[page], valuesAt, size, normal(random, count * headSize), 0, headSize, count,
                    headSize);
        }
        float[] memory = new float[pages[0].length];
        HeadPages inTurn = new HeadPages() { // through the same memory, as pages are unpacked
            @Override
            public float[] page(int index) {
                System.arraycopy(pages[index], 0, memory, 0, memory.length);
                return memory;
            }

            @Override
            public float[][] all() {
                return pages;
            }
        };
        float[] scratch = new float[k.attentionScratch(headSize)];
        for (ScoreRule rule : List.of(ScoreRule.causal(0.3f), new ScoreRule(0.3f, 5, 140, 0))) {
            float[] alone = new float[Kernels.GROUP * headSize];
            for (int at = 0; at < alone.length; at += headSize) {
                k.attend(alone, at, 0, query, at, 0, 1, keys - 1, pages, 0, pages, valuesAt, size, size, keys, headSize,
                        rule, null, 0, scratch);
            }
            for (int heads = 1; heads <= Kernels.GROUP; heads++) {
                float[] together = new float[heads * headSize];
                Arrays.fill(scratch, Float.NaN);
                k.attendGroup(together, 0, query, 0, heads, keys - 1, inTurn, 0, valuesAt, size, size, keys, headSize,
                        rule, scratch);
                assertBits(Arrays.copyOf(alone, heads * headSize), together);
            }
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void attend_withOneKey_returnsItsValue_andNaNStaysInItsQuery(Kernels k) {
        float[] value = {1.5f, -2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        assertBits(new float[]{1.5f, -2, 3},
                attend(k, new float[]{1, 2, 3, 0}, new float[]{4, 5, 6, 0, 0}, value, 1, 1, 3));
        if (k.queryTile() > 1) {
            float[] out = attend(k, new float[]{Float.NaN, 2, 3, 0, 1, 2, 3, 0}, new float[]{4, 5, 6, 0, 0}, value, 2,
                    1, 3);
            assertTrue(Float.isNaN(out[0]));
            assertEquals(1.5f, out[3]);
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void norms_equalDoubleArithmetic_andWriteNothingElse(Kernels k) {
        Random random = new Random(6);
        for (int width : SIZES) {
            float[] x = normal(random, width + 2);
            float[] w = normal(random, width);
            float[] b = normal(random, width);
            float[] layer = new float[width + 5];
            float[] rms = new float[width + 5];
            Arrays.fill(layer, Float.NaN);
            Arrays.fill(rms, Float.NaN);
            try (Arena arena = Arena.ofConfined()) {
                k.layerNorm(layer, 3, x, 2, width, floats(arena, w).asSlice(64), floats(arena, b).asSlice(64), 1e-5f);
                k.rmsNorm(rms, 3, x, 2, width, floats(arena, w), 64, 1e-5f);
            }
            double mean = 0;
            double square = 0;
            for (int i = 0; i < width; i++) {
                mean += (double) x[2 + i] / width;
                square += (double) x[2 + i] * x[2 + i] / width;
            }
            double variance = square - mean * mean;
            for (int i = 0; i < width; i++) {
                double expected = (x[2 + i] - mean) / Math.sqrt(variance + 1e-5) * w[i] + b[i];
                assertEquals(expected, layer[3 + i], 2e-5 * (1 + Math.abs(expected)),
                        "layer, width " + width + ", element " + i);
                expected = x[2 + i] / Math.sqrt(square + 1e-5) * w[i];
                assertEquals(expected, rms[3 + i], 2e-6 * (1 + Math.abs(expected)),
                        "rms, width " + width + ", element " + i);
            }
            for (int i : new int[]{0, 1, 2, width + 3, width + 4}) {
                assertTrue(Float.isNaN(layer[i]) && Float.isNaN(rms[i]), "width " + width + ", outside");
            }
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void rotate_turnsEachPoint_andNothingElse(Kernels k) {
        Random random = new Random(7);
        for (int half : SIZES) {
            float[] x = normal(random, 2 * half + 2);
            float[] cosines = new float[half + 1];
            float[] sines = new float[half + 1];
            for (int i = 0; i < half; i++) {
                cosines[1 + i] = (float) Math.cos(i + half);
                sines[1 + i] = (float) Math.sin(i + half);
            }
            float[] turned = x.clone();
            k.rotate(turned, 1, half, cosines, sines, 1);
            float[] twin = x.clone();
            new ScalarKernels().rotate(twin, 1, half, cosines, sines, 1);
            assertBits(twin, turned);
            assertEquals(x[0], turned[0]);
            assertEquals(x[2 * half + 1], turned[2 * half + 1]);
            for (int i = 1; i <= half; i++) {
                double angle = i - 1 + half;
                assertEquals(x[i] * Math.cos(angle) - x[i + half] * Math.sin(angle), turned[i], 1e-6);
                assertEquals(x[i + half] * Math.cos(angle) + x[i] * Math.sin(angle), turned[i + half], 1e-6);
            }
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void productsAndCaps_equalDoubleArithmetic(Kernels k) {
        Random random = new Random(9);
        float[] x = normal(random, 96);
        float[] y = normal(random, 96);
        float[] product = x.clone();
        float[] sum = x.clone();
        float[] capped = new float[96];
        for (int i = 0; i < 96; i++) {
            capped[i] = x[i] * (1 << i % 12);
        }
        float[] raw = capped.clone();
        float[] twin = capped.clone();
        k.multiplyBy(product, 0, y, 0, 96);
        k.addScaled(sum, 0, y, 0, 0.3f, 96);
        k.softCap(capped, 0, 96, 30);
        new ScalarKernels().softCap(twin, 0, 96, 30);
        for (int i = 0; i < 96; i++) {
            assertEquals(x[i] * y[i], product[i]);
            assertEquals(Math.fma(0.3f, y[i], x[i]), sum[i]);
            assertEquals(30 * Math.tanh(raw[i] / 30.0), capped[i], 1e-5);
        }
        assertBits(twin, capped);
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void softmaxParts_equalDoubleArithmetic_andTheTwinsBits(Kernels k) {
        Random random = new Random(10);
        ScalarKernels twin = new ScalarKernels();
        for (int count : SIZES) {
            float[] x = normal(random, count + 2);
            x[0] = 1000;
            x[count + 1] = 1000;
            x[1 + random.nextInt(count)] = Float.NEGATIVE_INFINITY;
            x[1 + random.nextInt(count)] = 90; // all others are lost beside it
            for (int i = 1; i <= count; i++) {
                float highest = k.maximum(x, 1, count);
                float expected = Float.NEGATIVE_INFINITY;
                double sum = 0;
                for (int j = 1; j <= count; j++) {
                    expected = Math.max(expected, x[j]);
                    sum += Math.exp(x[j] - highest);
                }
                assertEquals(expected, highest);
                float of = k.sumOfExponentials(x, 1, count, highest, new float[Kernels.SUMS]);
                assertEquals(sum, of, 1e-6 * sum, count + " elements");
                assertEquals(twin.sumOfExponentials(x, 1, count, highest, new float[Kernels.SUMS]), of);
                x[i] = (float) random.nextGaussian() * 8;
            }
            x[1 + random.nextInt(count)] = Float.NaN;
            assertTrue(Float.isNaN(k.maximum(x, 1, count)));
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void everyKernel_hasTheBitsOfItsScalarTwin(Kernels k) {
        ScalarKernels twin = new ScalarKernels();
        Random random = new Random(8);
        for (int size : SIZES) {
            int rows = size % 13 + 1;
            float[] x = normal(random, rows * size);
            float[] w = normal(random, 64 * size);
            float[] b = normal(random, 64);
            float[] query = normal(random, (size + 1));
            float[] key = normal(random, 150 * (size + 2));
            float[] value = normal(random, 150 * (size + 3));
            int padded = (size + 31) / 32 * 32;
            float[] row = Arrays.copyOf(normal(random, size), padded);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment weights = panels(arena, w, 64, size);
                MemorySegment bias = floats(arena, b);
                MemorySegment scale = floats(arena, Arrays.copyOf(normal(random, size), padded)).asSlice(64);
                List<float[]> results = new ArrayList<>();
                for (Kernels one : List.of(twin, k)) {
                    float[] y = new float[(rows + 8) * 64];
                    one.multiply(y, 0, 64, packed(one, x, size, rows, size), 2, rows, size, DataType.F32, weights, 128,
                            2, bias, 64, null);
                    results.add(Arrays.copyOf(y, rows * 64));
                    results.add(attend(one, query, key, value, 1, 150, size));
                    float[] normed = new float[padded];
                    one.layerNorm(normed, 0, row, 0, size, scale, scale, 1e-12f);
                    one.rmsNorm(normed, 0, normed, 0, size, scale, 0, 1e-12f);
                    results.add(normed);
                }
                for (int i = 0; i < 3; i++) {
                    assertBits(results.get(i), results.get(i + 3));
                }
            }
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void activations_haveTheBitsOfTheirScalarTwins_onNastyValues(Kernels k) {
        ScalarKernels twin = new ScalarKernels();
        List<BiConsumer<Kernels, float[]>> activations = List.of((s, x) -> s.gelu(x, 0, x.length),
                (s, x) -> s.geluTanh(x, 0, x.length), (s, x) -> s.silu(x, 0, x.length),
                (s, x) -> s.relu(x, 0, x.length));
        for (BiConsumer<Kernels, float[]> activation : activations) {
            float[] expected = nastyAndNormal();
            float[] found = nastyAndNormal();
            activation.accept(twin, expected);
            activation.accept(k, found);
            for (int i = 0; i < found.length; i++) {
                assertEquals(expected[i] + 0f, found[i] + 0f, "of " + nastyAndNormal()[i]); // +0 and -0 are alike
            }
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void activations_equalDoubleArithmetic(Kernels k) {
        float[] x = nastyAndNormal();
        float[] tanh = x.clone();
        float[] silu = x.clone();
        k.geluTanh(tanh, 0, x.length);
        k.silu(silu, 0, x.length);
        for (int i = 0; i < x.length; i++) {
            double v = x[i];
            if (Math.abs(v) < 1e9) {
                double u = Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v);
                assertEquals(v / (1 + Math.exp(-2 * u)), tanh[i], 4e-7 * Math.abs(v) + 1e-37, "tanh form of " + v);
                assertEquals(v / (1 + Math.exp(-v)), silu[i], 4e-7 * Math.abs(v) + 1e-37, "silu of " + v);
            }
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void widening_isExact_forEveryFinite16BitFloat(Kernels k) {
        int count = 1 << 16;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocate(count * 2L, 64);
            for (int i = 0; i < count; i++) {
                in.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) i);
            }
            MemorySegment zero = arena.allocate(count * 4L, 64);
            for (boolean bfloat : new boolean[]{true, false}) {
                DataType type = bfloat ? DataType.BF16 : DataType.F16;
                WeightScratch scratch = new WeightScratch(1, 1L << 30);
                float[] vector = new float[count]; // 2,048 panels of one input, which is 1
                k.multiplyVector(vector, 0, new float[]{1}, 0, 1, type, in, 0, count / 32, zero, 0, scratch);
                float[] matrix = new float[(2 + k.rowTile()) * count];
                k.multiply(matrix, 0, count, packed(k, new float[]{1, 1}, 1, 2, 1), 2, 2, 1, type, in, 0, count / 32,
                        zero, 0, scratch);
                float[] row = new float[count];
                k.addRow16(row, 0, in, 0, count, bfloat);
                for (int i = 0; i < count; i++) {
                    float expected = bfloat ? Float.intBitsToFloat(i << 16) : Float.float16ToFloat((short) i);
                    if (Float.isFinite(expected)) {
                        int output = i / 32 * 32 + i % 2 * 16 + i % 32 / 2;
                        assertEquals(expected, vector[output] + 0f, 0f, "bits " + i);
                        assertEquals(expected, matrix[count + output] + 0f, 0f, "bits " + i);
                        assertEquals(expected, row[i] + 0f, 0f);
                    }
                }
            }
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void everyType_multipliesAsItsWeightsRead_andAVectorHasTheBitsOfAMatrix(Kernels k) throws IOException {
        Random random = new Random(12);
        for (DataType type : DataType.values()) {
            for (int inputs : type.block() == 256
                    ? new int[]{256, 768, 1280}
                    : type == DataType.INT8
                            ? new int[]{4, 12, 96, 388, 1540}
                            : type.quantized() ? new int[]{32, 96, 416, 800} : new int[]{1, 2, 31, 96, 385, 800}) {
                for (int outputs : new int[]{32, 64, 81}) {
                    checkType(k, random, type, inputs, outputs);
                }
            }
        }
    }

    private static void checkType(Kernels k, Random random, DataType type, int inputs, int outputs)
            throws IOException {
        TensorInfo tensor = new TensorInfo("w", type, Layout.PANELS, List.of(outputs, inputs));
        int panels = (outputs + 31) / 32;
        int most = 20; // every tile: the first of several widens
        float[] x = normal(random, most * inputs);
        float[] b = normal(random, panels * 32);
        WeightScratch scratch = new WeightScratch(inputs, 1L << 30);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment weights = arena.allocate(64 + tensor.bytes(), 64);
            pack(tensor, random, weights.asSlice(64));
            MemorySegment bias = floats(arena, b);
            float[] vector = new float[panels * 32 + 1];
            vector[panels * 32] = 7;
            k.multiplyVector(vector, 0, x, inputs, inputs, type, weights, 64, panels, bias, 64, scratch);
            assertEquals(7, vector[panels * 32], "written behind the outputs");
            for (int rows : new int[]{3, 6, most}) {
                List<float[]> products = new ArrayList<>();
                for (Kernels one : List.of(k, new ScalarKernels())) {
                    float[] y = new float[(rows + one.rowTile()) * panels * 32];
                    one.multiply(y, 0, panels * 32, packed(one, x, inputs, rows, inputs), 2, rows, inputs, type,
                            weights, 64, panels, bias, 64, scratch);
                    products.add(Arrays.copyOf(y, rows * panels * 32));
                }
                assertBits(products.getLast(), products.getFirst());
                assertBits(Arrays.copyOfRange(products.getFirst(), panels * 32, 2 * panels * 32),
                        Arrays.copyOf(vector, panels * 32));
            }
            for (int o = 0; o < panels * 32; o++) {
                double sum = b[o];
                double size = Math.abs(b[o]);
                for (int i = 0; i < inputs; i++) {
                    double product = (double) x[inputs + i] * PackedElements.at(tensor, weights.asSlice(64), o, i);
                    sum += product;
                    size += Math.abs(product);
                }
                assertEquals(sum, vector[o], 1e-6 * size * Math.sqrt(inputs), type + " " + inputs + " output " + o);
            }
            if (Kernels.rounds(type)) {
                checkRounded(k, Arrays.copyOf(x, 6 * inputs), inputs, tensor, weights, panels, bias, scratch);
            }
            float[] row = new float[inputs];
            for (int o = 0; o < outputs; o += 7) {
                Kernels.panelRow(row, 0, inputs, type, weights.asSlice(64), o);
                for (int i = 0; i < inputs; i++) {
                    assertEquals(PackedElements.at(tensor, weights.asSlice(64), o, i), row[i],
                            type + " " + o + " " + i);
                }
            }
        }
    }

    /** Bits of the twin, of a single row those among others, and an error of half a step of each activation at most. */
    private static void checkRounded(Kernels k, float[] x, int inputs, TensorInfo tensor, MemorySegment weights,
            int panels, MemorySegment bias, WeightScratch scratch) {
        int rows = x.length / inputs;
        int stride = panels * 32;
        RoundedRows together = new RoundedRows();
        together.reserve(1 + RoundedRows.tiles(rows), false, inputs);
        k.round(together, 1, x, 0, inputs, rows, inputs, scratch);
        float[] y = new float[(rows + k.rowTile()) * stride];
        k.multiplyRounded(y, 0, stride, together, 1, rows, inputs, tensor.type(), weights, 64, panels, bias, 64,
                scratch);
        float[] twin = new float[rows * stride];
        RoundedRows same = new RoundedRows();
        same.reserve(1 + RoundedRows.tiles(rows), false, inputs);
        new ScalarKernels().round(same, 1, x, 0, inputs, rows, inputs, scratch);
        new ScalarKernels().multiplyRounded(twin, 0, stride, same, 1, rows, inputs, tensor.type(), weights, 64,
                panels, bias, 64, scratch);
        assertBits(twin, Arrays.copyOf(y, rows * stride));
        RoundedRows alone = new RoundedRows();
        alone.reserve(1, true, inputs);
        k.round(alone, 0, x, inputs, inputs, 1, inputs, scratch);
        float[] vector = new float[stride + 1];
        vector[stride] = 7;
        k.multiplyRounded(vector, 0, stride, alone, 0, 1, inputs, tensor.type(), weights, 64, panels, bias, 64,
                scratch);
        assertEquals(7, vector[stride], "written behind the outputs");
        assertBits(Arrays.copyOfRange(twin, stride, 2 * stride), Arrays.copyOf(vector, stride));
        for (int o = 0; o < stride; o++) {
            double sum = bias.get(ValueLayout.JAVA_FLOAT, 64 + o * 4L);
            double bound = 1e-4 * Math.abs(sum);
            for (int block = 0; block < inputs; block += 32) {
                double largest = 0;
                double size = 0;
                for (int i = block; i < block + 32; i++) {
                    double weight = PackedElements.at(tensor, weights.asSlice(64), o, i);
                    sum += x[inputs + i] * weight;
                    largest = Math.max(largest, Math.abs(x[inputs + i]));
                    size += Math.abs(weight);
                }
                bound += largest / 254 * size * 1.001;
            }
            assertEquals(sum, vector[o], bound, tensor.type() + " " + inputs + " output " + o);
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void roundedRows_thatAreNoNumbers_giveNone(Kernels k) {
        float[] x = new float[64];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment weights = arena.allocate(DataType.Q4_0.panelBytes(64), 64).fill((byte) 0x35);
            MemorySegment bias = floats(arena, new float[32]);
            for (float none : new float[]{Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                x[40] = none;
                RoundedRows rows = new RoundedRows();
                rows.reserve(1, true, 64);
                k.round(rows, 0, x, 0, 64, 1, 64, new WeightScratch(64, 1L << 30));
                float[] y = new float[32];
                k.multiplyRounded(y, 0, 32, rows, 0, 1, 64, DataType.Q4_0, weights, 0, 1, bias, 0,
                        new WeightScratch(64, 1L << 30));
                for (float each : y) {
                    assertFalse(Float.isFinite(each));
                }
            }
        }
    }

    private static void pack(TensorInfo tensor, Random random, MemorySegment to) throws IOException {
        TensorRows normal = (row, into) -> {
            for (int i = 0; i < into.length; i++) {
                into[i] = (float) random.nextGaussian();
            }
        };
        TensorPacker packer = new TensorPacker(tensor,
                tensor.type().roundsFloats() && tensor.type() != DataType.INT8
                        ? normal
                        : new RandomBlocks(tensor.type(), tensor.columns(), 14));
        long at = 0;
        for (ByteBuffer piece = packer.next(); piece != null; piece = packer.next()) {
            MemorySegment from = MemorySegment.ofBuffer(piece);
            MemorySegment.copy(from, 0, to, at, from.byteSize());
            at += from.byteSize();
        }
        assertEquals(to.byteSize(), at);
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void additions_areExact(Kernels k) {
        float[] x = nastyAndNormal();
        int n = x.length / 32 * 32;
        float[] expected = new float[n];
        float[] a = new float[n];
        float[] b = new float[n];
        for (int i = 0; i < n; i++) {
            a[i] = b[i] = i - 10;
            expected[i] = a[i] + x[i];
        }
        k.addScaled(a, 0, x, 0, 1, n);
        try (Arena arena = Arena.ofConfined()) {
            k.addRow(b, 0, floats(arena, x), 64, n);
        }
        assertBits(expected, a);
        assertBits(expected, b);
    }

    private static float[] nastyAndNormal() {
        Random random = new Random(7);
        List<Float> values = new ArrayList<>();
        for (float x : NASTY) {
            values.add(x);
        }
        while (values.size() % 32 != 0 || values.size() < 1024) {
            values.add((float) random.nextGaussian() * 4);
        }
        float[] x = new float[values.size()];
        for (int i = 0; i < x.length; i++) {
            x[i] = values.get(i);
        }
        return x;
    }

    private static float[] packed(Kernels k, float[] x, int stride, int rows, int inputs) {
        float[] packed = new float[2 + (rows + k.rowTile()) * inputs];
        Arrays.fill(packed, Float.NaN);
        k.packRows(packed, 2, x, 0, stride, rows, inputs);
        return packed;
    }

    /** [outputs][inputs] to panels, behind 128 bytes of something else. */
    private static MemorySegment panels(Arena arena, float[] w, int outputs, int inputs) {
        MemorySegment panels = arena.allocate(128 + 4L * outputs * inputs, 64);
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                panels.setAtIndex(ValueLayout.JAVA_FLOAT, 32 + (long) o / 32 * 32 * inputs + i * 32L + o % 32,
                        w[o * inputs + i]);
            }
        }
        return panels;
    }

    /** Floats behind 64 bytes of something else. */
    private static MemorySegment floats(Arena arena, float[] x) {
        MemorySegment segment = arena.allocate(64 + 4L * x.length, 64);
        MemorySegment.copy(x, 0, segment, ValueLayout.JAVA_FLOAT, 64, x.length);
        return segment;
    }

    private static float[] normal(Random random, int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    private static void assertBits(float[] expected, float[] found) {
        assertEquals(expected.length, found.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(Float.floatToIntBits(expected[i]), Float.floatToIntBits(found[i]),
                    "element " + i + ": " + expected[i] + " but " + found[i]);
        }
    }
}
