package dev.lanewise.bench.measure;

import dev.lanewise.bench.peer.Work;
import dev.lanewise.parallel.Crew;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The most float operations that the Vector API gets out of this machine: independent multiply-adds on registers, at the
 * machine's own width whatever width the kernels are forced to.
 */
public final class FmaPeak implements Work {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    /** Two multiply-adds a cycle, each four or five cycles long, keep ten in flight. */
    private static final int CHAINS = 12;
    private static final int STEPS = 1 << 16;
    /** Short calls: a loop that runs once for ever would stay in its on-stack replacement, which may box every vector. */
    private static final int CALLS = 16;

    private final Crew crew;
    private final int threads;
    private final float[] sums; // [threads], 16 apart: used, so that nothing is optimised away

    /**
     * @param crew who computes, one task each
     */
    public FmaPeak(Crew crew) {
        this.crew = crew;
        threads = crew.size();
        sums = new float[16 * threads];
    }

    /** The operations of a run. */
    public double flops() {
        return 2.0 * threads * CALLS * STEPS * CHAINS * SPECIES.length();
    }

    @Override
    public void run() {
        CrewRun.run(crew, this::calls, threads);
    }

    private void calls(int task, int member) {
        for (int i = 0; i < CALLS; i++) {
            sums[16 * task] += chains(STEPS);
        }
    }

    private static float chains(int steps) {
        // As in a matrix product, the sum goes round and the factors stay: other forms need a copy of a register a step.
        FloatVector x = FloatVector.broadcast(SPECIES, 0x1p-20f);
        FloatVector y = x.mul(0.5f);
        FloatVector a = FloatVector.broadcast(SPECIES, 1);
        FloatVector b = a.add(1);
        FloatVector c = a.add(2);
        FloatVector d = a.add(3);
        FloatVector e = a.add(4);
        FloatVector f = a.add(5);
        FloatVector g = a.add(6);
        FloatVector h = a.add(7);
        FloatVector i = a.add(8);
        FloatVector j = a.add(9);
        FloatVector k = a.add(10);
        FloatVector l = a.add(11);
        for (int step = 0; step < steps; step++) {
            a = x.fma(y, a);
            b = x.fma(y, b);
            c = x.fma(y, c);
            d = x.fma(y, d);
            e = x.fma(y, e);
            f = x.fma(y, f);
            g = x.fma(y, g);
            h = x.fma(y, h);
            i = x.fma(y, i);
            j = x.fma(y, j);
            k = x.fma(y, k);
            l = x.fma(y, l);
        }
        return a.add(b).add(c.add(d)).add(e.add(f)).add(g.add(h)).add(i.add(j)).add(k.add(l)).lane(0);
    }

    @Override
    public float[] result() {
        return sums.clone();
    }
}
