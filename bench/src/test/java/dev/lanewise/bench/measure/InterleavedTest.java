package dev.lanewise.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.bench.peer.Work;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class InterleavedTest {

    /** Takes its time. */
    private record Sleep(long millis) implements Work {
        @Override
        public void run() {
            long end = System.nanoTime() + millis * 1_000_000;
            while (System.nanoTime() < end) {
                LockSupport.parkNanos(end - System.nanoTime());
            }
        }

        @Override
        public float[] result() {
            return new float[0];
        }
    }

    @Test
    void time_givesSecondsOfACall_forShortAndLongCalls_asManySamplesForEach() throws Exception {
        List<Samples> times = Interleaved.time(List.of(new Sleep(5), new Sleep(50)), 0, share -> {
        });
        assertEquals(2, times.size());
        assertEquals(times.get(0).count(), times.get(1).count());
        assertTrue(times.get(0).least() >= 0.005, "a call takes 5 ms");
        assertTrue(times.get(1).least() >= 0.050, "a call takes 50 ms");
        assertTrue(times.get(0).least() < times.get(1).least());
    }
}
