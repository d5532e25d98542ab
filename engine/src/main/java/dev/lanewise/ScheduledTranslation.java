package dev.lanewise;

import dev.lanewise.generation.BeamDecoding;
import dev.lanewise.serving.TranslationRequest;

/** A source that a scheduler translates. The scheduler's thread makes the steps, another one tells a listener, and makes the text. */
final class ScheduledTranslation extends TranslationRequest<Translation> {
    private final TranslationPlan plan;
    private final TranslationTeller teller; // null if nobody listens
    private final int[] ids; // chosen, if somebody listens
    private volatile int count; // written behind the id
    private volatile int end = -1; // which one is the last; written before the count
    private int told;
    private FinishReason stopped; // null if it ended by itself

    /** @param listener of a single beam, or null */
    ScheduledTranslation(TranslationPlan plan, int[] source, GenerationListener listener) {
        super(source, plan.beams(), plan.longest(), plan.aligns(), StopSignal.nanos(plan.options().timeLimit()));
        this.plan = plan;
        teller = listener == null ? null : plan.newTeller(listener);
        ids = new int[listener == null ? 0 : plan.longest()];
    }

    @Override
    protected BeamDecoding begin() {
        BeamDecoding decoding = plan.newDecoding();
        decoding.start(plan.prompt());
        return decoding;
    }

    @Override
    protected void chosen() {
        boolean done = decoding().search().done();
        if (done) {
            plan.check(decoding());
        }
        if (teller != null && decoding().chosen() >= 0) {
            int next = count;
            ids[next] = decoding().chosen();
            if (done) {
                end = next;
            }
            count = next + 1;
        }
    }

    @Override
    protected RuntimeException expired() {
        stopped = FinishReason.DEADLINE;
        if (decoding() != null) {
            decoding().search().stop();
        }
        return null;
    }

    @Override
    protected boolean tell() {
        while (told < count) {
            teller.tell(ids[told], told++ == end);
        }
        return true;
    }

    @Override
    protected Translation answer() {
        return plan.result(source(), decoding(), stopped);
    }
}
