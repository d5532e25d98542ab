package dev.lanewise;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.generation.LogProbabilities;
import dev.lanewise.generation.Sampler;
import dev.lanewise.transformer.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.ToIntFunction;

/**
 * One generation in a session, a token a step. A step allocates nothing but text, probabilities that were asked for, and now
 * and then a longer array. Not thread-safe.
 */
final class GenerationRun {

    private final GenerationSession session;
    private final GenerationOptions options;
    private final Sampler sampler;
    private final LogProbabilities logProbabilities; // null if not asked for
    private final TextStream text; // null if the model has no tokenizer
    private final long seed;
    private final StopSignal stop;
    private final ToIntFunction<Session> choice = this::choose;

    private final int[] promptIds;
    private int[] ids;
    private int count;
    private final List<TokenProbabilities> probabilities = new ArrayList<>();
    private FinishReason finish;
    private int prefillTokens;
    private long firstAt;
    private long lastAt;

    GenerationRun(GenerationSession session, GenerationOptions options) {
        this.session = session;
        this.options = options;
        Model model = session.model();
        model.checkIds(options.sampling().biasIds(), 0, options.sampling().biasIds().length);
        if (!options.stops().isEmpty() && !model.hasTokenizer()) {
            throw new UnsupportedModelException(
                    model.file() + ": the model has no tokenizer, so that it cannot stop at a text");
        }
        promptIds = session.ids();
        if (promptIds.length == 0) {
            throw new IllegalArgumentException("there are no tokens to go on from: begin with a prompt");
        }
        seed = options.seed() != null ? options.seed() : System.nanoTime();
        BooleanSupplier cancelWhen = options.cancelWhen();
        stop = new StopSignal(() -> session.isCancelled() || cancelWhen != null && cancelWhen.getAsBoolean(),
                options.timeLimit());
        sampler = new Sampler(options.sampling(), seed, model.vocabulary());
        for (int id : promptIds) {
            sampler.prompt(id);
        }
        logProbabilities = options.logProbabilities() < 0
                ? null
                : new LogProbabilities(model.vocabulary(), Math.min(options.logProbabilities(), model.vocabulary()));
        text = model.hasTokenizer() ? new TextStream(model.tokenizer(), options.stops(), promptIds) : null;
        ids = new int[Math.min(options.maxTokens(), session.capacity())];
    }

    /** Whether it has ended. */
    boolean ended() {
        return finish() != null;
    }

    private FinishReason finish() {
        return finish == null ? stop.reason() : finish;
    }

    /**
     * Chooses the next token.
     *
     * @return whether there is one
     */
    boolean step() {
        if (ended() || stop.getAsBoolean()) {
            return false;
        }
        if (!session.makeRoom()) {
            finish = FinishReason.CONTEXT_FULL;
            return false;
        }
        if (count == 0) {
            prefillTokens = session.pending();
        }
        int id = session.compute(stop, choice);
        if (id < 0) {
            return false;
        }
        lastAt = System.nanoTime();
        if (count == 0) {
            firstAt = lastAt;
        }
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, (int) Math.min(options.maxTokens(), 2L * count));
        }
        ids[count++] = id;
        session.chosen(id);
        boolean stop = text != null && text.add(id);
        if (!options.ignoreEnd() && session.model().isEnd(id)) {
            finish = FinishReason.STOP_TOKEN;
        } else if (stop) {
            finish = FinishReason.STOP_TEXT;
        } else if (count == options.maxTokens()) {
            finish = FinishReason.LENGTH;
        }
        return true;
    }

    private int choose(Session computed) {
        int id = sampler.next(computed.logits(), 0);
        if (id < 0) {
            throw new UnsupportedModelException(
                    session.model().file() + ": no token can be chosen: the model's output is"
                            + " no numbers, or the options exclude every token");
        }
        if (logProbabilities != null) {
            logProbabilities.read(computed.logits(), 0);
            List<TokenProbabilities.Alternative> top = new ArrayList<>(logProbabilities.count());
            for (int i = 0; i < logProbabilities.count(); i++) {
                int other = logProbabilities.top(i);
                top.add(new TokenProbabilities.Alternative(other, logProbabilities.of(other)));
            }
            probabilities.add(new TokenProbabilities(id, logProbabilities.of(id), List.copyOf(top)));
        }
        return id;
    }

    /** The token of the last step. */
    int lastId() {
        return ids[count - 1];
    }

    /** Takes what is known of the text since the last call; all of it, if the generation has ended. */
    String takeText() {
        if (text == null) {
            return "";
        }
        String piece = text.take();
        return ended() ? piece + text.takeRest() : piece;
    }

    /** What was generated so far. */
    Generation result() {
        takeText();
        long now = lastAt == 0 ? System.nanoTime() : lastAt;
        Generation.Timing timing = new Generation.Timing(prefillTokens, (count == 0 ? now : firstAt) - stop.start(),
                Math.max(0, count - 1), count == 0 ? 0 : lastAt - firstAt);
        return new Generation(promptIds, Arrays.copyOf(ids, count), text == null ? "" : text.all(), finish(),
                text == null ? null : text.stop(), List.copyOf(probabilities), seed, timing);
    }
}
