package dev.lanewise.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.GenerationSpec;
import dev.lanewise.spec.GenerationSpec.Stopping;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the enumeration of all texts of a tiny vocabulary, and by rules that are worked out by hand. */
class BeamSearchTest {
    private static final int END = 1;
    private static final int[] PROMPT = {0};

    /** What is asked for the logits of the token that follows ids. */
    private interface Step {
        float[] logits(int[] ids);
    }

    /** Logits that depend on all ids. */
    private static Step random(long seed, int vocabulary) {
        return ids -> {
            Random random = new Random(seed * 31 + Arrays.hashCode(ids));
            float[] logits = new float[vocabulary];
            for (int i = 0; i < vocabulary; i++) {
                logits[i] = (float) random.nextGaussian() * 2;
            }
            return logits;
        };
    }

    private static BeamSpec spec(int beams, double penalty, int maxTokens) {
        return spec(beams, penalty, Stopping.NEVER, maxTokens);
    }

    private static BeamSpec spec(int beams, double penalty, Stopping stopping, int maxTokens) {
        return new BeamSpec(rules(beams, penalty, stopping, 0, maxTokens, 0), 0, true, new int[]{END});
    }

    private static GenerationSpec rules(int beams, double penalty, Stopping stopping, int minTokens, int maxTokens,
            int noRepeat) {
        return new GenerationSpec(0, -1, -1, new int[0], new int[0], false, minTokens, maxTokens, beams, penalty,
                stopping, noRepeat);
    }

    /** Searches; the rows of a step stand behind a margin, in rows that are longer than the vocabulary. */
    private static BeamSearch search(BeamSpec spec, Step step, int vocabulary, int... prompt) {
        BeamSearch search = new BeamSearch(spec, Kernels.select(), vocabulary);
        for (int run = 0; run < 2; run++) { // a second one finds what the first left behind
            search.start(prompt);
            List<int[]> texts = List.of(prompt);
            while (!search.done()) {
                int stride = vocabulary + 3;
                float[] logits = new float[5 + texts.size() * stride];
                Arrays.fill(logits, 1e9f);
                for (int row = 0; row < texts.size(); row++) {
                    System.arraycopy(step.logits(texts.get(row)), 0, logits, 5 + row * stride, vocabulary);
                }
                search.step(logits, 5, stride);
                List<int[]> longer = new ArrayList<>();
                for (int row = 0; row < search.rows(); row++) {
                    longer.add(with(texts.get(search.parents()[row]), search.row(row).last()));
                }
                texts = longer;
            }
        }
        return search;
    }

    private static int[] with(int[] ids, int id) {
        int[] longer = Arrays.copyOf(ids, ids.length + 1);
        longer[ids.length] = id;
        return longer;
    }

