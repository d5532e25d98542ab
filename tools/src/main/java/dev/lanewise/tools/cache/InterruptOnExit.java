package dev.lanewise.tools.cache;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets work that writes files clean up after itself when the process is told to end, as by Ctrl-C: the working thread is
 * interrupted, file channels and waiting then throw, and what is written is deleted on the way out as after any failure.
 */
public final class InterruptOnExit implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 5;

    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook;

    private InterruptOnExit(Thread worker) {
        hook = new Thread(() -> {
            worker.interrupt();
            try {
                done.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "cleaning up");
    }

    /** From now until {@link #close}, this thread is interrupted when the process ends. */
    public static InterruptOnExit begin() {
        InterruptOnExit guard = new InterruptOnExit(Thread.currentThread());
        try {
            Runtime.getRuntime().addShutdownHook(guard.hook);
        } catch (IllegalStateException e) {
            Thread.currentThread().interrupt(); // it is ending already
        }
        return guard;
    }

    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending: the hook has just been told.
        }
    }
}
