package dev.lanewise.tools.convert.sentencepiece;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tools.TestModels;
import dev.lanewise.tools.convert.Mutations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
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

    private static byte[] mutate(byte[] file, Random random) {
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
        return random.nextInt(5) == 0 ? Arrays.copyOf(mutated, random.nextInt(file.length)) : mutated;
    }

    private static void check(byte[] file, int count, Mutations.Reading reading) {
        Mutations.check(count, random -> mutate(file, random), MOST_ALLOCATED, count / 100, reading);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unigram.model", "unigram-bytes.model", "bpe.model"})
    void mutatedFilesAreReadOrRefused(String name) {
        Path file = folder.resolve(name);
        check(TestModels.resource("/sentencepiece/" + name), FILES, mutated -> {
            Files.write(file, mutated);
            SentencePieceModel model = SentencePieceModel.read(file);
            SentencePieceTokenizer.of(model, id -> id).make(model.pieces().get(model.unknown()).text())
                    .encode("kalo \uFB01n e\u0301 \uD83D\uDE00", EncodeOptions.DEFAULT);
        });
    }

    @Test
    void mutatedRulesAreReadOrRefused() {
        byte[] map = SampleCharsmap.of(SampleCharsmap.rules(0x180));
        check(map, MAPS, mutated -> CharsmapReader.read("map", mutated, true));
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
