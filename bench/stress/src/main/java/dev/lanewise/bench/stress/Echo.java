package dev.lanewise.bench.stress;

import dev.lanewise.serving.Request;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** A request that is answered with its own number. */
final class Echo extends Request<Integer> {
    private final int number;
    final AtomicInteger answers = new AtomicInteger();
    private final CompletableFuture<Integer> told; // complete when the answer was counted

    Echo(int number) {
        super(Long.MAX_VALUE, false);
        this.number = number;
        told = future().whenComplete((answer, failure) -> answers.incrementAndGet());
    }

    /** What it was answered with; -1 if it was cancelled, -2 if it was rejected. */
    int outcome() {
        return told.handle((answer, failure) -> failure == null ? answer : future().isCancelled() ? -1 : -2).join();
    }

    @Override
    protected String kind() {
        return "echo";
    }

    @Override
    protected int tokens() {
        return 1;
    }

    @Override
    protected RuntimeException expired() {
        return null;
    }

    @Override
    protected boolean tell() {
        return true;
    }

    @Override
    protected Integer answer() {
        return number;
    }
}
