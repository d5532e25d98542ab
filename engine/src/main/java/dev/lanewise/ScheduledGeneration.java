package dev.lanewise;

import dev.lanewise.serving.GenerationRequest;

/** A text that a scheduler goes on with. The scheduler's thread makes the steps, another one reads and tells. */
final class ScheduledGeneration extends GenerationRequest<Generation> {
    private final Model model;
    private final int[] promptIds;
    private final GenerationOptions options;
    private final GenerationListener listener;
    private final int capacity;
    private final StopSignal stop = new StopSignal(null, null); // when it began; it is the loop that ends it
    private volatile GenerationRun run; // null until it begins
    private GenerationReader reader; // null until something is told

    ScheduledGeneration(Model model, int[] promptIds, int capacity, GenerationOptions options,
            GenerationListener listener) {
        super(promptIds, capacity, StopSignal.nanos(options.timeLimit()));
        this.model = model;
        this.promptIds = promptIds;
        this.capacity = capacity;
        this.options = options;
        this.listener = listener;
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
    protected void tell() {
        if (run != null) {
            if (reader == null) {
                reader = new GenerationReader(run);
            }
            reader.tell(listener);
        }
    }

    @Override
    protected Generation answer() {
        return reader.result();
    }
}
