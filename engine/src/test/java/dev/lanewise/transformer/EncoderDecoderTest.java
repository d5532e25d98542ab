package dev.lanewise.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.RandomDecoder;
import dev.lanewise.RandomEncoderDecoder;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.ScoreRule;
import dev.lanewise.kernel.Widths;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.LaneFile;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.SpecWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** However sources and texts go through an encoder-decoder, states and logits are the same to the bit. */
class EncoderDecoderTest {
    private static final int[] LENGTHS = {1, 7, 150, 33};

    @TempDir
    Path folder;

    static List<TransformerSpec> all() {
        return RandomEncoderDecoder.all();
    }

    /** An encoder-decoder and what it needs. */
    private final class Rig implements AutoCloseable {
        final TransformerSpec spec;
        final LaneFile file;
        final EncoderDecoder network;
        final Crew crew;
        final Session session;

        Rig(TransformerSpec spec, int threads, Kernels kernels) throws IOException {
            this.spec = spec;
            file = LaneFile.open(RandomDecoder.write(folder.resolve(threads + ".lane"), spec, DataType.F32, 7));
            network = new EncoderDecoder(file, spec);
            crew = new Crew(threads);
            session = new Session(spec, kernels, crew, 0);
        }

        Rig(TransformerSpec spec, int threads) throws IOException {
            this(spec, threads, Kernels.select());
        }

        KeyValueCache cache() {
            return new KeyValueCache(spec.stack(), DataType.F32, 300);
        }

        /** Random sources, ids or features, of some lengths. */
        EncodedSource[] encode(int... lengths) {
            EncodedSource[] sources = new EncodedSource[lengths.length];
            Arrays.setAll(sources, i -> new EncodedSource(spec));
            return encode(sources, lengths);
        }

        EncodedSource[] encode(EncodedSource[] sources, int... lengths) {
            Batch batch = session.source().batch();
            batch.clear();
            for (int length : lengths) {
                Random random = new Random(length);
                if (spec.source().stem() == null) {
                    int ids = spec.source().embedding().vocabulary();
                    batch.add(random.ints(length, 0, ids).toArray(), null, 0, length);
                } else {
                    float[] features = new float[2 * length * RandomEncoderDecoder.FEATURES];
                    for (int i = 0; i < features.length; i++) {
                        features[i] = (float) random.nextGaussian();
                    }
                    batch.addFeatures(features, 2 * length, spec.source().stem());
                }
            }
            assertTrue(network.encode(session, sources, () -> false));
            return sources;
        }

        /** The encoder's states of the last sources. */
        float[][] states() {
            float[][] rows = new float[session.source().batch().tokens()][];
            int stride = session.source().stride();
            Arrays.setAll(rows, i -> Arrays.copyOfRange(session.source().hidden(), i * stride,
                    i * stride + spec.source().stack().width()));
            return rows;
        }

        /** The logits of ids behind a cache, some at a time. */
        float[][] logits(KeyValueCache cache, EncodedSource source, int[] ids, int chunk) {
            float[][] out = new float[ids.length][];
            for (int from = 0; from < ids.length; from += chunk) {
                int to = Math.min(ids.length, from + chunk);
                session.batch().clear();
                session.batch().add(ids, from, to, cache, source);
                assertTrue(network.forward(session, () -> false));
                take(out, from, to - from);
            }
            return out;
        }

