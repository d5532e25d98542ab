package dev.lanewise.bench.peer;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Ends a process, and what it has started, when that takes too long; whoever reads from it then reads on, to the end. */
public final class TimeLimit implements AutoCloseable {
    private static final ScheduledExecutorService WATCH = Executors
            .newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("watch").factory());

    private final String who;
    private final Duration limit;
    private final Future<?> end;
    private volatile boolean over;

    /**
     * Begins to count.
     *
     * @param who it is, for the failure
     */
    public TimeLimit(String who, Process process, Duration limit) {
        this.who = who;
        this.limit = limit;
        end = WATCH.schedule(() -> {
            over = true;
            List<ProcessHandle> started = process.descendants().toList(); // they may hold its pipes open
            process.destroyForcibly();
            started.forEach(ProcessHandle::destroyForcibly);
        }, limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** @throws IOException if the time was over */
    public void check() throws IOException {
        if (over) {
            throw new IOException(who + " hangs: no answer in " + limit.toMillis() / 1000.0 + " s");
        }
    }

    @Override
    public void close() {
        end.cancel(false);
    }
}
