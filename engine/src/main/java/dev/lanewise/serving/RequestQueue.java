package dev.lanewise.serving;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;

/**
 * The way of requests to a loop: bounded, with many producers and one consumer; and what becomes of those for whom there is no
 * room. Who produces may call {@link #offer} and {@link #isEmpty}, all else is for the consumer.
 *
 * @param <R> what is asked for
 */
public final class RequestQueue<R extends Request<?>> {
    /** More than there can be: whoever waits for room when there are so many is no longer held up. */
    private static final int ANY = 1 << 30;

    private final boolean blocks;
    private final boolean drops;
    private final Semaphore room;
    private final AtomicInteger excess = new AtomicInteger(); // how many of the oldest are to be dropped
    private final MpscAtomicArrayQueue<R> queue;
    private final List<R> waiting; // taken from the queue, the oldest first
    private volatile boolean closed;

    /**
     * @param bound how many requests may wait
     * @param blocks whether callers wait when there are so many; otherwise requests are rejected
     * @param drops whether then the one that waits longest is rejected, instead of the new one
     */
    public RequestQueue(int bound, boolean blocks, boolean drops) {
        this.blocks = blocks;
        this.drops = drops;
        room = new Semaphore(bound);
        // Those that are to be dropped, or whose callers went away, are in the queue until the next step.
        queue = new MpscAtomicArrayQueue<>(2 * bound);
        waiting = new ArrayList<>(2 * bound);
    }

    /** How many requests it may hold before the loop looks. */
    int capacity() {
        return queue.capacity();
    }

    /** Whether nothing has come that the loop has not seen. For any thread. */
    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** Whether it was closed. */
    boolean isClosed() {
        return closed;
    }

    /** Takes nothing from now on; whoever waits for room is told so. */
    void close() {
        closed = true;
        room.release(ANY);
    }

    /**
     * Hands over a request, perhaps when there is room. For any thread.
     *
     * @return whether it is in the queue; otherwise there is no room, or its time is over, or the queue was closed
     * @throws InterruptedException if the caller is interrupted while it waits
     */
    boolean offer(R request) throws InterruptedException {
        if (request.left() == 0) {
            return false;
        }
        boolean admitted = room.tryAcquire() || blocks && room.tryAcquire(request.left(), TimeUnit.NANOSECONDS);
        if (!admitted) {
            if (!drops) {
                return false;
            }
            excess.incrementAndGet();
        }
        if (!closed && queue.offer(request)) {
            return true;
        }
        if (admitted) {
            room.release();
        } else {
            excess.decrementAndGet(); // twice as many as may wait have come since the last step
        }
        return false;
    }

    /** One that has come, or null; there is room for another. */
    R poll() {
        R request = queue.poll();
        if (request != null) {
            room.release();
        }
        return request;
    }

    /** Takes what has come, and lets go what the loop does, and the oldest of what is too much. */
    void take(RequestLoop<R> loop) {
        R request;
        while ((request = queue.poll()) != null) {
            waiting.add(request);
        }
        long now = System.nanoTime();
        int kept = 0;
        for (int i = 0; i < waiting.size(); i++) {
            request = waiting.get(i);
            if (!loop.letsGo(request, now)) {
                waiting.set(i, waiting.get(kept)); // at any time each is there once
                waiting.set(kept++, request);
            }
        }
        int gone = waiting.size() - kept;
        while (waiting.size() > kept) {
            waiting.removeLast();
        }
        // Who leaves makes room for one that came when there was none.
        int drop = (excess.get() == 0 ? 0 : excess.getAndSet(0)) - gone;
        int dropped = Math.clamp(drop, 0, kept);
        for (int i = 0; i < dropped; i++) {
            loop.drop(waiting.get(i));
        }
        removeFirst(dropped);
        drop -= dropped;
        if (drop < 0) {
            room.release(-drop);
        } else if (drop > 0 && !room.tryAcquire(drop)) {
            excess.addAndGet(drop); // they are on their way: when they are here, somebody is there to be dropped
        }
    }

    /** How many wait. */
    int size() {
        return waiting.size();
    }

    /** One that waits, the oldest first. */
    R get(int index) {
        return waiting.get(index);
    }

    /** The first ones wait no longer. */
    void admit(int count) {
        if (count > 0) {
            removeFirst(count);
            room.release(count);
        }
    }

    private void removeFirst(int count) {
        if (count > 0) {
            for (int i = count; i < waiting.size(); i++) {
                waiting.set(i - count, waiting.get(i));
            }
            for (int i = 0; i < count; i++) {
                waiting.removeLast();
            }
        }
    }
}
