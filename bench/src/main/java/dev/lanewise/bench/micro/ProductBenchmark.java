package dev.lanewise.bench.micro;

import dev.lanewise.bench.measure.Agreement.DisagreementException;
import dev.lanewise.bench.scenario.Panels;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.tensor.DataType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The matrix product on one thread: packing of activations alone, the product alone, both. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class ProductBenchmark {
    /** Rows x outputs x inputs: the products of all-minilm-l6-v2 at 8 x 128 and at 16 tokens, and a large one. */
    @Param({"1024x384x384", "1024x1536x384", "1024x384x1536", "16x384x384", "16x1536x384", "16x384x1536",
            "128x2048x8192"})
    private String shape;

    private final Kernels kernels = Kernels.select();
    private final Arena arena = Arena.ofShared();
    private int rows;
    private int outputs;
    private int inputs;
    private int panels;
    private float[] x; // [rows][inputs]
    private float[] packed;
    private MemorySegment weights;
    private MemorySegment bias;
    private float[] y; // [rows and a tile more][panels * 32]

    /** Makes inputs and checks the product. */
    @Setup(Level.Trial)
    public void setUp() throws DisagreementException {
        String[] sizes = shape.split("x");
        rows = Integer.parseInt(sizes[0]);
        outputs = Integer.parseInt(sizes[1]);
        inputs = Integer.parseInt(sizes[2]);
        panels = Panels.count(outputs);
        x = Oracle.uniform(rows * inputs);
        weights = Panels.pack(arena, Oracle.uniform(outputs * inputs), outputs, inputs);
        bias = Oracle.segment(arena, Oracle.uniform(panels * Kernels.PANEL));
        int checked = Math.min(rows, 16); // the scalar twin takes its time
        Oracle.check(shape, kernels, k -> product(k, checked), 3e-7 * inputs);
        packed = new float[(rows + kernels.rowTile()) * inputs];
        y = new float[(rows + kernels.rowTile()) * panels * Kernels.PANEL];
        kernels.packRows(packed, 0, x, 0, inputs, rows, inputs);
    }

    private float[] product(Kernels k, int count) {
        float[] room = new float[(count + k.rowTile()) * inputs];
        float[] out = new float[(count + k.rowTile()) * panels * Kernels.PANEL];
        k.packRows(room, 0, x, 0, inputs, count, inputs);
        k.multiply(out, 0, panels * Kernels.PANEL, room, 0, count, inputs, DataType.F32, weights, 0, panels, bias,
                0, null);
        return java.util.Arrays.copyOf(out, count * panels * Kernels.PANEL);
    }

    /** Packing alone. */
    @Benchmark
    public float[] pack() {
        kernels.packRows(packed, 0, x, 0, inputs, rows, inputs);
        return packed;
    }

    /** The product alone. */
    @Benchmark
    public float[] multiply() {
        kernels.multiply(y, 0, panels * Kernels.PANEL, packed, 0, rows, inputs, DataType.F32, weights, 0, panels, bias,
                0, null);
        return y;
    }

    /** Both. */
    @Benchmark
    public float[] packAndMultiply() {
        pack();
        return multiply();
    }

    /** Frees the weights. */
    @TearDown(Level.Trial)
    public void tearDown() {
        arena.close();
    }
}
