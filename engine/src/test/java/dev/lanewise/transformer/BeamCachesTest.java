package dev.lanewise.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.RandomDecoder;
import dev.lanewise.RandomTranslator;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.LaneFile;
import dev.lanewise.weights.Metadata;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Beams that go on from each other in any way have the bits of sessions of their own. */
class BeamCachesTest {
    private static final int BEAMS = 5;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anyOrder_hasTheBitsOfIndependentSessions(boolean relative) throws IOException {
        TransformerSpec spec = relative ? RandomTranslator.relative() : RandomTranslator.paper();
        Path path = RandomTranslator.write(folder.resolve("a.lane"), spec, Metadata.builder());
        try (LaneFile file = LaneFile.open(path); Crew crew = new Crew(1)) {
            EncoderDecoder network = new EncoderDecoder(file, spec);
            Session session = new Session(spec, Kernels.select(), crew);
            EncodedSource source = new EncodedSource(spec);
            int[] ids = RandomDecoder.ids(3, 21);
            session.source().batch().clear();
            session.source().batch().add(ids, null, 0, ids.length);
            network.encode(session, new EncodedSource[]{source}, () -> false);
            BeamCaches caches = new BeamCaches(spec.stack(), BEAMS);
            Random random = new Random(4);
            for (int length : new int[]{300, 40}) { // beyond two pages; then in memory that was used
                follow(network, session, spec, source, caches, random, length);
            }
        }
    }

    private static void follow(EncoderDecoder network, Session session, TransformerSpec spec, EncodedSource source,
            BeamCaches caches, Random random, int length) {
        caches.clear();
        int[][] texts = {{RandomTranslator.START}};
        while (texts[0].length < length) {
            session.batch().clear();
            int[] rows = new int[texts.length];
            for (int row = 0; row < texts.length; row++) {
                int last = texts[row].length - 1;
                session.batch().add(texts[row], last, last + 1, caches.row(row, 1), source);
                rows[row] = row;
            }
            network.forward(session, () -> false);
            network.logits(session, rows, rows.length);
            float[] logits = session.logits().clone();
            int length1 = texts[0].length;
            // A replay costs the whole text: around the ends of pages, and now and then.
            for (int row = 0; row < texts.length && (length1 % 32 < 2 || random.nextInt(20) == 0); row++) {
                assertArrayEquals(alone(network, session, spec, source, texts[row]),
                        Arrays.copyOfRange(logits, row * session.logitsStride(),
                                row * session.logitsStride() + RandomDecoder.VOCABULARY),
                        "row " + row + " of " + rows.length + ", " + length1 + " tokens");
            }
            int[] parents = random.ints(1 + random.nextInt(BEAMS), 0, texts.length).toArray();
            int[][] longer = new int[parents.length][];
            for (int row = 0; row < parents.length; row++) {
                longer[row] = Arrays.copyOf(texts[parents[row]], length1 + 1);
                longer[row][length1] = random.nextInt(RandomDecoder.VOCABULARY);
            }
            texts = longer;
            caches.reorder(parents, parents.length);
        }
    }

    /** The logits behind a text in a session of its own. */
    private static float[] alone(EncoderDecoder network, Session session, TransformerSpec spec, EncodedSource source,
            int[] text) {
        KeyValueCache cache = new KeyValueCache(spec.stack(), DataType.F32, text.length);
        session.batch().clear();
        session.batch().add(text, 0, text.length, cache, source);
        network.forward(session, () -> false);
        network.logits(session, new int[]{text.length - 1}, 1);
        return Arrays.copyOf(session.logits(), RandomDecoder.VOCABULARY);
    }

    /** Who goes on alone keeps its memory, and full pages are the same objects. */
    @Test
    void nothingIsCopied_thatCanBeShared() {
        TransformerSpec spec = RandomTranslator.paper();
        BeamCaches caches = new BeamCaches(spec.stack(), 3);
        KeyValueCache first = caches.row(0, 300);
        first.advance(290);
        caches.reorder(new int[]{0, 0, 0}, 3);
        assertSame(first, caches.row(0, 1));
        KeyValueCache second = caches.row(1, 1);
        KeyValueCache third = caches.row(2, 1);
        for (int page = 0; page < 2; page++) {
            assertSame(first.page(0, page), second.page(0, page));
            assertSame(first.page(2, page), third.page(2, page));
        }
        assertTrue(first.page(0, 2) != second.page(0, 2) && second.page(0, 2) != third.page(0, 2));
        caches.reorder(new int[]{2, 0, 1}, 3);
        assertSame(third, caches.row(0, 1));
        assertSame(first, caches.row(1, 1));
        assertSame(second, caches.row(2, 1));
    }
}
