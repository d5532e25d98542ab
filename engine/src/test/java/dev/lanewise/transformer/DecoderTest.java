package dev.lanewise.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.RandomDecoder;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.Widths;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** However a text goes through a decoder, its logits are the same to the bit. */
class DecoderTest {
    @TempDir
    Path folder;

    static List<TransformerSpec> all() {
        return RandomDecoder.all();
    }

    /** A decoder and what it needs. */
    private final class Rig implements AutoCloseable {
        final TransformerSpec spec;
        final LaneFile file;
        final Decoder decoder;
        final Crew crew;
        final Session session;

        Rig(TransformerSpec spec, DataType type, int threads, Kernels kernels) throws IOException {
            this.spec = spec;
            file = LaneFile.open(RandomDecoder.write(folder.resolve(threads + ".lane"), spec, type, 7));
            decoder = new Decoder(file, spec);
            crew = new Crew(threads);
            session = new Session(spec, kernels, crew, 0);
        }

        Rig(TransformerSpec spec, int threads) throws IOException {
            this(spec, DataType.F32, threads, Kernels.select());
        }

        KeyValueCache cache(DataType type) {
            return new KeyValueCache(spec.stack(), type, 600);
        }

        /** The logits of ids that come behind a cache, some at a time. */
        float[][] logits(KeyValueCache cache, int[] ids, int chunk) {
            float[][] out = new float[ids.length][];
            for (int from = 0; from < ids.length; from += chunk) {
                int to = Math.min(ids.length, from + chunk);
                session.batch().clear();
                session.batch().add(ids, from, to, cache);
                assertTrue(decoder.forward(session, () -> false));
                take(out, from, to - from);
            }
            return out;
        }

        /** All logits of the last pass. */
        void take(float[][] out, int at, int count) {
            int[] tokens = new int[count];
            Arrays.setAll(tokens, i -> i);
            decoder.logits(session, tokens, count);
            for (int i = 0; i < count; i++) {
                int from = i * session.logitsStride();
                out[at + i] = Arrays.copyOfRange(session.logits(), from, from + RandomDecoder.VOCABULARY);
            }
        }

