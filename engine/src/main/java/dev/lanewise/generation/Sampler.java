package dev.lanewise.generation;

import java.util.Arrays;

/**
 * Chooses the next id of one text. The rules of its {@link SamplingSpec} are applied in this order: repetition, presence and
 * frequency penalty, no repeated n-grams, biases, temperature, top-k, top-p, min-p, typical; then one random number decides
 * among the ids that remain, by their probabilities. With temperature 0 the highest logit wins after the biases, the lowest id
 * of equal ones.
 *
 * <p>Logits that are no numbers count as excluded. An id whose probability is less than e<sup>-50</sup> of the highest one is
 * never drawn.
 *
 * <p>Not thread-safe. What it works in is allocated when it is made; a token allocates nothing, except that the history which
 * n-grams are sought in doubles now and then.
 */
public final class Sampler {
    /** Below this, relative to the highest logit and after the temperature, a probability is lost in rounding anyway. */
    private static final double NEGLIGIBLE = -50;

    private final SamplingSpec spec;
    private final RandomSource random;
    private final boolean[] seen; // [vocabulary], or empty without penalties
    private final int[] generated; // [vocabulary], how often; or empty without penalties
    private final int[] distinct; // [vocabulary], the ids seen, or empty without penalties
    private int distinctCount;
    private int[] history; // or empty where no n-grams are forbidden
    private int historyLength;

    private final float[] scores; // [vocabulary], logits after the penalties, or empty where they are taken as they are
    private final Ranking ranking; // null if greedy
    private final int[] kept; // [vocabulary], of which the first are used; empty if greedy
    private final double[] weights; // [vocabulary], of the ids that are kept: proportional to probabilities; empty if greedy
    private int count;

    /**
     * @param seed what determines the random numbers
     * @param vocabulary how many ids there are
     */
    public Sampler(SamplingSpec spec, long seed, int vocabulary) {
        this.spec = spec;
        random = new RandomSource(seed);
        int counted = spec.penalises() ? vocabulary : 0;
        seen = new boolean[counted];
        generated = new int[counted];
        distinct = new int[counted];
        history = new int[spec.noRepeatNgram() > 0 ? 1024 : 0];
        scores = new float[vocabulary];
        boolean greedy = spec.temperature() == 0;
        ranking = greedy ? null : new Ranking(vocabulary);
        kept = new int[greedy ? 0 : vocabulary];
        weights = new double[greedy ? 0 : vocabulary];
    }

    /** An id of the prompt. */
    public void prompt(int id) {
        remember(id);
    }

    /**
     * Chooses an id, and remembers it as generated.
     *
     * @param logits {@code [vocabulary]}, from {@code at} on; not changed
     * @return the id, or -1 if the rules, or logits that are no numbers, exclude every one
     */
    public int next(float[] logits, int at) {
        for (int id = 0; id < scores.length; id++) {
            float logit = logits[at + id];
            scores[id] = Float.isNaN(logit) ? Float.NEGATIVE_INFINITY : Math.min(logit, Float.MAX_VALUE);
        }
        if (!spec.plain()) {
            penalise();
            forbidNgrams();
            for (int i = 0; i < spec.biasIds().length; i++) {
                scores[spec.biasIds()[i]] += spec.biases()[i];
            }
            for (int id = 0; id < scores.length; id++) {
                scores[id] = Math.min(scores[id], Float.MAX_VALUE); // so that differences are numbers
            }
        }
        int best = best();
        int id = best < 0 || spec.temperature() == 0 ? best : draw(scores[best]);
        if (id >= 0) {
            remember(id);
            if (generated.length > 0) {
                generated[id]++;
            }
        }
        return id;
    }

    private void remember(int id) {
        if (seen.length > 0 && !seen[id]) {
            seen[id] = true;
            distinct[distinctCount++] = id;
        }
        if (spec.noRepeatNgram() > 0) {
            if (historyLength == history.length) {
                history = Arrays.copyOf(history, 2 * historyLength);
            }
            history[historyLength++] = id;
        }
    }

