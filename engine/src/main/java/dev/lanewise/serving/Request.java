package dev.lanewise.serving;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * What one caller asks for. It ends when its future is complete, whoever completes it: a caller who cancels the future ends the
 * request. Nobody is answered twice, as a future can be completed once.
 *
 * <p>What happens to it is told on a virtual thread of its own, where code of the caller runs: whatever that does, it delays no
 * other request.
 *
 * @param <T> the answer
 */
public abstract class Request<T> implements Runnable {
    private final CompletableFuture<T> future = new CompletableFuture<>();
    private final long submitted = System.nanoTime();
    private final long limit;
    private final boolean direct;
    private final AtomicInteger news = new AtomicInteger();
    private long started;
    private Throwable failure; // why there is no answer
    private volatile boolean ended;

    /**
     * @param limit how long it may take, in ns, or {@link Long#MAX_VALUE}
     * @param direct whether a platform thread waits for the future and nobody else can have it, so that it may be completed on
     *            the scheduler's thread
     */
    protected Request(long limit, boolean direct) {
        this.limit = limit;
        this.direct = direct;
    }

    /** The answer. */
    public final CompletableFuture<T> future() {
        return future;
    }

    /** When it was made, in the time of {@link System#nanoTime}. */
    public final long submitted() {
        return submitted;
    }

    /** Whether nobody waits for an answer any more. */
    public final boolean isAbandoned() {
        return future.isDone();
    }

    /** Whether its time is over. */
    final boolean isExpired(long now) {
        return now - submitted >= limit;
    }

    /** How much of its time is left, in ns. */
    final long left() {
        return Math.max(0, limit - (System.nanoTime() - submitted));
    }

    final boolean isDirect() {
        return direct;
    }

    final void start() {
        started = System.nanoTime();
    }

    /** How long it waited, in ns; so far, if it still does. */
    final long waited() {
        return (started == 0 ? System.nanoTime() : started) - submitted;
    }

    /** It ends; what there is to be told is told, then the future is completed. */
    final void end(Throwable why) {
        failure = why;
        ended = true;
    }

    final boolean isEnded() {
        return ended;
    }

    /** Something is to be told; says whether nobody is about to. */
    final boolean signal() {
        return news.getAndIncrement() == 0;
    }

    /** Has told what is to be told, on a thread of its own. For any thread. */
    protected final void wake() {
        if (signal()) {
            tellApart();
        }
    }

    /** Tells what is to be told, on a thread of its own. Somebody waits for it, so if there is no memory for one now, later. */
    final void tellApart() {
        for (boolean started = false; !started;) {
            try {
                Thread.ofVirtual().name("lanewise-answer").start(this);
                started = true;
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    /** Tells what is to be told. Not called by two threads at once. */
    @Override
    public final void run() {
        int seen;
        do {
            seen = news.get();
            try {
                boolean last = ended;
                if (last && failure != null) {
                    future.completeExceptionally(failure);
                } else if (!isAbandoned() && tell() && last) {
                    future.complete(answer());
                }
            } catch (Throwable e) {
                future.completeExceptionally(e);
            }
        } while (news.addAndGet(-seen) != 0);
    }

    /** What is asked for, in a word. */
    protected abstract String kind();

    /** How many tokens it has, so far. */
    protected abstract int tokens();

    /** Why there is no answer when its time is over; null if there is an answer even then. */
    protected abstract RuntimeException expired();

    /**
     * Tells the caller what is new. What it throws ends the request.
     *
     * @return whether everything was told; otherwise, {@link #wake} is called when there may be more to tell
     */
    protected abstract boolean tell();

    /** The answer, when it has ended well. */
    protected abstract T answer();
}