        @Override
        public void close() {
            crew.close();
            file.close();
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void prefill_equalsSingleSteps_andAnyChunks(TransformerSpec spec) throws IOException {
        int[] ids = RandomDecoder.ids(1, 290);
        try (Rig rig = new Rig(spec, 1)) {
            float[][] whole = rig.logits(rig.cache(DataType.F32), ids, ids.length);
            for (int chunk : new int[]{1, 7, 128, 200}) {
                assertArrayEquals(whole, rig.logits(rig.cache(DataType.F32), ids, chunk), "chunks of " + chunk);
            }
            // The logits are no constant.
            assertFalse(Arrays.equals(whole[3], whole[288]));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16", "Q8_0", "Q4_0", "Q4_1"})
    void prefill_equalsSingleSteps_withWeightsOfEveryType(DataType type) throws IOException {
        int[] ids = RandomDecoder.ids(1, 40);
        try (Rig rig = new Rig(RandomDecoder.grouped(), type, 1, Kernels.select())) {
            float[][] whole = rig.logits(rig.cache(DataType.F32), ids, ids.length);
            assertArrayEquals(whole, rig.logits(rig.cache(DataType.F32), ids, 1));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "Q8_0"})
    void forksGoOn_likeReplays_inEveryTypeOfCache(DataType type) throws IOException {
        int[] start = RandomDecoder.ids(1, 300);
        int[] one = RandomDecoder.ids(2, 50);
        int[] other = RandomDecoder.ids(3, 150);
        try (Rig rig = new Rig(RandomDecoder.grouped(), 1)) {
            KeyValueCache cache = rig.cache(type);
            rig.logits(cache, start, 100);
            KeyValueCache fork = cache.fork();
            KeyValueCache early = cache.fork();
            early.truncate(100); // into a shared page
            float[][] afterOne = rig.logits(cache, one, 50);
            float[][] afterOther = rig.logits(fork, other, 1);
            float[][] afterEarly = rig.logits(early, other, 70);

            assertArrayEquals(afterOne, rig.logits(replay(rig, type, start), one, 9));
            assertArrayEquals(afterOther, rig.logits(replay(rig, type, start), other, 150));
            assertArrayEquals(afterEarly, rig.logits(replay(rig, type, Arrays.copyOf(start, 100)), other, 70));
            // The fork that went its own way in the middle has changed nothing in the others.
            cache.truncate(300);
            assertArrayEquals(afterOne, rig.logits(cache, one, 50));
        }
    }

    private static KeyValueCache replay(Rig rig, DataType type, int[] ids) {
        KeyValueCache cache = rig.cache(type);
        rig.logits(cache, ids, ids.length);
        return cache;
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "Q8_0"})
    void savedPages_areRead(DataType type) throws IOException {
        int[] start = RandomDecoder.ids(1, 300);
        int[] next = RandomDecoder.ids(2, 5);
        try (Rig rig = new Rig(RandomDecoder.grouped(), 1)) {
            KeyValueCache cache = replay(rig, type, start);
            KeyValueCache loaded = rig.cache(type);
            ByteBuffer page = ByteBuffer.allocate(cache.savedPageBytes());
            for (int i = 0; i < 3; i++) {
                cache.savePage(i, page.clear());
                loaded.loadPage(page.flip(), Math.min(KeyValueCache.PAGE, 300 - i * KeyValueCache.PAGE));
            }
            assertEquals(300, loaded.length());
            assertArrayEquals(rig.logits(cache, next, 5), rig.logits(loaded, next, 5));
        }
    }

    @Test
    void cachesOfFewerBits_areNear() throws IOException {
        int[] ids = RandomDecoder.ids(1, 300);
        try (Rig rig = new Rig(RandomDecoder.grouped(), 1)) {
            float[][] exact = rig.logits(rig.cache(DataType.F32), ids, 300);
            double rough = distance(exact, rig.logits(rig.cache(DataType.BF16), ids, 300));
            double byBytes = distance(exact, rig.logits(rig.cache(DataType.Q8_0), ids, 300));
            // Logits go up to 15. A bfloat16 is off by 1/512 of itself at most, a byte by 1/254 of the largest of its block.
            assertTrue(rough > 0 && rough < 0.3, "bfloat16: " + rough);
            assertTrue(byBytes > 0 && byBytes < 0.6, "bytes: " + byBytes);
        }
    }

    private static double distance(float[][] a, float[][] b) {
        double most = 0;
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[i].length; j++) {
                most = Math.max(most, Math.abs(a[i][j] - b[i][j]));
            }
        }
        return most;
    }

