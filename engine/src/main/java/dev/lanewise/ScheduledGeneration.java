package dev.lanewise;

import dev.lanewise.error.TextTooLongException;
import dev.lanewise.serving.GenerationRequest;
import dev.lanewise.spec.StackSpec;
import java.util.concurrent.Flow;

/**
 * A text that a scheduler goes on with. The scheduler's thread makes the steps, another one reads and tells a listener, or a
 * subscriber as much as it asked for.
 */
final class ScheduledGeneration extends GenerationRequest<Generation> {
    private final Model model;
    private final int[] promptIds;
    private final GenerationOptions options;
    private final GenerationListener listener; // or null
    private final TokenSubscription subscription; // or null
    private final StopSignal stop = new StopSignal(null, null); // when it began; it is the loop that ends it
    private volatile GenerationRun run; // null until it begins
    private boolean late; // its time was over before it began
    private GenerationReader reader; // null until something is told

    /**
     * Checks that it can be gone on with.
     *
     * @param listener or null
     * @param subscriber or null
     */
    ScheduledGeneration(Model model, int[] ids, GenerationOptions options, GenerationListener listener,
            Flow.Subscriber<? super GeneratedToken> subscriber) {
        int[] prompt = checked(model, ids, options);
        super(prompt, capacity(model, prompt, options), StopSignal.nanos(options.timeLimit()));
        this.model = model;
        promptIds = prompt;
        this.options = options;
        this.listener = listener;
        subscription = subscriber == null ? null : new TokenSubscription(this, subscriber);
    }

    /** A copy of the ids of a prompt that can be gone on with. */
    static int[] checked(Model model, int[] ids, GenerationOptions options) {
        model.decoder(); // or the failure that says what it is
        Scheduler.checkNoQuestion(options.cancelWhen());
        int[] prompt = ids.clone();
        model.checkIds(prompt, 0, prompt.length);
        GenerationRun.check(model, prompt, options);
        if (prompt.length > model.maxTokens()) {
            throw new TextTooLongException(prompt.length, model.maxTokens());
        }
        StackSpec stack = model.spec().stack();
        if (stack.isDynamic() && capacity(model, prompt, options) > stack.plainTokens()) {
            // Each token would hold up the others.
            throw new TextTooLongException(capacity(model, prompt, options), stack.plainTokens());
        }
        return prompt;
    }

    /** How many tokens a text may come to have. */
    private static int capacity(Model model, int[] prompt, GenerationOptions options) {
        return (int) Math.min(model.maxTokens(), (long) prompt.length + options.maxTokens());
    }

    TokenSubscription subscription() {
        return subscription;
    }

    /** A subscriber has asked for more. */
    void demanded() {
        wake();
    }

    @Override
    protected void begin() {
        // What is sampled with is large, so it is made no earlier.
        run = new GenerationRun(model, promptIds, options, capacity(model, promptIds, options), stop);
    }

    @Override
    protected void compute(int tokens) {
        if (run.count() == 0) {
            run.prefill(tokens);
        }
    }

    @Override
    protected int choose(float[] logits, int at) {
        return run.choose(logits, at);
    }

    @Override
    protected boolean isComplete(boolean full) {
        if (full && !run.ended()) {
            run.end(FinishReason.CONTEXT_FULL);
        }
        return run.ended();
    }

    @Override
    protected RuntimeException expired() {
        late = run == null;
        if (!late) {
            run.end(FinishReason.DEADLINE);
        }
        return null;
    }

    @Override
    protected boolean tell() {
        if (subscription != null) {
            subscription.check();
        }
        if (run == null) {
            if (!late) {
                return false; // a subscriber is early
            }
            begin();
            run.end(FinishReason.DEADLINE);
        }
        if (reader == null) {
            reader = new GenerationReader(run);
        }
        if (subscription != null) {
            return subscription.tell(reader);
        }
        reader.tell(listener);
        return true;
    }

    @Override
    protected Generation answer() {
        return reader.result();
    }
}
