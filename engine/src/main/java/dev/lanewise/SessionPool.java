package dev.lanewise;

import dev.lanewise.tokenizer.Tokens;
import dev.lanewise.transformer.Session;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Sessions of a model, reused by its callers. As many run at once as there are processors; further callers wait, which costs
 * no throughput and bounds the memory.
 */
final class SessionPool {
    /** What a call works with. */
    record Lease(Session session, Tokens tokens, StringBuilder prompted) {}

    private final Supplier<Session> maker;
    private final Semaphore permits = new Semaphore(Math.max(2, java.lang.Runtime.getRuntime().availableProcessors()));
    private final ArrayDeque<Lease> idle = new ArrayDeque<>();

    SessionPool(Supplier<Session> maker) {
        this.maker = maker;
    }

    Lease take() {
        permits.acquireUninterruptibly();
        synchronized (idle) {
            if (!idle.isEmpty()) {
                return idle.pop();
            }
        }
        try {
            return new Lease(maker.get(), new Tokens(), new StringBuilder());
        } catch (Throwable e) {
            permits.release(); // there may be no memory for another session
            throw e;
        }
    }

    void giveBack(Lease lease) {
        synchronized (idle) {
            idle.push(lease);
        }
        permits.release();
    }
}
