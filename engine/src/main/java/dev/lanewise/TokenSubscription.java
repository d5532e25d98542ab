package dev.lanewise;

import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The way of the tokens of one text to a subscriber, at the pace at which it asks for them. What it has not asked for waits in
 * the text itself, which is as long as its options allow; nobody else waits.
 */
final class TokenSubscription implements Flow.Subscription {
    private final ScheduledGeneration request;
    private final Flow.Subscriber<? super GeneratedToken> subscriber;
    private final AtomicLong demand = new AtomicLong();
    private volatile IllegalArgumentException wrong; // what was asked for, or null
    private volatile boolean cancelled;
    private GeneratedToken next; // that is there, and not asked for; or null

    TokenSubscription(ScheduledGeneration request, Flow.Subscriber<? super GeneratedToken> subscriber) {
        this.request = request;
        this.subscriber = subscriber;
    }

    @Override
    public void request(long count) {
        if (count <= 0) {
            wrong = new IllegalArgumentException("the demand must be above 0 (rule 3.9), not " + count);
        } else {
            long before;
            do {
                before = demand.get();
            } while (!demand.compareAndSet(before, before + count < 0 ? Long.MAX_VALUE : before + count));
        }
        request.demanded();
    }

    @Override
    public void cancel() {
        cancelled = true;
        request.future().cancel(false);
    }

    /** Throws what is wrong: the subscriber hears of it after what it is being told now. */
    void check() {
        if (wrong != null) {
            throw wrong;
        }
    }

    /** Tells as much as is there and was asked for; says whether everything that is there was told. */
    boolean tell(GenerationReader reader) {
        while (next != null || (next = reader.nextToken()) != null) {
            if (demand.get() == 0 || request.isAbandoned()) {
                return false;
            }
            demand.decrementAndGet();
            GeneratedToken token = next;
            next = null;
            subscriber.onNext(token);
            check();
        }
        return true;
    }

    /** It has ended; whoever cancelled it is told nothing more. */
    void end(Throwable failure) {
        if (failure == null) {
            subscriber.onComplete();
        } else if (!cancelled) {
            subscriber.onError(failure);
        }
    }
}
