package dev.lanewise.generation;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.GenerationSpec;
import dev.lanewise.spec.GenerationSpec.Stopping;

/**
 * Beam search for one text: of all continuations of a few hypotheses by a token, the most probable ones go on. Knows no model:
 * whoever uses it computes logits for the last token of every hypothesis, and passes them to {@link #step}. As in Hugging
 * Face's implementation, a hypothesis ends only if it is among the first {@code beams} of all continuations; in the same step
 * the next best take the places of those that end.
 *
 * <p>Sums are in doubles; of equal ones, the continuation of the better hypothesis is before, then the lower id. Forced tokens
 * cost nothing; what is banned leaves the probabilities of others as they are, unless they are to be renormalised. Logits that are no numbers end the hypothesis.
 *
 * <p>With one beam it is the greedy choice: it ends with the first token that ends the text.
 *
 * <p>Not thread-safe. Memory is allocated by the constructor, and by {@link #start} if the prompt has another length than before; a
 * step allocates nothing but longer arrays now and then.
 */
public final class BeamSearch {
    /** Logits that are looked at together: most blocks hold no candidate, as their maximum shows. */
    private static final int BLOCK = 512;

    /** A file may have more ends than that, which is no reason to look at more candidates. */
    private static final int MOST_ENDS = 16;

    private final Kernels kernels;
    private final BeamSpec spec;
    private final GenerationSpec rules;
    private final int beams;
    private final int vocabulary;
    private final float[] highest; // [blocks], of the row that is looked at
    private final float[] parts = new float[Kernels.SUMS]; // of the sum of a block

    private final double[] sums; // [candidates], the best first
    private final int[] rows;
    private final int[] ids;
    private int candidates;

    private Hypothesis[] live; // [beams], the best first
    private Hypothesis[] next; // [beams], being made
    private final Hypothesis[] ended; // [2 * beams + 1], the best first, more than are sought; one is room
    private final int[] parents; // [beams]
    private int liveCount;
    private int endedCount;
    private int prompt = -1;
    private boolean done;

    /** @param vocabulary how many ids there are */
    public BeamSearch(BeamSpec spec, Kernels kernels, int vocabulary) {
        this.spec = spec;
        rules = spec.rules();
        beams = rules.beams();
        this.kernels = kernels;
        this.vocabulary = vocabulary;
        highest = new float[Math.ceilDiv(vocabulary, BLOCK)];
        // If every hypothesis ended in all ways, as many as beams would still go on.
        int most = Math.clamp(spec.ends().length + 1, 2, MOST_ENDS) * beams;
        sums = new double[most];
        rows = new int[most];
        ids = new int[most];
        live = new Hypothesis[beams];
        next = new Hypothesis[beams];
        ended = new Hypothesis[2 * beams + 1];
        parents = new int[beams];
    }

    /**
     * Begins a search.
     *
     * @param ids what every hypothesis begins with, at least one id; it has no cost and no part in lengths
     */
    public void start(int[] ids) {
        if (ids.length != prompt) {
            prompt = ids.length;
            for (Hypothesis[] some : new Hypothesis[][]{live, next, ended}) {
                for (int i = 0; i < some.length; i++) {
                    some[i] = new Hypothesis(prompt);
                }
            }
        }
        live[0].begin(ids);
        liveCount = 1;
        endedCount = 0;
        done = false;
    }

    /** Whether there is nothing to go on with. */
    public boolean done() {
        return done;
    }

    /** How many hypotheses go on. */
    public int rows() {
        return done ? 0 : liveCount;
    }

    /** One that goes on, the best at 0. */
    public Hypothesis row(int row) {
        return live[row];
    }

    /** Of each row, which row of the step before it goes on from; not to be changed. */
    public int[] parents() {
        return parents;
    }

    /** How many have ended, at most as many as beams. */
    public int endedCount() {
        return Math.min(endedCount, beams);
    }

    /** How many have ended with those that are not among the best: they play no part in the search. */
    public int allEnded() {
        return endedCount;
    }

    /** One that has ended, that of the highest score at 0. */
    public Hypothesis ended(int index) {
        return ended[index];
    }

    /** Ends every hypothesis that has a token as it is, if so many more are wanted. */
    public void stop() {
        for (int row = 0; row < rows() && endedCount < beams && live[row].tokens() > 0; row++) {
            Hypothesis stopped = live[row];
            live[row] = ended[endedCount];
            end(stopped, false);
        }
        done = true;
    }

