package dev.lanewise.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.spec.GenerationSpec;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which ids may come next, rule by rule; then all at once, against a second writing of the rules. */
class SpeechRulesTest {
    private static final int END = 10;
    private static final int TIME = 22;
    private static final int LAST = TIME + 1500;
    private static final int VOCABULARY = LAST + 4;
    private static final SpeechTokens TOKENS = new SpeechTokens(END, 11, new int[]{12, 13, 14}, 15, 16, 18, 19, 21,
            TIME, LAST);
    private static final GenerationSpec SPEC = new GenerationSpec(11, -1, -1, new int[]{3, 12, 13, 14},
            new int[]{2, END},
            true, 0, 0, 1, 1, GenerationSpec.Stopping.FIRST, 0);
    /** Text that is neither banned nor, at the beginning, blank. */
    private static final String WORDS = "0-1 4-9";

    @Test
    void withoutTimesControlTokensAndWhatIsBannedAreExcluded() {
        assertEquals(WORDS + " 21-" + LAST, allowed(false, flat()));
        assertEquals("0-2 4-10 21-" + LAST, allowed(false, flat(), 5));
    }

    @Test
    void aTextBeginsWithATimeOfTheFirstSecond() {
        assertEquals("22-72", allowed(true, flat()));
    }

    @Test
    void behindTheFirstTimeComesText() {
        assertEquals("0-2 4-10", allowed(true, flat(), TIME + 7));
    }

    @Test
    void behindTextComesMoreOrALaterTime() {
        assertEquals("0-2 4-10 130-" + LAST, allowed(true, words(), TIME + 7, 5, TIME + 107, TIME + 107, 5));
        assertEquals("0-2 4-10 30-" + LAST, allowed(true, words(), TIME + 7, 5));
    }

    @Test
    void behindATimeThatEndsAPartComesTheNextOrTheEnd() {
        assertEquals("10 129-" + LAST, allowed(true, words(), TIME + 7, 5, TIME + 107));
        assertEquals("0-2 4-10", allowed(true, words(), TIME + 7, 5, TIME + 107, TIME + 107));
    }

    /** No single time is as probable as the word, all of them are. */
    @Test
    void timesCountTogether() {
        float[] logits = flat();
        logits[5] = (float) Math.log(1480);
        assertEquals("30-" + LAST, allowed(true, logits, TIME + 7, 5));
        logits[5] = (float) Math.log(1510);
        assertEquals("0-2 4-10 30-" + LAST, allowed(true, logits, TIME + 7, 5));
    }

    /** The rules as OpenAI's code states them, each for itself, on random texts. */
    @Test
    void randomTextsAgreeWithASecondWriting() {
        Random random = new Random(1);
        for (int round = 0; round < 2000; round++) {
            int[] ids = random.ints(random.nextInt(6), 0, 3)
                    .map(kind -> kind == 0 ? 5 : TIME + random.nextInt(kind == 1 ? 3 : 1500)).toArray();
            float[] logits = new float[VOCABULARY];
            for (int id = 0; id < VOCABULARY; id++) {
                logits[id] = (float) random.nextGaussian() + (id == 5 ? 8 * random.nextFloat() : 0);
            }
            float[] expected = logits.clone();
            second(expected, ids);
            assertEquals(show(expected), allowed(true, logits, ids), Arrays.toString(ids));
        }
    }

    private static void second(float[] logits, int[] ids) {
        TreeSet<Integer> out = new TreeSet<>();
        IntStream.of(SPEC.banned()).forEach(out::add);
        IntStream.of(11, 15, 16, 17, 18, 19, 20, 21).forEach(out::add);
        IntStream.range(LAST + 1, VOCABULARY).forEach(out::add);
        if (ids.length == 0) {
            IntStream.of(SPEC.bannedFirst()).forEach(out::add);
            IntStream.range(0, TIME).forEach(out::add);
            IntStream.range(TIME + 51, LAST + 1).forEach(out::add);
        }
        boolean last = ids.length >= 1 && ids[ids.length - 1] >= TIME;
        boolean penultimate = ids.length < 2 || ids[ids.length - 2] >= TIME;
        if (last && penultimate) {
            IntStream.range(TIME, LAST + 1).forEach(out::add);
        } else if (last) {
            IntStream.range(0, END).forEach(out::add);
        }
        int latest = IntStream.of(ids).filter(id -> id >= TIME).reduce(-1, (_, id) -> id);
        if (latest >= 0) {
            IntStream.range(TIME, last && !penultimate ? latest : latest + 1).forEach(out::add);
        }
        out.forEach(id -> logits[id] = Float.NEGATIVE_INFINITY);
        double times = IntStream.range(TIME, LAST + 1).mapToDouble(id -> Math.exp(logits[id])).sum();
        double most = IntStream.range(0, TIME).mapToDouble(id -> Math.exp(logits[id])).max().orElseThrow();
        if (times > most) {
            Arrays.fill(logits, 0, TIME, Float.NEGATIVE_INFINITY);
        }
    }

    private static float[] flat() {
        return new float[VOCABULARY];
    }

    /** Text and its end are more probable than all times together. */
    private static float[] words() {
        float[] logits = flat();
        logits[0] = 20;
        logits[END] = 20;
        return logits;
    }

    /** The ids that may come, as ranges; the text lies within an array, as in a hypothesis. */
    private static String allowed(boolean times, float[] logits, int... ids) {
        int[] within = new int[ids.length + 5];
        Arrays.fill(within, TIME);
        System.arraycopy(ids, 0, within, 3, ids.length);
        float[] shifted = new float[VOCABULARY + 8];
        System.arraycopy(logits, 0, shifted, 8, VOCABULARY);
        new SpeechRules(TOKENS, SPEC, times, VOCABULARY).apply(shifted, 8, within, 3, 3 + ids.length);
        return show(Arrays.copyOfRange(shifted, 8, shifted.length));
    }

    private static String show(float[] logits) {
        StringBuilder out = new StringBuilder();
        for (int id = 0; id < logits.length; id++) {
            int from = id;
            while (id < logits.length && logits[id] > Float.NEGATIVE_INFINITY) {
                id++;
            }
            if (id > from) {
                out.append(out.isEmpty() ? "" : " ").append(from).append(id - from > 1 ? "-" + (id - 1) : "");
            }
        }
        return out.toString();
    }
}
