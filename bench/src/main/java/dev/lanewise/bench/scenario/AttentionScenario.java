package dev.lanewise.bench.scenario;

import dev.lanewise.bench.Comparison;
import dev.lanewise.bench.Comparison.Contender;
import dev.lanewise.bench.measure.Flops;
import dev.lanewise.bench.measure.Limit;
import dev.lanewise.bench.peer.AttentionTask;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.parallel.Crew;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Fused attention of all heads of one text.
 *
 * @param shapes of the attentions
 */
record AttentionScenario(List<Shape> shapes) implements Scenario {
    /** Weighted means of numbers up to 1, in float32. */
    private static final double BOUND = 1e-5;

    /** The sizes of an attention. */
    record Shape(int heads, int length, int headSize, boolean causal) {

        Shape(int heads, int length, int headSize) {
            this(heads, length, headSize, false);
        }
    }

    /** The cases of the documentation. */
    AttentionScenario() {
        this(List.of(new Shape(8, 512, 64), new Shape(8, 2048, 64), new Shape(4, 8192, 64),
                new Shape(8, 512, 64, true), new Shape(8, 2048, 64, true), new Shape(4, 8192, 64, true),
                new Shape(12, 128, 32),
                new Shape(12, 512, 32), new Shape(12, 2048, 32)));
    }

    @Override
    public String name() {
        return "attention";
    }

    @Override
    public String purpose() {
        return "scaled dot-product attention, float32";
    }

    @Override
    public List<String> peers() {
        return List.of("pytorch", "plain");
    }

    @Override
    public List<String> defaultPeers() {
        return List.of("plain");
    }

    @Override
    public void run(Run run) throws Exception {
        try (Crew crew = new Crew(run.threads())) {
            for (Shape shape : shapes) {
                run(run, shape, crew);
            }
        }
    }

    private static void run(Run run, Shape shape, Crew crew) throws Exception {
        AttentionTask task = AttentionTask.random(shape.heads(), shape.length(), shape.headSize(),
                shape.causal());
        List<Contender> others = new ArrayList<>();
        try (LaneAttention ours = new LaneAttention(task, Kernels.select(), crew)) {
            for (Map.Entry<String, Peer> peer : run.peers().entrySet()) {
                peer.getValue().attention(task, run.threads())
                        .ifPresent(work -> others.add(new Contender(peer.getKey(), work)));
            }
            new Comparison(shape.heads() + " heads of " + shape.headSize() + ", length " + shape.length()
                    + (shape.causal() ? ", causal" : ""),
                    // Of a causal attention half is counted, the half that is needed.
                    Limit.COMPUTE.demand(Flops.attention(shape.heads(), shape.length(), shape.headSize())
                            / (shape.causal() ? 2 : 1)),
                    BOUND)
                    .run(run, ours, others);
            run.report().line("  scratch: %d floats for %d threads", ours.scratch(), run.threads());
        } finally {
            others.forEach(other -> other.work().close());
        }
    }
}