        /** All logits of the last pass. */
        void take(float[][] out, int at, int count) {
            int[] tokens = new int[count];
            Arrays.setAll(tokens, i -> i);
            network.logits(session, tokens, count);
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
    void theSpecification_isWrittenAndRead(TransformerSpec spec) {
        Metadata.Builder metadata = Metadata.builder();
        SpecWriter.write(spec, metadata);
        assertEquals(spec, TransformerSpec.read(metadata.build()));
        assertEquals(spec.tensors(DataType.F32).count(), spec.tensorCount());
    }

    @ParameterizedTest
    @MethodSource("all")
    void cachedSteps_equalTeacherForcing(TransformerSpec spec) throws IOException {
        int[] ids = RandomDecoder.ids(1, 150);
        try (Rig rig = new Rig(spec, 1)) {
            EncodedSource[] sources = rig.encode(LENGTHS);
            for (EncodedSource source : sources) {
                float[][] whole = rig.logits(rig.cache(), source, ids, ids.length);
                for (int chunk : new int[]{1, 7, 128}) {
                    assertArrayEquals(whole, rig.logits(rig.cache(), source, ids, chunk), "chunks of " + chunk);
                }
            }
            // The source and the text both count.
            float[][] one = rig.logits(rig.cache(), sources[1], ids, 150);
            float[][] other = rig.logits(rig.cache(), sources[2], ids, 150);
            assertFalse(Arrays.equals(one[140], other[140]));
            assertFalse(Arrays.equals(one[140], one[141]));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void sourcesOfABatch_equalThoseAlone_alsoInMemoryThatWasUsed(TransformerSpec spec) throws IOException {
        int[] ids = RandomDecoder.ids(2, 20);
        try (Rig rig = new Rig(spec, 2)) {
            EncodedSource[] together = rig.encode(LENGTHS);
            float[][] states = rig.states();
            EncodedSource[] used = rig.encode(90);
            int at = 0;
            for (int i = 0; i < LENGTHS.length; i++) {
                rig.encode(used, LENGTHS[i]);
                float[][] alone = rig.states();
                assertEquals(LENGTHS[i], used[0].length());
                assertArrayEquals(Arrays.copyOfRange(states, at, at + LENGTHS[i]), alone);
                assertArrayEquals(rig.logits(rig.cache(), together[i], ids, 20),
                        rig.logits(rig.cache(), used[0], ids, 20));
                at += LENGTHS[i];
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void textsOfABatch_equalThoseAlone_alsoUponOneSource(TransformerSpec spec) throws IOException {
        try (Rig rig = new Rig(spec, 2)) {
            EncodedSource[] sources = rig.encode(LENGTHS);
            int[] upon = {2, 2, 0, 3, 2};
            int[][] next = {RandomDecoder.ids(1, 1), RandomDecoder.ids(2, 40), RandomDecoder.ids(3, 1),
                    RandomDecoder.ids(4, 9), RandomDecoder.ids(5, 1)};
            KeyValueCache[] caches = new KeyValueCache[next.length];
            float[][] alone = {};
            for (int i = 0; i < next.length; i++) {
                caches[i] = rig.cache();
                rig.logits(caches[i], sources[upon[i]], RandomDecoder.ids(10 + i, 20 * i), 100);
                float[][] logits = rig.logits(caches[i].fork(), sources[upon[i]], next[i], 100);
                int first = alone.length;
                alone = Arrays.copyOf(alone, first + logits.length);
                System.arraycopy(logits, 0, alone, first, logits.length);
            }
            rig.session.batch().clear();
            for (int i = 0; i < next.length; i++) {
                rig.session.batch().add(next[i], 0, next[i].length, caches[i], sources[upon[i]]);
            }
            rig.network.forward(rig.session, () -> false);
            float[][] together = new float[alone.length][];
            rig.take(together, 0, together.length);
            assertArrayEquals(alone, together);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void threads_doNotMatter(TransformerSpec spec) throws IOException {
        int[] ids = RandomDecoder.ids(4, 60);
        float[][] expected = null;
        float[][] states = null;
        for (int threads = 1; threads <= 3; threads++) {
            try (Rig rig = new Rig(spec, threads)) {
                EncodedSource[] sources = rig.encode(LENGTHS);
                float[][] found = rig.states();
                float[][] logits = rig.logits(rig.cache(), sources[2], ids, 17);
                states = states == null ? found : states;
                expected = expected == null ? logits : expected;
                assertArrayEquals(states, found, threads + " threads");
                assertArrayEquals(expected, logits, threads + " threads");
            }
        }
    }

    @Tag("widths")
    @ParameterizedTest
    @MethodSource("all")
    void vectorsOfEveryWidth_agreeWithTheScalarTwins(TransformerSpec spec) throws IOException {
        int[] ids = RandomDecoder.ids(4, 20);
        float[][] expected = null;
        for (Kernels kernels : Widths.all()) {
            try (Rig rig = new Rig(spec, 1, kernels)) {
                float[][] logits = rig.logits(rig.cache(), rig.encode(70)[0], ids, 19);
                expected = expected == null ? logits : expected;
                for (int i = 0; i < logits.length; i++) {
                    assertArrayEquals(expected[i], logits[i], 2e-4f, kernels.vectorBits() + " bits");
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void alignments_areTheWeightsThatAttentionUses(TransformerSpec spec) throws IOException {
        AttentionSpec cross = spec.stack().cross();
        int last = spec.stack().layers() - 1;
        int head = cross.heads() - 1;
        int shared = head / (cross.heads() / cross.keyValueHeads());
        int length = cross.headSize();
        Map<Object, float[]> queries = new IdentityHashMap<>(); // by the keys they meet
        try (Rig rig = new Rig(spec, 2, keepingQueries(queries))) {
            EncodedSource source = rig.encode(length)[0];
            Alignment alignment = new Alignment(new int[]{0, last}, new int[]{0, head});
            rig.session.align(alignment);
            rig.logits(rig.cache(), source, RandomDecoder.ids(1, 5), 5);
            // With the unit vectors for values, attention gives its weights.
            Kernels kernels = Kernels.select();
            float[] units = new float[length * length];
            for (int i = 0; i < length; i++) {
                units[i * length + i] = 1;
            }
            float[] values = new float[length * (length + Kernels.VALUE_PANEL)];
            Kernels.packValues(values, 0, length, units, 0, length, length, length);
            for (int token = 0; token < 5; token++) {
                float[] weights = new float[length];
                int query = token * rig.session.stride(cross.queryWidth()) + head * length;
                kernels.attend(weights, 0, length, queries.get(source.keys(last)), query, 0, 1, 0, source.keys(last),
                        source.keysAt(shared), new float[][]{values}, 0, length, ScoreRule.ALL, length, length,
                        new ScoreRule((float) cross.scale(), (float) cross.softCap(), ScoreRule.ALL, ScoreRule.ALL),
                        null, 0, new float[kernels.attentionScratch(length)]);
                int at = alignment.at(1, token);
                assertArrayEquals(weights, Arrays.copyOfRange(alignment.weights(), at, at + length), 1e-6f);
            }
        }
    }

    /** The usual kernels, which copy all queries that they attend with: after the pass they are gone. */
    private static Kernels keepingQueries(Map<Object, float[]> queries) {
        return (Kernels) Proxy.newProxyInstance(Kernels.class.getClassLoader(), new Class<?>[]{Kernels.class},
                (_, method, arguments) -> {
                    if (method.getName().equals("attend")) {
                        synchronized (queries) {
                            queries.put(arguments[8], ((float[]) arguments[3]).clone());
                        }
                    }
                    return method.invoke(Kernels.select(), arguments);
                });
    }

    @Test
    void stopped_leavesTheCacheAsItWas() throws IOException {
        int[] ids = RandomDecoder.ids(1, 50);
        try (Rig rig = new Rig(RandomEncoderDecoder.paper(), 2)) {
            EncodedSource[] source = rig.encode(10);
            KeyValueCache cache = rig.cache();
            rig.session.batch().clear();
            rig.session.batch().add(ids, 0, 30, cache, source[0]);
            int[] asked = new int[1];
            assertFalse(rig.network.forward(rig.session, () -> ++asked[0] == 2));
            assertEquals(0, cache.length());
            assertFalse(rig.network.encode(rig.session, source, () -> true));
        }
    }

    @Test
    void aSourceTakesTheSameMemory_howeverManyTextsAttendToIt() throws IOException {
        try (Rig rig = new Rig(RandomEncoderDecoder.paper(), 1)) {
            EncodedSource source = rig.encode(100)[0];
            long before = source.bytes();
            rig.session.batch().clear();
            for (int i = 0; i < 20; i++) {
                rig.session.batch().add(RandomDecoder.ids(i, 1), 0, 1, rig.cache(), source);
            }
            assertTrue(rig.network.forward(rig.session, () -> false));
            assertEquals(before, source.bytes());
            // Two layers; keys in panels of 32, and values.
            assertEquals(4L * 2 * 4 * (128 * 12 + 100 * 16), before);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aStep_allocatesNothing(TransformerSpec spec) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int[] ids = RandomDecoder.ids(1, 100);
        int[] tokens = {0, 1};
        try (Rig rig = new Rig(spec, 2)) {
            EncodedSource source = rig.encode(60)[0];
            KeyValueCache[] caches = {rig.cache(), rig.cache()};
            long least = Long.MAX_VALUE;
            // Until compiled, vector code allocates; the steady state is the least of many steps.
            for (int round = 0; round < 3000 && least > 0; round++) {
                caches[0].truncate(0);
                caches[1].truncate(0);
                for (int i = 0; i < 100; i++) {
                    long before = threads.getCurrentThreadAllocatedBytes();
                    rig.session.batch().clear();
                    rig.session.batch().add(ids, i, i + 1, caches[0], source);
                    rig.session.batch().add(ids, i, i + 1, caches[1], source);
                    rig.network.forward(rig.session, () -> false);
                    rig.network.logits(rig.session, tokens, 2);
                    least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
                }
            }
            assertEquals(0, least, "bytes in a step");
        }
    }
}
