package dev.lanewise.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CrewTest {

    @Test
    void run_runsEveryTaskOnce_forManyJobsOfManySizes() {
        for (int size = 2; size <= 5; size++) {
            try (Crew crew = new Crew(size)) {
                assertTrue(crew.tryEnter());
                for (int job = 0; job < 20_000; job++) {
                    int tasks = job % 37 + 1;
                    AtomicIntegerArray ran = new AtomicIntegerArray(tasks);
                    crew.run((task, member) -> ran.incrementAndGet(task), tasks);
                    for (int i = 0; i < tasks; i++) {
                        assertEquals(1, ran.get(i));
                    }
                    if (job % 1000 == 0) {
                        LockSupport.parkNanos(1_000_000); // long enough for the workers to park
                    }
                }
                crew.leave();
            }
        }
    }

    @Test
    void run_givesEachMemberToOneTaskAtATime() {
        try (Crew crew = new Crew(4)) {
            assertTrue(crew.tryEnter());
            AtomicIntegerArray busy = new AtomicIntegerArray(4);
            AtomicInteger clashes = new AtomicInteger();
            for (int job = 0; job < 2_000; job++) {
                crew.run((task, member) -> {
                    clashes.addAndGet(busy.incrementAndGet(member) - 1);
                    Thread.onSpinWait();
                    busy.decrementAndGet(member);
                }, 16);
            }
            assertEquals(0, clashes.get());
            crew.leave();
        }
    }

    @Test
    void run_throwsWhatATaskThrew_andStaysUsable() {
        try (Crew crew = new Crew(3)) {
            assertTrue(crew.tryEnter());
            IllegalStateException thrown = new IllegalStateException("task 7");
            AtomicInteger ran = new AtomicInteger();
            assertSame(thrown, assertThrows(IllegalStateException.class, () -> crew.run((task, member) -> {
                ran.incrementAndGet();
                if (task == 7) {
                    throw thrown;
                }
            }, 20)));
            assertEquals(20, ran.get());
            crew.run((task, member) -> ran.incrementAndGet(), 5);
            assertEquals(25, ran.get());
            crew.leave();
        }
    }

    @Test
    void tryEnter_admitsOneCaller_untilItLeaves() {
        try (Crew crew = new Crew(2)) {
            assertTrue(crew.tryEnter());
            assertFalse(crew.tryEnter());
            crew.leave();
            assertTrue(crew.tryEnter());
            crew.leave();
        }
        try (Crew alone = new Crew(1)) {
            assertFalse(alone.tryEnter(), "there is nobody to share with");
        }
    }

    @Test
    void workers_areDaemons_andEndWithTheCrew() throws InterruptedException {
        Crew crew = new Crew(3);
        assertTrue(crew.tryEnter());
        crew.run((task, member) -> LockSupport.parkNanos(1_000), 10);
        crew.leave();
        Thread[] workers = Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().startsWith("lanewise-worker") && t.isAlive()).toArray(Thread[]::new);
        assertTrue(workers.length >= 2);
        for (Thread worker : workers) {
            assertTrue(worker.isDaemon());
        }
        crew.close();
        assertFalse(crew.tryEnter());
        for (Thread worker : workers) {
            worker.join(10_000);
            assertFalse(worker.isAlive());
        }
    }

    @Test
    void constructor_refusesAnEmptyCrew() {
        assertThrows(IllegalArgumentException.class, () -> new Crew(0));
    }
}
