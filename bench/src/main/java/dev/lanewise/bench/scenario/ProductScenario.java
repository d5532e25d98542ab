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
import dev.lanewise.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Matrix products.
 *
 * @param name what a user types
 * @param purpose what it measures
 * @param limit what bounds it
 * @param shapes of the products
 */
record ProductScenario(String name, String purpose, Limit limit, List<Shape> shapes) implements Scenario {
    /** A sum of k products of numbers up to 1 in float32, in any order, is not further from another than this times k. */
    private static final double BOUND_PER_INPUT = 3e-7;

    /** The sizes of a product: {@code [rows][inputs]} times {@code [inputs][outputs]}, weights stored as a type. */
    record Shape(int rows, int outputs, int inputs, DataType type) {

        Shape(int rows, int outputs, int inputs) {
            this(rows, outputs, inputs, DataType.F32);
        }

        /** Random weights that the type stores without rounding, so that everyone computes the same product. */
        ProductTask task() {
            return switch (type) {
                case F32 -> ProductTask.random(rows, inputs, outputs);
                case BF16, F16, Q8_0 -> ProductTask.ofCodes(inputs, outputs, new int[]{-127, 127}, 0x1p-7f, 0);
                case Q4_0 -> ProductTask.ofCodes(inputs, outputs, new int[]{-8, 7}, 0x1p-3f, 0);
                case Q4_1 -> ProductTask.ofCodes(inputs, outputs, new int[]{0, 15}, 0x1p-3f, -1);
                default -> throw new IllegalArgumentException("floats are not rounded to " + type);
            };
        }

        @Override
        public String toString() {
            return rows + " x " + outputs + " x " + inputs + (type == DataType.F32 ? "" : ", " + type);
        }
    }

    /** The products of all-minilm-l6-v2 at 8 x 128 and at 16 tokens, and a large one. */
    static ProductScenario gemm() {
        return new ProductScenario("gemm", "matrix products of all-minilm-l6-v2's shapes and a large one, float32",
                Limit.COMPUTE,
                List.of(new Shape(1024, 384, 384), new Shape(1024, 1536, 384), new Shape(1024, 384, 1536),
                        new Shape(16, 384, 384), new Shape(16, 1536, 384), new Shape(16, 384, 1536),
                        new Shape(128, 2048, 8192)));
    }

    /** A matrix of 256 MB in floats, and larger ones in types that need less, times one vector. */
    static ProductScenario gemv() {
        return new ProductScenario("gemv",
                "a matrix that no cache holds times a vector: float32, bfloat16, blocks of 8 and 4 bits", Limit.MEMORY,
                List.of(new Shape(1, 16_384, 4096, DataType.F32), new Shape(1, 32_768, 4096, DataType.BF16),
                        new Shape(1, 65_536, 4096, DataType.Q8_0), new Shape(1, 65_536, 4096, DataType.Q4_0),
                        new Shape(1, 65_536, 4096, DataType.Q4_1)));
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
        ProductTask task = shape.task();
        List<Contender> others = new ArrayList<>();
        try (Work ours = new LaneProduct(task, shape.type(), Kernels.select(), crew)) {
            for (Map.Entry<String, Peer> peer : run.peers().entrySet()) {
                peer.getValue().product(task, run.threads())
                        .ifPresent(work -> others.add(new Contender(peer.getKey(), work)));
            }
            new Comparison(shape.toString(), limit.demand(amount(shape)), BOUND_PER_INPUT * shape.inputs()).run(run,
                    ours, others);
        } finally {
            others.forEach(other -> other.work().close());
        }
    }

    private double amount(Shape shape) {
        return switch (limit) {
            case COMPUTE -> Flops.product(shape.rows(), shape.inputs(), shape.outputs());
            case MEMORY -> shape.type().bytes((long) shape.inputs() * shape.outputs());
        };
    }
}
