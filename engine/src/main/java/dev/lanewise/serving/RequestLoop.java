package dev.lanewise.serving;

import dev.lanewise.error.RequestRejectedException;
import dev.lanewise.error.RequestRejectedException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The thread that computes what many threads ask for, step by step. Between two steps it takes what has come through its
 * {@link RequestQueue}, and lets go what was cancelled or is too late; so these wait for one step at most.
 *
 * <p>What runs code of callers is handed to a second thread, which starts a virtual one for each: starting and waking virtual
 * threads allocates, and the thread that computes shall not.
 *
 * <p>A caller that finds the loop idle may compute on its own thread, see {@link #tryOwn}: waking another one takes some 50 us,
 * twice a call.
 *
 * <p>What a step throws ends the requests that it was about, and the loop goes on.
 *
 * @param <R> what is asked for
 */
public abstract class RequestLoop<R extends Request<?>> {
    /** How requests end. */
    public enum Outcome {
        COMPLETED, FAILED, CANCELLED, EXPIRED, REJECTED
    }

    private final RequestQueue<R> queue;
    private final List<R> running = new ArrayList<>(); // the oldest first
    private final AtomicBoolean owned = new AtomicBoolean();
    private final Teller teller;
    private final Thread thread;

    private final LongAdder submitted = new LongAdder();
    private final LongAdder[] outcomes = new LongAdder[Outcome.values().length];

    private volatile int runningNow;
    private volatile boolean busy; // there is work after the last step
    private volatile boolean parked;
    private volatile boolean cancelling;
    private final BooleanSupplier isCancelling = () -> cancelling;
    private volatile boolean ended;

    /** @param queue for this loop alone */
    protected RequestLoop(RequestQueue<R> queue) {
        this.queue = queue;
        for (int i = 0; i < outcomes.length; i++) {
            outcomes[i] = new LongAdder();
        }
        teller = new Teller(2 * queue.capacity());
        thread = new Thread(this::loop, "lanewise-scheduler");
        thread.setDaemon(true);
    }

    /** Begins. */
    protected final void start() {
        teller.start();
        thread.start();
    }

    /** Hands over a request. Its future tells all that becomes of it, a rejection too. */
    public void submit(R request) {
        submit(request, true);
    }

    /**
     * Hands over a request.
     *
     * @param fits whether it can be computed at all
     */
    protected final void submit(R request, boolean fits) {
        submitted.increment();
        Outcome outcome = Outcome.REJECTED;
        Throwable why;
        try {
            if (fits && queue.offer(request)) {
                wake();
                if (ended) {
                    rejectAll(); // which the loop may have done before it came
                }
                return;
            }
            if (queue.isClosed()) {
                why = new RequestRejectedException(Reason.CLOSED);
            } else if (!fits) {
                why = new RequestRejectedException(Reason.TOO_LARGE);
            } else if (request.left() == 0) {
                outcome = Outcome.EXPIRED;
                why = request.expired();
            } else {
                why = new RequestRejectedException(Reason.QUEUE_FULL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            outcome = Outcome.CANCELLED;
            why = new CancellationException("interrupted while the queue was full");
        }
        finish(request, outcome, why);
        tell(request);
    }

    /** Takes the loop's place for one request, if there is nothing else; {@link #disown} has to follow. */
    protected final boolean tryOwn() {
        if (busy || queue.isClosed() || !queue.isEmpty() || !owned.compareAndSet(false, true)) {
            return false;
        }
        if (busy || queue.isClosed()) {
            disown();
            return false;
        }
        submitted.increment();
        return true;
    }

    /** Gives the loop its place back, and wakes it if something has come meanwhile. */
    protected final void disown() {
        owned.set(false);
        if (queue.isClosed() || !queue.isEmpty()) {
            wake();
        }
    }

    private void wake() {
        if (parked) {
            LockSupport.unpark(thread);
        }
    }

    private void loop() {
        Throwable thrown = null; // by the last step
        while (!queue.isClosed() || busy || !queue.isEmpty()) {
            if (!isReady()) {
                // Whoever changes what this waits for looks at this afterwards.
                parked = true;
                while (!isReady() && !(queue.isClosed() && !owned.get())) {
                    LockSupport.park(this);
                }
                parked = false;
            } else if (owned.compareAndSet(false, true)) {
                try {
                    if (thrown != null) {
                        failAll(running, thrown); // whatever it was, nobody waits for ever
                        thrown = null;
                    }
                    queue.take(this);
                    step();
                } catch (RuntimeException | Error e) {
                    thrown = e;
                }
                busy = thrown != null || !running.isEmpty() || queue.size() > 0;
                owned.set(false);
            }
        }
        ended = true;
        rejectAll();
        teller.close();
    }

    private boolean isReady() {
        return (busy || !queue.isEmpty()) && !owned.get();
    }

    /** Whether a request that waits ends here. */
    final boolean letsGo(R request, long now) {
        if (!request.isEnded() && !leaves(request, now)) {
            if (!cancelling) {
                return false;
            }
            reject(request, Reason.CLOSED);
        }
        return true;
    }

    /** Ends the one that waited longest. */
    final void drop(R request) {
        reject(request, Reason.DROPPED);
    }

    /** Ends a request that nobody waits for, or whose time is over; says whether it is one. */
    private boolean leaves(R request, long now) {
        if (request.isAbandoned()) {
            // By the caller; or by what the caller's code threw.
            boolean threw = request.future().isCompletedExceptionally() && !request.future().isCancelled();
            end(request, threw ? Outcome.FAILED : Outcome.CANCELLED, null);
        } else if (request.isExpired(now)) {
            end(request, Outcome.EXPIRED, request.expired());
        } else {
            return false;
        }
        return true;
    }

    /** Ends those that run and that nobody waits for any more, or whose time is over. */
    protected final void letGo() {
        long now = System.nanoTime();
        for (int i = running.size() - 1; i >= 0; i--) {
            leaves(running.get(i), now);
        }
    }

    /** How many requests wait. */
    protected final int waiting() {
        return queue.size();
    }

    /** One that waits. */
    protected final R waiting(int index) {
        return queue.get(index);
    }

    /** The first ones wait no longer. */
    protected final void admitted(int count) {
        queue.admit(count);
        runningNow = running.size();
    }

    /** Those that run from one step to the next; to be added to. They leave it by {@link #end}. */
    protected final List<R> running() {
        return running;
    }

    /** Ends a request, and has it answered. */
    protected final void end(R request, Outcome outcome, Throwable failure) {
        if (running.remove(request)) {
            runningNow = running.size();
            release(request);
        }
        finish(request, outcome, failure);
        tell(request);
    }

    /** Ends a request because of what was thrown. */
    protected final void fail(R request, Throwable e) {
        Throwable why = e instanceof OutOfMemoryError ? new RequestRejectedException(Reason.NO_MEMORY).initCause(e) : e;
        end(request, why instanceof RequestRejectedException ? Outcome.REJECTED : Outcome.FAILED, why);
    }

    /** Ends several, which the list may lose by that. */
    protected final void failAll(List<R> requests, Throwable e) {
        for (int i = requests.size() - 1; i >= 0; i--) {
            fail(requests.get(i), e);
        }
    }

    private void reject(R request, Reason reason) {
        end(request, Outcome.REJECTED, new RequestRejectedException(reason));
    }

    /** Has the caller told what is new. */
    protected final void tell(R request) {
        if (request.signal()) {
            if (request.isDirect() || Thread.currentThread() != thread) {
                request.run();
            } else {
                teller.offer(request);
            }
        }
    }

    /** Counts a request that ends. What there is to tell is still to be told. */
    protected final void finish(R request, Outcome outcome, Throwable failure) {
        outcomes[outcome.ordinal()].increment();
        RequestEvent.commit(outcome, request, failure);
        request.end(failure);
    }

    /** Whether everything is to end now. To be asked by any thread. */
    protected final BooleanSupplier cancelling() {
        return isCancelling;
    }

    /** One step of what there is to do. */
    protected abstract void step();

    /** Frees what a request has that runs no longer. */
    protected void release(R request) {}

    private void rejectAll() {
        while (!owned.compareAndSet(false, true)) {
            Thread.onSpinWait();
        }
        R request;
        while ((request = queue.poll()) != null) {
            finish(request, Outcome.REJECTED, new RequestRejectedException(Reason.CLOSED));
            request.wake();
        }
        owned.set(false);
    }

    /** How many requests run from one step to the next. For any thread. */
    public final int runningNow() {
        return runningNow;
    }

    /** How many tokens were computed. For any thread. */
    public abstract long tokens();

    /** How many tokens of prompts need not be computed, as other texts had them. For any thread. */
    public long sharedTokens() {
        return 0;
    }

    /** How many shared pages gave way to others. For any thread. */
    public long evictedPages() {
        return 0;
    }

    /** How much memory keys and values take. For any thread. */
    public long cacheBytes() {
        return 0;
    }

    /** How many requests were handed over. For any thread. */
    public final long submitted() {
        return submitted.sum();
    }

    /** How many ended in a way. For any thread. */
    public final long ended(Outcome outcome) {
        return outcomes[outcome.ordinal()].sum();
    }

    /**
     * Takes no new requests, lets those that are there end for at most so long, and then cancels the rest, which takes the time
     * of one layer. An interrupted caller waits no longer for them. Returns when the threads have ended.
     */
    public final void close(Duration patience) {
        queue.close();
        LockSupport.unpark(thread);
        boolean interrupted = false;
        try {
            thread.join(patience);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        cancelling = true;
        while (thread.isAlive() || teller.isAlive()) {
            try {
                thread.join();
                teller.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
