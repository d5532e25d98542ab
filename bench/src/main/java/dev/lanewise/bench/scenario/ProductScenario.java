package dev.lanewise.bench.scenario;

import dev.lanewise.bench.Comparison;
import dev.lanewise.bench.Comparison.Contender;
import dev.lanewise.bench.measure.Flops;
import dev.lanewise.bench.measure.Limit;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.ProductTask;
import dev.lanewise.bench.peer.Work;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.parallel.Crew;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Matrix products with float32 weights.
 *
 * @param name what a user types
 * @param purpose what it measures
 * @param limit what bounds it
 * @param shapes of the products
 */
record ProductScenario(String name, String purpose, Limit limit, List<Shape> shapes) implements Scenario {
    /** A sum of k products of numbers up to 1 in float32, in any order, is not further from another than this times k. */
    private static final double BOUND_PER_INPUT = 3e-7;

    /** The sizes of a product: {@code [rows][inputs]} times {@code [inputs][outputs]}. */
    record Shape(int rows, int outputs, int inputs) {}

    /** The products of all-minilm-l6-v2 at 8 x 128 and at 16 tokens, and a large one. */
    static ProductScenario gemm() {
        return new ProductScenario("gemm", "matrix products of all-minilm-l6-v2's shapes and a large one, float32",
                Limit.COMPUTE,
                List.of(new Shape(1024, 384, 384), new Shape(1024, 1536, 384), new Shape(1024, 384, 1536),
                        new Shape(16, 384, 384), new Shape(16, 1536, 384), new Shape(16, 384, 1536),
                        new Shape(128, 2048, 8192)));
    }

    /** A matrix of 256 MB times one vector. */
    static ProductScenario gemv() {
        return new ProductScenario("gemv", "a matrix that no cache holds times a vector, float32", Limit.MEMORY,
                List.of(new Shape(1, 16_384, 4096)));
    }

    @Override
    public List<String> peers() {
        return List.of("pytorch");
    }

    @Override
    public void run(Run run) throws Exception {
        try (Crew crew = new Crew(run.threads())) {
            for (Shape shape : shapes) {
                run(run, shape, crew);
            }
        }
    }

    private void run(Run run, Shape shape, Crew crew) throws Exception {
        ProductTask task = ProductTask.random(shape.rows(), shape.inputs(), shape.outputs());
        List<Contender> others = new ArrayList<>();
        try (Work ours = new LaneProduct(task, Kernels.select(), crew)) {
            for (Map.Entry<String, Peer> peer : run.peers().entrySet()) {
                peer.getValue().product(task, run.threads())
                        .ifPresent(work -> others.add(new Contender(peer.getKey(), work)));
            }
            new Comparison(shape.rows() + " x " + shape.outputs() + " x " + shape.inputs(),
                    limit.demand(amount(shape)), BOUND_PER_INPUT * shape.inputs()).run(run, ours, others);
        } finally {
            others.forEach(other -> other.work().close());
        }
    }

    private double amount(Shape shape) {
        return switch (limit) {
            case COMPUTE -> Flops.product(shape.rows(), shape.inputs(), shape.outputs());
            case MEMORY -> 4.0 * shape.inputs() * shape.outputs();
        };
    }
}
