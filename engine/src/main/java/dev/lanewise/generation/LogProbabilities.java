package dev.lanewise.generation;

/**
 * The logarithms of the probabilities that the model itself gives to ids, before any rule of a {@link Sampler}. Logits that are
 * no numbers count as excluded. Not thread-safe; allocates nothing after its construction.
 */
public final class LogProbabilities {
    private final Ranking ranking;
    private final int vocabulary;
    private final int[] top; // [ids asked for]
    private double highest;
    private double logOfSum; // of the probabilities relative to the highest

    /**
     * @param vocabulary how many ids there are
     * @param top of how many of the most probable ids they are asked for; at most {@code vocabulary}
     */
    public LogProbabilities(int vocabulary, int top) {
        this.vocabulary = vocabulary;
        this.top = new int[top];
        ranking = new Ranking(vocabulary);
    }

    /**
     * Reads logits.
     *
     * @param logits {@code [vocabulary]}, from {@code at} on, at least one of them finite
     */
    public void read(float[] logits, int at) {
        ranking.clear();
        highest = Double.NEGATIVE_INFINITY;
        for (int id = 0; id < vocabulary; id++) {
            float logit = logits[at + id];
            double clean = Float.isNaN(logit) ? Double.NEGATIVE_INFINITY : Math.min(logit, Float.MAX_VALUE);
            ranking.add(id, -clean);
            highest = Math.max(highest, clean);
        }
        double sum = 0;
        for (int id = 0; id < vocabulary; id++) {
            sum += StrictMath.exp(-ranking.key(id) - highest);
        }
        logOfSum = StrictMath.log(sum);
        ranking.order();
        for (int i = 0; i < top.length; i++) {
            top[i] = ranking.take();
        }
    }

    /** How many of the most probable ids there are. */
    public int count() {
        return top.length;
    }

    /** One of the most probable ids, the most probable at 0, of equal ones the lower id first. */
    public int top(int index) {
        return top[index];
    }

    /** The logarithm of the probability of any id. */
    public float of(int id) {
        return (float) (-ranking.key(id) - highest - logOfSum);
    }
}
