package dev.lanewise;

import dev.lanewise.serving.GenerationRequest;
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
    private final int capacity;
    private final StopSignal stop = new StopSignal(null, null); // when it began; it is the loop that ends it
    private volatile GenerationRun run; // null until it begins
    private GenerationReader reader; // null until something is told

    ScheduledGeneration(Model model, int[] promptIds, int capacity, GenerationOptions options,
            GenerationListener listener, Flow.Subscriber<? super GeneratedToken> subscriber) {
        super(promptIds, capacity, StopSignal.nanos(options.timeLimit()));
        this.model = model;
        this.promptIds = promptIds;
        this.capacity = capacity;
        this.options = options;
        this.listener = listener;
        subscription = subscriber == null ? null : new TokenSubscription(this, subscriber);
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
        run = new GenerationRun(model, promptIds, options, capacity, stop);
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
        if (run == null) {
            begin();
        }
        run.end(FinishReason.DEADLINE);
        return null;
    }

    @Override
    protected boolean tell() {
        if (run == null) {
            return false; // a subscriber is early
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