    private void penalise() {
        float repetition = (float) spec.repetitionPenalty();
        float presence = (float) spec.presencePenalty();
        float frequency = (float) spec.frequencyPenalty();
        for (int i = 0; i < distinctCount; i++) {
            int id = distinct[i];
            float score = scores[id];
            score = score > 0 ? score / repetition : score * repetition;
            if (generated[id] > 0) {
                score -= presence + frequency * generated[id];
            }
            scores[id] = score;
        }
    }

    /** Excludes every id that followed what the history ends with. */
    private void forbidNgrams() {
        int n = spec.noRepeatNgram();
        if (n == 0) {
            return;
        }
        int tail = historyLength - (n - 1);
        for (int from = 0; from + n <= historyLength; from++) {
            if (Arrays.equals(history, from, from + n - 1, history, tail, historyLength)) {
                scores[history[from + n - 1]] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /** The id of the highest score, the lowest of equal ones; -1 if all are excluded. */
    private int best() {
        int best = -1;
        float highest = Float.NEGATIVE_INFINITY;
        for (int id = 0; id < scores.length; id++) {
            if (scores[id] > highest) {
                highest = scores[id];
                best = id;
            }
        }
        return best;
    }

    private int draw(float highest) {
        ranking.clear();
        for (int id = 0; id < scores.length; id++) {
            double relative = ((double) scores[id] - highest) / spec.temperature();
            if (relative >= NEGLIGIBLE) {
                ranking.add(id, -relative);
            }
        }
        topK();
        if (spec.topP() < 1) {
            ranking.clear();
            for (int i = 0; i < count; i++) {
                ranking.add(kept[i], -weights[kept[i]]);
            }
            keep(spec.topP());
        }
        if (spec.minP() > 0) {
            minP();
        }
        if (spec.typical() < 1) {
            typical();
        }
        return draw();
    }

    /** Keeps the first of what is ranked, and gives them weights; the best one has the weight 1. */
    private void topK() {
        count = 0;
        if (spec.topK() > 0 && spec.topK() < ranking.size()) {
            ranking.order();
            while (count < spec.topK()) {
                kept[count++] = ranking.take();
            }
        } else {
            while (count < ranking.size()) {
                kept[count] = ranking.unordered(count);
                count++;
            }
        }
        for (int i = 0; i < count; i++) {
            weights[kept[i]] = StrictMath.exp(-ranking.key(kept[i]));
        }
    }

    /** Keeps as few of what is ranked as together have a share of the weight of all that is kept so far. */
    private void keep(double share) {
        double enough = share * total();
        ranking.order();
        count = 0;
        double sum = 0;
        while (ranking.size() > 0 && (count == 0 || sum < enough)) {
            int id = ranking.take();
            kept[count++] = id;
            sum += weights[id];
        }
    }

    private void minP() {
        double highest = 0;
        for (int i = 0; i < count; i++) {
            highest = Math.max(highest, weights[kept[i]]);
        }
        int remaining = 0;
        for (int i = 0; i < count; i++) {
            if (weights[kept[i]] >= spec.minP() * highest) {
                kept[remaining++] = kept[i];
            }
        }
        count = remaining;
    }

    private void typical() {
        double total = total();
        double entropy = 0;
        for (int i = 0; i < count; i++) {
            double probability = weights[kept[i]] / total;
            entropy -= probability * StrictMath.log(probability);
        }
        ranking.clear();
        for (int i = 0; i < count; i++) {
            double information = -StrictMath.log(weights[kept[i]] / total);
            ranking.add(kept[i], Math.abs(information - entropy));
        }
        keep(spec.typical());
    }

    private double total() {
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += weights[kept[i]];
        }
        return total;
    }

    private int draw() {
        double point = random.next() * total();
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weights[kept[i]];
            if (point < sum) {
                return kept[i];
            }
        }
        return kept[count - 1]; // the sum is what the total is, so that only rounding of the product leads here
    }
}
