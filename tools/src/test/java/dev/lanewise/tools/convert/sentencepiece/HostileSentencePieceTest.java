package dev.lanewise.tools.convert.sentencepiece;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.error.LanewiseException;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tools.TestModels;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged and hostile files of SentencePiece, and rules in them: a tokenizer or one of our failures, and little memory. */
class HostileSentencePieceTest {
    private static final int FILES = 3_000;
    private static final int MAPS = 30_000;
    private static final long MOST_ALLOCATED = 64 << 20;

    @TempDir
    Path folder;

    /** What is done to a file in one try. */
    private interface Reading {
        void read(byte[] mutated) throws IOException;
    }

    private static void mutate(byte[] file, int count, Reading reading) {
        int[] counts = new int[2];
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Assertions.assertTimeout(Duration.ofSeconds(120), () -> {
            for (int seed = 0; seed < count; seed++) {
                Random random = new Random(seed);
                byte[] mutated = file.clone();
                for (int n = 1 + random.nextInt(3); n > 0; n--) {
                    int at = random.nextInt(random.nextInt(4) == 0 ? Math.min(64, file.length) : file.length);
                    switch (random.nextInt(3)) {
                        case 0 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
                        case 1 -> mutated[at] = (byte) random.nextInt(256);
                        default -> System.arraycopy(file, random.nextInt(file.length - 8), mutated,
                                Math.min(at, file.length - 8), random.nextInt(8));
                    }
                }
                mutated = random.nextInt(5) == 0 ? Arrays.copyOf(mutated, random.nextInt(file.length)) : mutated;
                long before = threads.getCurrentThreadAllocatedBytes();
                try {
                    reading.read(mutated);
                    counts[0]++;
                } catch (LanewiseException e) {
                    counts[1]++;
                    assertTrue(e.getMessage().length() < 1000, e.getMessage());
                } catch (RuntimeException | Error e) {
                    throw new AssertionError("seed " + seed, e);
                }
                long allocated = threads.getCurrentThreadAllocatedBytes() - before;
                assertTrue(allocated < MOST_ALLOCATED, "seed " + seed + " took " + allocated + " bytes");
            }
        });
        assertTrue(counts[0] > count / 100 && counts[1] > count / 100, Arrays.toString(counts));
    }

    @ParameterizedTest
    @ValueSource(strings = {"unigram.model", "unigram-bytes.model", "bpe.model"})
    void mutatedFilesAreReadOrRefused(String name) {
        Path file = folder.resolve(name);
        mutate(TestModels.resource("/sentencepiece/" + name), FILES, mutated -> {
            Files.write(file, mutated);
            SentencePieceModel model = SentencePieceModel.read(file);
            SentencePieceTokenizer.of(model, id -> id).make(model.pieces().get(model.unknown()).text())
                    .encode("kalo \uFB01n e\u0301 \uD83D\uDE00", EncodeOptions.DEFAULT);
        });
    }

    @Test
    void mutatedRulesAreReadOrRefused() {
        byte[] map = SampleCharsmap.of(SampleCharsmap.rules(0x180));
        mutate(map, MAPS, mutated -> CharsmapReader.read("map", mutated, true));
    }

    /** A way back to the root: patterns without end. */
    @Test
    void rulesThatLeadInACircleAreRefused() {
        byte[] map = SampleCharsmap.of(Map.of("ab", "c"));
        ByteBuffer units = ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN);
        int root = units.getInt(4);
        int children = root >>> 10;
        int a = children ^ 'a';
        units.putInt(4 + 4 * a, (a ^ children) << 10 | 'a');
        assertThrows(ModelFormatException.class, () -> CharsmapReader.read("map", map, true));
    }

    @Test
    void everyMapThatIsCutIsRefused() {
        byte[] map = SampleCharsmap.of(Map.of("ab", "c", "\u00E9", "e"));
        for (int length = 0; length < map.length - 2; length++) {
            byte[] cut = Arrays.copyOf(map, length);
            assertThrows(ModelFormatException.class, () -> CharsmapReader.read("map", cut, true), "cut to " + length);
        }
    }
}
