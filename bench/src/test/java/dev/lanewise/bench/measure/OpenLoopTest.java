package dev.lanewise.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** What is late, and what refuses slowly, are told apart. */
class OpenLoopTest {
    private static final long PAUSE = 5_000_000;

    @Test
    void refusals_countFromTheirTime_andFromTheCall() throws Exception {
        OpenLoop.Result result = OpenLoop.run(1000, 0.1, 1, i -> {
            if (i % 2 == 0) {
                LockSupport.parkNanos(PAUSE); // a call that takes long makes the next ones late
                return CompletableFuture.completedFuture(i);
            }
            return CompletableFuture.failedFuture(new IllegalStateException());
        });
        long sent = result.late().getTotalCount();
        assertEquals(sent, result.answered().getTotalCount() + result.refused().getTotalCount());
        assertEquals(sent / 2, result.refused().getTotalCount());
        assertEquals(sent / 2, result.told().getTotalCount());
        assertTrue(result.answered().getMinValue() >= 0.99 * PAUSE, "an answer came before the call had ended");
        assertTrue(result.late().getMaxValue() >= 10 * PAUSE, "the calls took several times what was there");
        assertTrue(result.refused().getMaxValue() >= result.told().getMaxValue());
    }
}
