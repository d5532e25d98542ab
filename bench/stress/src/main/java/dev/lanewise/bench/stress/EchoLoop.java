package dev.lanewise.bench.stress;

import dev.lanewise.serving.RequestLoop;
import dev.lanewise.serving.RequestQueue;

/** Answers whatever waits. */
final class EchoLoop extends RequestLoop<Echo> {
    EchoLoop(int bound) {
        super(new RequestQueue<>(bound, true, false));
        start();
    }

    @Override
    protected void step() {
        int count = waiting();
        for (int i = 0; i < count; i++) {
            end(waiting(i), Outcome.COMPLETED, null);
        }
        admitted(count);
    }

    @Override
    public long tokens() {
        return 0;
    }

    /** How many requests it has counted as ended. */
    long ended() {
        long sum = 0;
        for (Outcome outcome : Outcome.values()) {
            sum += ended(outcome);
        }
        return sum;
    }
}
