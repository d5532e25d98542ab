package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Activations of 8 bits: near what is exact, and with all its properties. */
class RoundedActivationsTest {
    private static final int[] IDS = RandomDecoder.ids(3, 300);

    @TempDir
    Path folder;

    private Model open(DataType type, int threads, boolean rounded) throws IOException {
        return Model.open(RandomDecoder.write(folder.resolve("m.lane"), RandomDecoder.wide(64, 400), type, 7),
                new ModelOptions(threads, rounded));
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1"})
    void logits_areNearTheExactOnes_andTheSameForAnyThreadsAndParts(DataType type) throws IOException {
        float[][] exact;
        try (Model model = open(type, 1, false)) {
            exact = model.generator().logits(IDS);
        }
        float[][] one = null;
        for (int threads = 1; threads <= 3; threads++) {
            try (Model model = open(type, threads, true)) {
                float[][] logits = model.generator().logits(IDS);
                one = one == null ? logits : one;
                for (int i = 0; i < IDS.length; i++) {
                    assertArrayEquals(one[i], logits[i], threads + " threads, token " + i);
                }
                for (int count : new int[]{1, 2, 9, 30}) {
                    float[][] part = model.generator().logits(Arrays.copyOf(IDS, count));
                    assertArrayEquals(one[count - 1], part[count - 1], count + " tokens");
                }
                assertEquals(generated(model, 40), generated(model, 1), "a prompt at once, and token by token");
            }
        }
        double squares = 0;
        double differences = 0;
        for (int i = 0; i < IDS.length; i++) {
            for (int id = 0; id < exact[i].length; id++) {
                squares += (double) exact[i][id] * exact[i][id];
                differences += Math.pow((double) exact[i][id] - one[i][id], 2);
            }
        }
        assertFalse(Arrays.deepEquals(exact, one), "nothing was rounded");
        assertTrue(Math.sqrt(differences / squares) < 0.03, Math.sqrt(differences / squares) + " of the logits");
    }

    /** Twenty tokens behind forty, which come in parts. */
    private static String generated(Model model, int part) {
        GenerationSession session = model.generator().newSession();
        for (int from = 0; from < 40; from += part) {
            session.add(Arrays.copyOfRange(IDS, from, from + part));
            session.generate(GenerationOptions.builder().maxTokens(part == 1 && from < 39 ? 1 : 20).ignoreEnd(true)
                    .build());
            if (part == 1 && from < 39) {
                session.rewind(from + 1);
            }
        }
        return Arrays.toString(session.ids());
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "Q8_0"})
    void otherWeights_areNotConcerned(DataType type) throws IOException {
        try (Model exact = open(type, 2, false); Model rounded = open(type, 2, true)) {
            float[][] expected = exact.generator().logits(IDS);
            float[][] logits = rounded.generator().logits(IDS);
            for (int i = 0; i < IDS.length; i++) {
                assertArrayEquals(expected[i], logits[i]);
            }
        }
    }
}
