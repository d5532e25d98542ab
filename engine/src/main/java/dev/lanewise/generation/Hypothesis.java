package dev.lanewise.generation;

import java.util.Arrays;

/**
 * One text of a {@link BeamSearch}: a prompt, and the tokens behind it. What it returns are copies. Not thread-safe.
 */
public final class Hypothesis {
    /** Tokens that there is room for at first. */
    private static final int USUAL = 64;

    private final int prompt;
    private int[] ids; // of which the first are used
    private float[] logProbabilities; // of the tokens behind the prompt
    private int length;
    private double sum;
    private double score;
    private boolean ended;

    Hypothesis(int prompt) {
        this.prompt = prompt;
        ids = new int[prompt + USUAL];
        logProbabilities = new float[USUAL];
    }

    /** Becomes a prompt and nothing else. */
    void begin(int[] from) {
        System.arraycopy(from, 0, ids, 0, prompt);
        length = prompt;
        sum = 0;
        ended = false;
    }

    /** Becomes another one, and a token. */
    void become(Hypothesis parent, int id, double newSum) {
        if (parent.length >= ids.length) {
            ids = new int[2 * parent.length];
            logProbabilities = new float[ids.length - prompt];
        }
        System.arraycopy(parent.ids, 0, ids, 0, parent.length);
        System.arraycopy(parent.logProbabilities, 0, logProbabilities, 0, parent.tokens());
        logProbabilities[parent.tokens()] = (float) (newSum - parent.sum);
        length = parent.length;
        ids[length++] = id;
        sum = newSum;
        ended = false;
    }

    /** It goes no further. */
    void end(BeamSpec spec, boolean byToken) {
        ended = byToken;
        score = sum / spec.divisor(spec.countEnd() || !byToken ? tokens() : tokens() - 1);
    }

    /** Excludes what may not follow, see {@link SpeechRules#apply}. */
    public void exclude(SpeechRules rules, float[] logits, int at) {
        rules.apply(logits, at, ids, prompt, length);
    }

    /** How many tokens there are behind the prompt. */
    public int tokens() {
        return length - prompt;
    }

    /** The last token, of the prompt if there is none behind it. */
    public int last() {
        return ids[length - 1];
    }

    /** The tokens behind the prompt, the one that ends the text included. */
    public int[] ids() {
        return Arrays.copyOfRange(ids, prompt, length);
    }

    /** The logarithms of their probabilities, given those before; 0 of those that were forced. */
    public float[] logProbabilities() {
        return Arrays.copyOf(logProbabilities, tokens());
    }

    /** The logarithm of the probability of all of them, with the length penalty. */
    public double score() {
        return score;
    }

    /** Whether a token ended it, rather than the longest length. */
    public boolean ended() {
        return ended;
    }

    double sum() {
        return sum;
    }

    /** Excludes every id that would make a sequence of so many ids occur again: its logit becomes minus infinity. */
    void forbidNgrams(int n, float[] logits, int at) {
        int tail = length - (n - 1);
        for (int from = 0; from + n <= length; from++) {
            if (Arrays.equals(ids, from, from + n - 1, ids, tail, length)) {
                logits[at + ids[from + n - 1]] = Float.NEGATIVE_INFINITY;
            }
        }
    }
}