    /**
     * Takes a token for every hypothesis.
     *
     * @param logits {@code [rows][stride]}, from {@code at} on; those of excluded ids are overwritten
     */
    public void step(float[] logits, int at, int stride) {
        candidates = 0;
        int token = live[0].tokens();
        boolean last = token + 1 == rules.maxTokens();
        int forced = token == 0 && prompt == 1 && rules.forcedFirst() >= 0
                ? rules.forcedFirst()
                : last ? rules.forcedLast() : -1;
        for (int row = 0; row < liveCount; row++) {
            if (forced >= 0) {
                offer(live[row].sum(), row, forced);
            } else {
                look(row, logits, at + row * stride);
            }
        }
        take(last);
    }

    /** Offers all continuations of a hypothesis. */
    private void look(int row, float[] logits, int at) {
        if (rules.renormalized()) {
            exclude(live[row], logits, at);
        }
        float maximum = Float.NEGATIVE_INFINITY;
        for (int block = 0; block < highest.length; block++) {
            highest[block] = kernels.maximum(logits, at + block * BLOCK, size(block));
            maximum = Math.max(maximum, highest[block]);
        }
        double sum = 0;
        for (int block = 0; block < highest.length; block++) {
            sum += kernels.sumOfExponentials(logits, at + block * BLOCK, size(block), maximum, parts);
        }
        double base = live[row].sum() - maximum - StrictMath.log(sum);
        if (!rules.renormalized()) {
            exclude(live[row], logits, at);
        }
        for (int block = 0; block < highest.length; block++) {
            if (base + highest[block] > worst()) {
                for (int id = block * BLOCK; id < block * BLOCK + size(block); id++) {
                    offer(base + logits[at + id], row, id);
                }
            }
        }
    }

    private int size(int block) {
        return Math.min(BLOCK, vocabulary - block * BLOCK);
    }

    private void exclude(Hypothesis hypothesis, float[] logits, int at) {
        exclude(rules.banned(), logits, at);
        if (hypothesis.tokens() == (prompt == 1 && rules.forcedFirst() >= 0 ? 1 : 0)) {
            exclude(rules.bannedFirst(), logits, at);
        }
        if (hypothesis.tokens() < rules.minTokens()) {
            exclude(spec.ends(), logits, at);
        }
        if (rules.noRepeat() > 0) {
            hypothesis.forbidNgrams(rules.noRepeat(), logits, at);
        }
    }

    private static void exclude(int[] ids, float[] logits, int at) {
        for (int id : ids) {
            logits[at + id] = Float.NEGATIVE_INFINITY;
        }
    }

    /** What a candidate has to be better than. */
    private double worst() {
        return candidates < sums.length ? Double.NEGATIVE_INFINITY : sums[candidates - 1];
    }

    private void offer(double sum, int row, int id) {
        if (!(sum > worst())) { // not a number is no candidate either
            return;
        }
        int place = candidates < sums.length ? candidates++ : candidates - 1;
        for (; place > 0 && sums[place - 1] < sum; place--) {
            sums[place] = sums[place - 1];
            rows[place] = rows[place - 1];
            ids[place] = ids[place - 1];
        }
        sums[place] = sum;
        rows[place] = row;
        ids[place] = id;
    }

    /** The candidates end or go on. */
    private void take(boolean last) {
        int count = 0;
        for (int i = 0; i < candidates; i++) {
            boolean end = spec.isEnd(ids[i]);
            if ((end || last) && i < beams) {
                end(i, end);
            } else if (!end && !last && count < beams) {
                next[count].become(live[rows[i]], ids[i], sums[i]);
                parents[count++] = rows[i];
            }
        }
        Hypothesis[] before = live;
        live = next;
        next = before;
        liveCount = count;
        boolean full = endedCount >= beams;
        done = count == 0 || full && (rules.stopping() == Stopping.FIRST || beams == 1 || !canImprove());
    }

    private void end(int candidate, boolean byToken) {
        ended[endedCount].become(live[rows[candidate]], ids[candidate], sums[candidate]);
        end(ended[endedCount], byToken);
    }

    private void end(Hypothesis added, boolean byToken) {
        added.end(spec, byToken);
        int place = endedCount;
        for (; place > 0 && ended[place - 1].score() < added.score(); place--) {
            ended[place] = ended[place - 1];
        }
        ended[place] = added;
        endedCount = Math.min(endedCount + 1, 2 * beams);
    }

    /** Whether the best one that goes on may end with a better score than the worst that has ended. */
    private boolean canImprove() {
        int tokens = rules.stopping() == Stopping.NEVER && rules.lengthPenalty() > 0
                ? rules.maxTokens()
                : live[0].tokens();
        return live[0].sum() / spec.divisor(tokens) > ended[beams - 1].score();
    }
}
