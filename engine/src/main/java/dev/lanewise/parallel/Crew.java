package dev.lanewise.parallel;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs the tasks of a job on a fixed number of threads, the caller's among them. A caller enters, runs any number of jobs,
 * and leaves; a second caller that finds the crew taken does its work alone, so callers never wait for each other and
 * cannot deadlock. Which member runs a task is left to chance: tasks must not depend on it but for scratch memory.
 *
 * <p>Latency decides the design. Between the jobs of one caller the workers spin, as waking a parked thread takes some
 * 50 us; after {@value #SPIN_NANOS} ns without a job they park and cost nothing. Tasks are claimed one by one from a
 * counter, so a member that the system holds up delays the others by one task at most. Workers are daemons and start with
 * the first job, unless {@link #start} is called. Nothing is allocated once they have started.
 *
 * <p>Thread-safe; {@link #run} only between {@link #tryEnter} and {@link #leave} of the same thread.
 */
public final class Crew implements AutoCloseable {
    /** How long an idle worker spins before it parks. */
    private static final long SPIN_NANOS = 300_000;
    /** Tasks of a job, at most: the count and the next index share a long with the job's number. */
    private static final int MOST_TASKS = (1 << 20) - 1;

    /** The tasks of a job. */
    @FunctionalInterface
    public interface Job {
        /**
         * Runs one task, at the same time as others of the job.
         *
         * @param task which, from 0
         * @param member who runs it, from 0 to the crew's size, for scratch memory; no two tasks have the same at once
         */
        void run(int task, int member);
    }

    private final Worker[] workers;
    private final AtomicBoolean taken = new AtomicBoolean();
    /** Number of the job (24 bits), its count of tasks (20), the next task to claim (20). */
    private final AtomicLong claims = new AtomicLong();
    private final AtomicInteger unfinished = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    /** Written before the job's claims are published, read after a claim succeeded. */
    private Job job;
    private volatile boolean closed;
    private boolean started;

    /**
     * @param size how many threads, the caller's included; at least 1
     */
    public Crew(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a crew needs at least 1 thread, not " + size);
        }
        workers = new Worker[size - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
        }
    }

    /** How many threads, the caller's included. */
    public int size() {
        return workers.length + 1;
    }

    /**
     * Starts the workers, and returns when they wait for jobs: the first caller shall not compute alone until they run. This
     * thread keeps its processor busy, as Linux wakes them where they were last, and rather queues them up there than looks around.
     */
    public void start() {
        if (tryEnter()) {
            leave();
        }
        for (Worker worker : workers) {
            while (!worker.parked && worker.isAlive()) {
                Thread.onSpinWait();
            }
        }
    }

    /** Takes the crew for the calling thread; false if another caller has it, or if it is closed. */
    public boolean tryEnter() {
        if (workers.length == 0 || closed || !taken.compareAndSet(false, true)) {
            return false;
        }
        if (!started) {
            started = true;
            for (Worker worker : workers) {
                worker.start();
            }
        }
        return true;
    }

    /** Gives the crew back. */
    public void leave() {
        taken.set(false);
    }

    /**
     * Runs all tasks of a job and returns when all have ended; what they wrote is then visible to the caller.
     *
     * @param tasks how many
     * @throws RuntimeException or Error, whichever a task threw first; the other tasks still ran
     */
    public void run(Job job, int tasks) {
        if (tasks > MOST_TASKS) {
            throw new IllegalArgumentException(tasks + " tasks, at most " + MOST_TASKS);
        }
        this.job = job;
        unfinished.set(tasks);
        long number = (claims.get() >>> 40) + 1;
        claims.set(number << 40 | (long) tasks << 20);
        for (Worker worker : workers) {
            worker.wake();
        }
        work(number & 0xFFFFFF, 0);
        awaitOthers();
        this.job = null;
        Throwable thrown = failure.getAndSet(null);
        if (thrown instanceof RuntimeException e) {
            throw e;
        }
        if (thrown instanceof Error e) {
            throw e;
        }
    }

    /** Ends the workers. A job that runs is finished by its caller alone if need be. */
    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            worker.wake();
        }
    }

    /** Claims and runs tasks of a job until none is left. A claim that succeeds holds the job open until it is run. */
    private void work(long number, int member) {
        while (true) {
            long state = claims.get();
            int tasks = (int) (state >>> 20) & MOST_TASKS;
            int next = (int) state & MOST_TASKS;
            if (state >>> 40 != number || next >= tasks) {
                return;
            }
            if (claims.compareAndSet(state, state + 1)) {
                try {
                    job.run(next, member);
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                }
                unfinished.decrementAndGet();
            }
        }
    }

    /** Waits for tasks that others have claimed: they run already, so briefly; longer only if the system took their core. */
    private void awaitOthers() {
        for (int spins = 0; unfinished.get() > 0; spins++) {
            if (spins < 10_000) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    private final class Worker extends Thread {
        private final int member;
        private volatile boolean parked;

        Worker(int member) {
            super("lanewise-worker-" + member);
            this.member = member;
            setDaemon(true);
        }

        void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            long last = 0;
            long idleSince = System.nanoTime();
            while (!closed) {
                long number = claims.get() >>> 40;
                if (number != last) {
                    last = number;
                    work(number, member);
                    idleSince = System.nanoTime();
                } else if (System.nanoTime() - idleSince < SPIN_NANOS) {
                    Thread.onSpinWait();
                } else {
                    park(last);
                    idleSince = System.nanoTime();
                }
            }
        }

        /** Whoever publishes a job looks at {@code parked} afterwards, and this looks at the job afterwards: one sees the other. */
        private void park(long last) {
            parked = true;
            while (!closed && claims.get() >>> 40 == last) {
                LockSupport.park(Crew.this);
            }
            parked = false;
        }
    }
}
