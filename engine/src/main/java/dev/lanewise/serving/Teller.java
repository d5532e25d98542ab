package dev.lanewise.serving;

import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;

/** Starts a virtual thread for each request of which there is something to tell. */
final class Teller extends Thread {
    private final MpscAtomicArrayQueue<Request<?>> queue;
    private volatile boolean parked;
    private volatile boolean closed;

    Teller(int capacity) {
        super("lanewise-teller");
        setDaemon(true);
        queue = new MpscAtomicArrayQueue<>(capacity);
    }

    void offer(Request<?> request) {
        while (!queue.offer(request)) {
            Thread.onSpinWait(); // this runs nobody's code: there will be room
        }
        wake();
    }

    private void wake() {
        if (parked) {
            LockSupport.unpark(this);
        }
    }

    void close() {
        closed = true;
        wake();
    }

    @Override
    public void run() {
        for (;;) {
            Request<?> request = queue.poll();
            if (request != null) {
                request.tellApart();
            } else if (closed) {
                return;
            } else {
                parked = true;
                while (queue.isEmpty() && !closed) {
                    LockSupport.park(this);
                }
                parked = false;
            }
        }
    }
}