    private static double[] logSoftmax(float[] logits) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        double log = Math.log(sum);
        double[] out = new double[logits.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = logits[i] - log;
        }
        return out;
    }

    private record Text(int[] ids, double score) {}

    /** All texts of up to so many tokens that end, or cannot go on. */
    private static void enumerate(Step step, int[] ids, double sum, int most, double penalty, double offset,
            List<Text> out) {
        int tokens = ids.length - PROMPT.length;
        if (tokens > 0 && (ids[ids.length - 1] == END || tokens == most)) {
            out.add(new Text(Arrays.copyOfRange(ids, PROMPT.length, ids.length),
                    sum / Math.pow((offset + tokens) / (offset + 1), penalty)));
            return;
        }
        double[] logs = logSoftmax(step.logits(ids));
        for (int id = 0; id < logs.length; id++) {
            enumerate(step, with(ids, id), sum + logs[id], most, penalty, offset, out);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void aBeamThatIsWideEnough_findsWhatEnumerationFinds(int seed) {
        for (double[] form : new double[][]{{0, 0}, {1, 0}, {2, 0}, {-1, 0}, {0.6, 5}}) {
            Step step = random(seed, 4);
            List<Text> all = new ArrayList<>();
            enumerate(step, PROMPT, 0, 5, form[0], form[1], all);
            all.sort(Comparator.comparingDouble(text -> -text.score()));
            int beams = 400; // no step has more continuations
            BeamSpec spec = new BeamSpec(rules(beams, form[0], Stopping.NEVER, 0, 5, 0), form[1], true,
                    new int[]{END});
            BeamSearch search = search(spec, step, 4, PROMPT);
            assertEquals(all.size(), search.endedCount());
            for (int i = 0; i < all.size(); i++) {
                Hypothesis found = search.ended(i);
                assertArrayEquals(all.get(i).ids(), found.ids());
                assertEquals(all.get(i).score(), found.score(), 2e-6);
                assertEquals(found.ids()[found.tokens() - 1] == END, found.ended());
            }
        }
    }

    /** Far more ids than a block has, and the scores add up. */
    @Test
    void scoresAreSumsOfLogProbabilities_inALargeVocabulary() {
        int vocabulary = 1500;
        Step step = random(9, vocabulary);
        BeamSearch search = search(spec(5, 1.3, 7), step, vocabulary, 3, 4);
        assertEquals(5, search.endedCount());
        for (int i = 0; i < 5; i++) {
            Hypothesis found = search.ended(i);
            int[] ids = {3, 4};
            double sum = 0;
            for (int token = 0; token < found.tokens(); token++) {
                double log = logSoftmax(step.logits(ids))[found.ids()[token]];
                assertEquals(log, found.logProbabilities()[token], 2e-6);
                sum += log;
                ids = with(ids, found.ids()[token]);
            }
            assertEquals(sum / Math.pow(found.tokens(), 1.3), found.score(), 2e-6);
            assertTrue(i == 0 || found.score() <= search.ended(i - 1).score());
        }
    }

    @Test
    void oneBeam_isTheGreedyChoice_whateverTheRulesForStopping() {
        for (int seed = 0; seed < 50; seed++) {
            Step step = random(seed, 12);
            Sampler sampler = new Sampler(SamplingSpec.GREEDY, 0, 12);
            int[] ids = PROMPT;
            do {
                ids = with(ids, sampler.next(step.logits(ids), 0));
            } while (ids[ids.length - 1] != END && ids.length <= 9);
            for (Stopping stopping : Stopping.values()) {
                BeamSearch search = search(spec(1, 2, stopping, 9), step, 12, PROMPT);
                assertEquals(1, search.endedCount());
                assertArrayEquals(Arrays.copyOfRange(ids, 1, ids.length), search.ended(0).ids());
            }
        }
    }

    @Test
    void ofEqualContinuations_theLowestIdIsTheBetter() {
        BeamSearch search = search(spec(3, 1, 1), ids -> new float[]{2, 0, 2, 3, 2, 2}, 6, PROMPT);
        assertArrayEquals(new int[]{3}, search.ended(0).ids());
        assertArrayEquals(new int[]{0}, search.ended(1).ids());
        assertArrayEquals(new int[]{2}, search.ended(2).ids());
    }

    @Test
    void idsThatAreForcedOrBanned_leaveTheProbabilitiesOfOthersAsTheyAre() {
        Step step = random(4, 8);
        BeamSpec spec = new BeamSpec(new GenerationSpec(0, 5, 7, new int[]{2, 3}, new int[0], false, 3, 6, 4, 1,
                Stopping.ESTIMATE, 0), 0, true, new int[]{END, 6});
        BeamSearch search = search(spec, step, 8, PROMPT);
        assertTrue(search.endedCount() > 0);
        for (int i = 0; i < search.endedCount(); i++) {
            int[] ids = search.ended(i).ids();
            float[] logs = search.ended(i).logProbabilities();
            assertTrue(ids.length > 3, "an end after at least three tokens");
            int[] before = PROMPT;
            for (int token = 0; token < ids.length; token++) {
                assertTrue(ids[token] != 2 && ids[token] != 3);
                boolean forced = token == 0 || token == 5;
                if (forced) {
                    assertEquals(token == 0 ? 5 : 7, ids[token]);
                }
                double log = logSoftmax(step.logits(before))[ids[token]];
                assertEquals(forced ? 0 : log, logs[token], 2e-6);
                before = with(before, ids[token]);
            }
        }
        // Behind a longer prompt, the first token is free.
        BeamSearch behind = search(spec, ids -> new float[]{9, 0, 0, 0, 0, 0, 0, 0}, 8, 0, 4);
        assertEquals(0, behind.ended(0).ids()[0]);
    }

    @Test
    void renormalized_whatIsLeftSumsUpToOne_andSomeIdsAreBannedFirstAlone() {
        float[] logits = {0.5f, -1, 2, 1};
        BeamSpec spec = new BeamSpec(new GenerationSpec(0, -1, -1, new int[]{0}, new int[]{2}, true, 0, 2, 2, 0,
                Stopping.NEVER, 0), 0, true, new int[]{END});
        BeamSearch search = search(spec, ids -> logits.clone(), 4, PROMPT);
        assertArrayEquals(new int[]{3, 2}, search.ended(0).ids());
        double first = Math.log(Math.exp(1) / (Math.exp(1) + Math.exp(-1)));
        double second = Math.log(Math.exp(2) / (Math.exp(2) + Math.exp(1) + Math.exp(-1)));
        assertEquals(first + second, search.ended(0).score(), 1e-6);
    }

    @Test
    void noNgramOccursTwice_thoseOfThePromptIncluded() {
        BeamSpec spec = new BeamSpec(rules(3, 0, Stopping.NEVER, 5, 7, 2), 0, true, new int[]{END});
        // Would repeat 2 and 3 for ever.
        BeamSearch search = search(spec, ids -> new float[]{0, 1, 5, 4}, 4, 2, 2);
        assertEquals(3, search.endedCount());
        for (int i = 0; i < 3; i++) {
            int[] ids = search.ended(i).ids();
            List<String> pairs = new ArrayList<>(List.of("2 2"));
            for (int token = 0; token < ids.length; token++) {
                String pair = (token == 0 ? 2 : ids[token - 1]) + " " + ids[token];
                assertFalse(pairs.contains(pair), () -> Arrays.toString(ids));
                pairs.add(pair);
            }
        }
        assertEquals(3, search.ended(0).ids()[0]);
    }

    /** The same choice at every step: a later end is the better one by the length penalty alone. */
    @Test
    void threeRulesForStopping_eachStopsWhereItSays() {
        Step step = ids -> new float[]{-30, (float) Math.log(0.45), (float) Math.log(0.35), (float) Math.log(0.2)};
        List<Integer> longest = new ArrayList<>();
        for (Stopping stopping : List.of(Stopping.FIRST, Stopping.ESTIMATE, Stopping.NEVER)) {
            BeamSearch search = search(spec(2, 2, stopping, 30), step, 4, PROMPT);
            longest.add(search.ended(0).tokens());
        }
        // Full after two steps; as long as the best that goes on is better by its present length; to the very end.
        assertEquals(2, longest.get(0));
        assertEquals(30, longest.get(2));
        assertTrue(longest.get(1) > 2, () -> "" + longest);
    }

    @Test
    void theEndCountsInTheLength_orNot() {
        Step step = ids -> ids.length < 3 ? new float[]{-20, -20, 0} : new float[]{-20, 0, -20};
        for (boolean count : new boolean[]{true, false}) {
            BeamSpec spec = new BeamSpec(rules(2, 1, Stopping.FIRST, 0, 9, 0), 0, count, new int[]{END});
            Hypothesis best = search(spec, step, 3, PROMPT).ended(0);
            assertArrayEquals(new int[]{2, 2, 1}, best.ids());
            double sum = 0;
            for (float log : best.logProbabilities()) {
                sum += log;
            }
            assertEquals(sum / (count ? 3 : 2), best.score(), 1e-12);
        }
    }

    /** As transformers has it: behind a prompt of several tokens nothing is forced, and its first token is the first one. */
    @Test
    void whatDoesNotComeFirst_doesNotComeBehindAForcedFirstOne() {
        GenerationSpec rules = new GenerationSpec(0, 2, -1, new int[0], new int[]{3}, false, 0, 3, 1, 1, Stopping.FIRST,
                0);
        BeamSpec spec = new BeamSpec(rules, 0, true, new int[]{END});
        Step step = ids -> new float[]{0, -9, 1, 2}; // always 3, unless it is banned
        assertArrayEquals(new int[]{2, 2, 3}, search(spec, step, 4, PROMPT).ended(0).ids());
        assertArrayEquals(new int[]{2, 3, 3}, search(spec, step, 4, 0, 0).ended(0).ids());
    }

    @Test
    void logitsThatAreNoNumbers_endTheSearch() {
        for (float value : new float[]{Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY}) {
            BeamSearch search = search(spec(3, 1, 5), ids -> new float[]{1, value, value, value}, 4, PROMPT);
            assertTrue(search.done());
            assertEquals(value == Float.NEGATIVE_INFINITY ? 1 : 0, search.endedCount());
        }
    }
}
