package dev.lanewise.serving;

import dev.lanewise.error.RequestRejectedException;
import dev.lanewise.error.RequestRejectedException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;

/**
 * The thread that computes what many threads ask for, step by step, and their way to it: a bounded queue with many producers
 * and one consumer. Between two steps it takes what has come, and lets go what was cancelled or is too late; so these wait for
 * one step at most.
 *
 * <p>What runs code of callers is handed to a second thread, which starts a virtual one for each: starting and waking virtual
 * threads allocates, and the thread that computes shall not.
 *
 * <p>A caller that finds the loop idle may compute on its own thread, see {@link #tryOwn}: waking another one takes some 50 us,
 * twice a call.
 *
 * @param <R> what is asked for
 */
public abstract class RequestLoop<R extends Request<?>> {
    /** How requests end. */
    public enum Outcome {
        COMPLETED, FAILED, CANCELLED, EXPIRED, REJECTED
    }

    private final boolean blocks;
    private final boolean drops;
    private final Semaphore room;
    private final AtomicInteger excess = new AtomicInteger(); // how many of the oldest are to be dropped
    private final MpscAtomicArrayQueue<R> queue;
    private final List<R> waiting; // taken from the queue, the oldest first
    private final AtomicBoolean owned = new AtomicBoolean();
    private final Teller teller;
    private final Thread thread;

    private final LongAdder submitted = new LongAdder();
    private final LongAdder[] outcomes = new LongAdder[Outcome.values().length];

    private volatile boolean busy; // there is work after the last step
    private volatile boolean parked;
    private volatile boolean closed;
    private volatile boolean cancelling;
    private final BooleanSupplier isCancelling = () -> cancelling;
    private volatile boolean ended;

    /**
     * @param bound how many requests may wait
     * @param blocks whether callers wait when there are so many; otherwise requests are rejected
     * @param drops whether then the one that waits longest is rejected, instead of the new one
     */
    protected RequestLoop(int bound, boolean blocks, boolean drops) {
        this.blocks = blocks;
        this.drops = drops;
        room = new Semaphore(bound);
        // Those that are to be dropped, or whose callers went away, are in the queue until the next step.
        queue = new MpscAtomicArrayQueue<>(2 * bound);
        waiting = new ArrayList<>(2 * bound);
        for (int i = 0; i < outcomes.length; i++) {
            outcomes[i] = new LongAdder();
        }
        teller = new Teller(4 * bound);
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
        Reason reason = fits || closed ? offer(request) : Reason.TOO_LARGE;
        if (reason != null) {
            count(request, Outcome.REJECTED);
            request.future().completeExceptionally(new RequestRejectedException(reason));
        }
    }

    private Reason offer(R request) {
        if (closed) {
            return Reason.CLOSED;
        }
        if (request.left() == 0) {
            request.end(request.expired());
            count(request, Outcome.EXPIRED);
            request.run();
            return null;
        }
        boolean admitted = room.tryAcquire();
        if (!admitted && blocks) {
            if (!await(request)) {
                return null;
            }
            admitted = true;
        } else if (!admitted && drops) {
            excess.incrementAndGet();
        } else if (!admitted) {
            return Reason.QUEUE_FULL;
        }
        if (closed || !queue.offer(request)) {
            if (admitted) {
                room.release();
            } else {
                excess.decrementAndGet(); // twice as many as may wait have come since the last step
            }
            return closed ? Reason.CLOSED : Reason.QUEUE_FULL;
        }
        wake();
        if (ended) {
            rejectAll(); // which the loop may have done before it came
        }
        return null;
    }

    /** Waits for room; otherwise the request ends. */
    private boolean await(R request) {
        try {
            if (room.tryAcquire(request.left(), TimeUnit.NANOSECONDS)) {
                return true;
            }
            request.end(request.expired());
            count(request, Outcome.EXPIRED);
            request.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            count(request, Outcome.CANCELLED);
            request.future().completeExceptionally(new CancellationException("interrupted while the queue was full"));
        }
        return false;
    }

    /** Takes the loop's place for one request, if there is nothing else; {@link #disown} has to follow. */
    protected final boolean tryOwn() {
        if (busy || closed || !queue.isEmpty() || !owned.compareAndSet(false, true)) {
            return false;
        }
        if (busy || closed) {
            disown();
            return false;
        }
        submitted.increment();
        return true;
    }

