package dev.lanewise.bench.measure;

import dev.lanewise.bench.peer.Work;
import dev.lanewise.parallel.Crew;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** How fast this machine reads memory from one end to the other, each thread its part, far more than any cache holds. */
public final class ReadBandwidth implements Work {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int BYTES = SPECIES.vectorByteSize();
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
            sums[16 * task] += sum(memory, at, at + CHUNK);
        }
    }

    private static float sum(MemorySegment memory, long from, long to) {
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (long at = from; at < to; at += 4 * BYTES) {
            a = a.add(load(memory, at));
            b = b.add(load(memory, at + BYTES));
            c = c.add(load(memory, at + 2 * BYTES));
            d = d.add(load(memory, at + 3 * BYTES));
        }
        return a.add(b).add(c.add(d)).lane(0);
    }

    private static FloatVector load(MemorySegment memory, long at) {
        return FloatVector.fromMemorySegment(SPECIES, memory, at, ByteOrder.LITTLE_ENDIAN);
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
