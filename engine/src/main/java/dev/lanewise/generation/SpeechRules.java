package dev.lanewise.generation;

import dev.lanewise.spec.GenerationSpec;
import java.util.Arrays;

/**
 * Which ids may come next in the text of a recording, as in the code that OpenAI published with Whisper: no control tokens, none
 * of those that the model's makers ban, and no blank at the beginning. With times: a text begins with one of the first second;
 * behind a part of the text comes a time, which ends it, and then another or the same, which begins the next, or the end; times
 * never go back; and where a time is more probable than any other token, all times taken together, it comes.
 *
 * <p>Immutable and thread-safe.
 */
public final class SpeechRules {
    private static final int[] NONE = {};
    private static final int LATEST_BEGINNING = 50; // of 20 ms

    private final SpeechTokens tokens;
    private final boolean times;
    private final int vocabulary;
    private final int[] banned;
    private final int[] bannedFirst;

    /**
     * @param spec what the model's makers ban, or null
     * @param times whether there are times in the text
     * @param vocabulary how many ids the model has
     */
    public SpeechRules(SpeechTokens tokens, GenerationSpec spec, boolean times, int vocabulary) {
        this.tokens = tokens;
        this.times = times;
        this.vocabulary = vocabulary;
        banned = spec == null ? NONE : spec.banned();
        bannedFirst = spec == null ? NONE : spec.bannedFirst();
    }

    /**
     * Excludes ids: their logits become minus infinity.
     *
     * @param logits {@code [vocabulary]}, from {@code at} on
     * @param ids the text, the prompt not among them
     * @param from where it begins
     * @param to behind its last id
     */
    public void apply(float[] logits, int at, int[] ids, int from, int to) {
        exclude(logits, at, banned);
        exclude(logits, at + tokens.start(), 1);
        exclude(logits, at + tokens.translate(), tokens.noTimes() - tokens.translate());
        exclude(logits, at + tokens.lastTime() + 1, vocabulary - tokens.lastTime() - 1);
        if (from == to) {
            exclude(logits, at, bannedFirst);
        }
        if (times) {
            exclude(logits, at + tokens.noTimes(), 1);
            excludeTimes(logits, at, ids, from, to);
            if (isTimeMoreProbable(logits, at)) {
                exclude(logits, at, tokens.firstTime());
            }
        }
    }

    private void excludeTimes(float[] logits, int at, int[] ids, int from, int to) {
        int first = at + tokens.firstTime();
        int all = tokens.lastTime() - tokens.firstTime() + 1;
        if (from == to) {
            exclude(logits, at, tokens.firstTime());
            exclude(logits, first + LATEST_BEGINNING + 1, all - LATEST_BEGINNING - 1);
            return;
        }
        boolean behindTime = tokens.isTime(ids[to - 1]);
        boolean behindTwo = behindTime && (to - from < 2 || tokens.isTime(ids[to - 2]));
        if (behindTwo) {
            exclude(logits, first, all);
            return;
        }
        if (behindTime) {
            exclude(logits, at, tokens.end());
        }
        for (int i = to - 1; i >= from; i--) {
            if (tokens.isTime(ids[i])) {
                // What begins where the last part ends may be that very time; what ends must be longer than nothing.
                exclude(logits, first, ids[i] - tokens.firstTime() + (behindTime ? 0 : 1));
                return;
            }
        }
    }

    private boolean isTimeMoreProbable(float[] logits, int at) {
        float text = Float.NEGATIVE_INFINITY;
        for (int id = 0; id < tokens.firstTime(); id++) {
            text = Math.max(text, logits[at + id]);
        }
        double sum = 0; // of the probabilities of times, relative to that of the most probable text
        for (int id = tokens.firstTime(); id <= tokens.lastTime() && text > Float.NEGATIVE_INFINITY; id++) {
            double relative = (double) logits[at + id] - text;
            if (relative > 0) {
                return true;
            }
            sum += StrictMath.exp(relative);
        }
        return sum > 1;
    }

    private static void exclude(float[] logits, int at, int[] ids) {
        for (int id : ids) {
            logits[at + id] = Float.NEGATIVE_INFINITY;
        }
    }

    private static void exclude(float[] logits, int from, int count) {
        Arrays.fill(logits, from, from + count, Float.NEGATIVE_INFINITY);
    }
}
