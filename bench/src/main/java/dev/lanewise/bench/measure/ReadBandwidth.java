package dev.lanewise.bench.measure;

import dev.lanewise.bench.peer.Work;
import dev.lanewise.parallel.Crew;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** How fast this machine reads memory from one end to the other, each thread its part, far more than any cache holds. */
public final class ReadBandwidth implements Work {
    private static final long LINE = 64; // bytes
    /** Read by one call of the inner loop. */
    private static final int CHUNK = 1 << 20;

    private final Crew crew;
    private final int threads;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final long part; // bytes a thread
    private final float[] sums; // [threads], 16 apart

    /**
     * @param crew who reads
     * @param bytes how much
     */
    public ReadBandwidth(Crew crew, long bytes) {
        this.crew = crew;
        threads = crew.size();
        part = Math.max(1, bytes / threads / CHUNK) * CHUNK;
        memory = arena.allocate(part * threads, 4096);
        memory.fill((byte) 1); // pages that were never written are all one page of zeros
        sums = new float[16 * threads];
    }

    /** The bytes of a run. */
    public double bytes() {
        return part * threads;
    }

    @Override
    public void run() {
        CrewRun.run(crew, this::part, threads);
    }

    private void part(int task, int member) {
        for (long at = task * part; at < (task + 1) * part; at += CHUNK) {
            sums[16 * task] += (float) sum(memory, at, at + CHUNK);
        }
    }

    /**
     * A word of each cache line, which brings the whole line. Not by vectors: the compiler's profile of vector loads would then
     * hold a second class of memory, and every kernel compiled in this process would be slower for it.
     */
    private static long sum(MemorySegment memory, long from, long to) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        for (long at = from; at < to; at += 4 * LINE) {
            a += memory.get(ValueLayout.JAVA_LONG, at);
            b += memory.get(ValueLayout.JAVA_LONG, at + LINE);
            c += memory.get(ValueLayout.JAVA_LONG, at + 2 * LINE);
            d += memory.get(ValueLayout.JAVA_LONG, at + 3 * LINE);
        }
        return a + b + c + d;
    }

    @Override
    public float[] result() {
        return sums.clone();
    }

    @Override
    public void close() {
        arena.close();
    }
}
