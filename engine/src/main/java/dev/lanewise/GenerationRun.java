package dev.lanewise;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.generation.LogProbabilities;
import dev.lanewise.generation.Sampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One generation, a token a step: whoever computes, a session for itself or a scheduler for many, hands in the logits, and this
 * chooses and says when it ends. A step allocates nothing but probabilities that were asked for, what stop strings are sought
 * in, and now and then a longer array. One thread makes the steps; another one may read, through a {@link GenerationReader}.
 */
final class GenerationRun {
    private final Model model;
    private final GenerationOptions options;
    private Sampler sampler; // null when it has ended: it is large, and whoever reads may be slow
    private final LogProbabilities logProbabilities; // null if not asked for
    private final TextStream sought; // in which stop strings are sought, null without any
    private final long seed;
    private final StopSignal stop;

    private final int[] promptIds;
    private int[] ids;
    private int count;
    private volatile int published; // how many another thread may read: written last
    private final List<TokenProbabilities> probabilities = new ArrayList<>();
    private volatile FinishReason finish;
    private int prefillTokens;
    private long firstAt;
    private long lastAt;

    /**
     * @param room how many tokens there is room for, at least
     * @param stop whether it has to end before its time
     */
    GenerationRun(Model model, int[] promptIds, GenerationOptions options, int room, StopSignal stop) {
        check(model, promptIds, options);
        this.model = model;
        this.options = options;
        this.promptIds = promptIds;
        this.stop = stop;
        seed = options.seed() != null ? options.seed() : System.nanoTime();
        sampler = new Sampler(options.sampling(), seed, model.vocabulary());
        for (int id : promptIds) {
            sampler.prompt(id);
        }
        logProbabilities = options.logProbabilities() < 0
                ? null
                : new LogProbabilities(model.vocabulary(), Math.min(options.logProbabilities(), model.vocabulary()));
        sought = options.stops().isEmpty() ? null : newText();
        ids = new int[Math.min(options.maxTokens(), room)];
    }

    /** Checks that the options suit the model, and that there is something to go on from. */
    static void check(Model model, int[] promptIds, GenerationOptions options) {
        model.checkIds(options.sampling().biasIds(), 0, options.sampling().biasIds().length);
        if (!options.stops().isEmpty() && !model.hasTokenizer()) {
            throw new UnsupportedModelException(
                    model.file() + ": the model has no tokenizer, so that it cannot stop at a text");
        }
        if (promptIds.length == 0) {
            throw new IllegalArgumentException("there are no tokens to go on from: begin with a prompt");
        }
    }

    /** The text behind the prompt, at its beginning; null if the model has no tokenizer. */
    TextStream newText() {
        return model.hasTokenizer() ? new TextStream(model.tokenizer(), options.stops(), promptIds) : null;
    }

    /** Whether it has ended. */
    boolean ended() {
        return finish() != null;
    }

    private FinishReason finish() {
        return finish == null ? stop.reason() : finish;
    }

    /** Ends it. */
    void end(FinishReason reason) {
        sampler = null;
        finish = reason;
    }

    /** Whether it has ended, or is to end now; asked before every step, and every layer. */
    boolean isStopped() {
        return finish != null || stop.getAsBoolean();
    }

    /** So many tokens are computed before the first one is chosen. */
    void prefill(int tokens) {
        prefillTokens += tokens;
    }

    /**
     * Chooses the next token.
     *
     * @param logits {@code [vocabulary]}, from {@code at} on
     */
    int choose(float[] logits, int at) {
        int id = sampler.next(logits, at);
        if (id < 0) {
            throw new UnsupportedModelException(model.file() + ": no token can be chosen: the model's output is"
                    + " no numbers, or the options exclude every token");
        }
        if (logProbabilities != null) {
            remember(id, logits, at);
        }
        lastAt = System.nanoTime();
        if (count == 0) {
            firstAt = lastAt;
        }
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, (int) Math.min(options.maxTokens(), 2L * count));
        }
        ids[count] = id;
        count++;
        boolean found = sought != null && sought.add(id);
        if (!options.ignoreEnd() && model.contents().isEnd(id)) {
            end(FinishReason.STOP_TOKEN);
        } else if (found) {
            end(FinishReason.STOP_TEXT);
        } else if (count == options.maxTokens()) {
            end(FinishReason.LENGTH);
        }
        published = count;
        return id;
    }

    private void remember(int id, float[] logits, int at) {
        logProbabilities.read(logits, at);
        List<TokenProbabilities.Alternative> top = new ArrayList<>(logProbabilities.count());
        for (int i = 0; i < logProbabilities.count(); i++) {
            int other = logProbabilities.top(i);
            top.add(new TokenProbabilities.Alternative(other, logProbabilities.of(other)));
        }
        probabilities.add(new TokenProbabilities(id, logProbabilities.of(id), List.copyOf(top)));
    }

    /** How many tokens were chosen. For the thread that makes the steps, and for any when it has {@link #ended}. */
    int count() {
        return count;
    }

    /** How many tokens can be read. For any thread; the last one is there when it has {@link #ended}. */
    int published() {
        return published;
    }

    /** A token that was chosen. */
    int id(int index) {
        return ids[index];
    }

    /** What was generated so far. */
    Generation result(String text, String stopText) {
        long now = lastAt == 0 ? System.nanoTime() : lastAt;
        Generation.Timing timing = new Generation.Timing(prefillTokens, (count == 0 ? now : firstAt) - stop.start(),
                Math.max(0, count - 1), count == 0 ? 0 : lastAt - firstAt);
        return new Generation(promptIds, Arrays.copyOf(ids, count), text, finish(), stopText,
                List.copyOf(probabilities),
                seed, timing);
    }
}