    /** Gives the loop its place back, and wakes it if something has come meanwhile. */
    protected final void disown() {
        owned.set(false);
        if (closed || !queue.isEmpty()) {
            wake();
        }
    }

    private void wake() {
        if (parked) {
            LockSupport.unpark(thread);
        }
    }

    private void loop() {
        while (!closed || busy || !queue.isEmpty()) {
            if (!isReady()) {
                // Whoever changes what this waits for looks at this afterwards.
                parked = true;
                while (!isReady() && !(closed && !owned.get())) {
                    LockSupport.park(this);
                }
                parked = false;
            } else if (owned.compareAndSet(false, true)) {
                try {
                    take();
                    busy = step() | !waiting.isEmpty();
                } finally {
                    owned.set(false);
                }
            }
        }
        ended = true;
        rejectAll();
        teller.close();
    }

    private boolean isReady() {
        return (busy || !queue.isEmpty()) && !owned.get();
    }

    /** Takes what has come, and lets go what nobody waits for or what is too late. */
    private void take() {
        R request;
        while ((request = queue.poll()) != null) {
            waiting.add(request);
        }
        int drop = excess.get() == 0 ? 0 : excess.getAndSet(0);
        long now = System.nanoTime();
        int kept = 0;
        for (int i = 0; i < waiting.size(); i++) {
            request = waiting.get(i);
            if (isLeaving(request, now)) {
                leave(request);
                room.release();
            } else if (cancelling) {
                end(request, Outcome.REJECTED, new RequestRejectedException(Reason.CLOSED));
                room.release();
            } else if (drop > 0) {
                drop--;
                end(request, Outcome.REJECTED, new RequestRejectedException(Reason.DROPPED));
            } else {
                waiting.set(kept++, request);
            }
        }
        keep(kept);
        if (drop < 0) {
            room.release(-drop); // somebody who did not come after all
        } else if (drop > 0 && !cancelling && !room.tryAcquire(drop)) {
            excess.addAndGet(drop); // there is nobody left to be dropped for them, and no room either
        }
    }

    private void keep(int count) {
        while (waiting.size() > count) {
            waiting.removeLast();
        }
    }

    /** How many requests wait. */
    protected final int waiting() {
        return waiting.size();
    }

    /** One that waits. */
    protected final R waiting(int index) {
        return waiting.get(index);
    }

    /** The first ones wait no longer. */
    protected final void admitted(int count) {
        if (count > 0) {
            for (int i = count; i < waiting.size(); i++) {
                waiting.set(i - count, waiting.get(i));
            }
            keep(waiting.size() - count);
            room.release(count);
        }
    }

    /** Whether a request is to end before it is answered. */
    protected final boolean isLeaving(R request, long now) {
        return request.isAbandoned() || request.isExpired(now);
    }

    /** Ends a request that is leaving. */
    protected final void leave(R request) {
        if (request.isAbandoned()) {
            // By the caller; or by what the caller's code threw.
            boolean threw = request.future().isCompletedExceptionally() && !request.future().isCancelled();
            end(request, threw ? Outcome.FAILED : Outcome.CANCELLED, null);
        } else {
            end(request, Outcome.EXPIRED, request.expired());
        }
    }

    /** Ends a request and has it answered. */
    protected final void end(R request, Outcome outcome, Throwable failure) {
        count(request, outcome);
        request.end(failure);
        tell(request);
    }

    /** Has the caller told what is new. */
    protected final void tell(R request) {
        if (request.signal()) {
            if (request.isDirect()) {
                request.run();
            } else {
                teller.offer(request);
            }
        }
    }

    /** A request ends. */
    protected final void count(R request, Outcome outcome) {
        outcomes[outcome.ordinal()].increment();
        RequestEvent.commit(outcome, request);
    }

    /** Whether everything is to end now. To be asked by any thread. */
    protected final BooleanSupplier cancelling() {
        return isCancelling;
    }

    /** One step of what there is to do; says whether there is more of it, apart from requests that wait. */
    protected abstract boolean step();

    private void rejectAll() {
        while (!owned.compareAndSet(false, true)) {
            Thread.onSpinWait();
        }
        R request;
        while ((request = queue.poll()) != null) {
            count(request, Outcome.REJECTED);
            request.future().completeExceptionally(new RequestRejectedException(Reason.CLOSED));
            room.release();
        }
        owned.set(false);
    }

    /** How many requests are being computed. For any thread. */
    public int running() {
        return 0;
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
        closed = true;
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