    @ParameterizedTest
    @MethodSource("all")
    void threads_doNotMatter(TransformerSpec spec) throws IOException {
        int[] ids = RandomDecoder.ids(4, 290);
        float[][] expected = null;
        for (int threads = 1; threads <= 3; threads++) {
            try (Rig rig = new Rig(spec, threads)) {
                KeyValueCache cache = rig.cache(DataType.F32);
                float[][] logits = Stream.concat(Arrays.stream(rig.logits(cache, ids, 260)),
                        Arrays.stream(rig.logits(cache, ids, 1))).toArray(float[][]::new);
                if (expected == null) {
                    expected = logits;
                }
                assertArrayEquals(expected, logits, threads + " threads");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void batch_equalsItsMembers(TransformerSpec spec) throws IOException {
        int[][] before = {RandomDecoder.ids(1, 200), RandomDecoder.ids(2, 1), {}, RandomDecoder.ids(3, 90)};
        int[][] next = {RandomDecoder.ids(4, 1), RandomDecoder.ids(5, 140), RandomDecoder.ids(6, 30),
                RandomDecoder.ids(7, 1)};
        try (Rig rig = new Rig(spec, 2)) {
            KeyValueCache[] caches = new KeyValueCache[next.length];
            float[][] alone = {};
            for (int i = 0; i < next.length; i++) {
                caches[i] = rig.cache(DataType.F32);
                rig.logits(caches[i], before[i], 300);
                float[][] logits = rig.logits(caches[i].fork(), next[i], 300);
                int first = alone.length;
                alone = Arrays.copyOf(alone, first + logits.length);
                System.arraycopy(logits, 0, alone, first, logits.length);
            }
            rig.session.batch().clear();
            for (int i = 0; i < next.length; i++) {
                rig.session.batch().add(next[i], 0, next[i].length, caches[i]);
            }
            rig.decoder.forward(rig.session, () -> false);
            float[][] together = new float[alone.length][];
            rig.take(together, 0, together.length);
            assertArrayEquals(alone, together);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void batchOfVeryManyTokens_equalsItsMembers(TransformerSpec spec) throws IOException {
        int texts = 11;
        for (int threads = 1; threads <= 2; threads++) {
            try (Rig rig = new Rig(spec, threads)) {
                float[][] alone = new float[texts * 293][];
                for (int text = 0; text < texts; text++) {
                    float[][] logits = rig.logits(rig.cache(DataType.F32), RandomDecoder.ids(text, 293), 293);
                    System.arraycopy(logits, 0, alone, text * 293, 293);
                }
                rig.session.batch().clear();
                for (int text = 0; text < texts; text++) {
                    rig.session.batch().add(RandomDecoder.ids(text, 293), 0, 293, rig.cache(DataType.F32));
                }
                rig.decoder.forward(rig.session, () -> false);
                float[][] together = new float[alone.length][];
                rig.take(together, 0, together.length);
                assertArrayEquals(alone, together, threads + " threads");
            }
        }
    }

    @Tag("widths")
    @ParameterizedTest
    @MethodSource("all")
    void vectorsOfEveryWidth_agreeWithTheScalarTwins(TransformerSpec spec) throws IOException {
        int[] ids = RandomDecoder.ids(4, 70);
        float[][] expected = null;
        for (Kernels kernels : Widths.all()) {
            try (Rig rig = new Rig(spec, DataType.F32, 1, kernels)) {
                float[][] logits = rig.logits(rig.cache(DataType.F32), ids, 69);
                if (expected == null) {
                    expected = logits;
                }
                assertEquals(0, distance(expected, logits), 2e-4, kernels.vectorBits() + " bits");
            }
        }
    }

    @Test
    void stopped_leavesTheCacheAsItWas() throws IOException {
        int[] ids = RandomDecoder.ids(1, 150);
        try (Rig rig = new Rig(RandomDecoder.grouped(), 2)) {
            KeyValueCache cache = rig.cache(DataType.F32);
            float[][] expected = rig.logits(cache, ids, 150);
            cache.truncate(100);
            rig.session.batch().clear();
            rig.session.batch().add(ids, 0, 30, cache);
            int[] asked = new int[1];
            assertFalse(rig.decoder.forward(rig.session, () -> ++asked[0] == 3));
            assertEquals(100, cache.length());
            assertArrayEquals(Arrays.copyOfRange(expected, 100, 150),
                    rig.logits(cache, Arrays.copyOfRange(ids, 100, 150), 50));
        }
    }

    @Test
    void moreThanFits_isRefused() throws IOException {
        try (Rig rig = new Rig(RandomDecoder.grouped(), 1)) {
            KeyValueCache cache = rig.cache(DataType.F32);
            assertEquals(640, cache.capacity(), "whole pages");
            Batch batch = rig.session.batch();
            assertThrows(IllegalArgumentException.class, () -> batch.add(RandomDecoder.ids(1, 641), 0, 641, cache));
            assertThrows(IllegalArgumentException.class, () -> cache.truncate(1));
        }
    }
}
