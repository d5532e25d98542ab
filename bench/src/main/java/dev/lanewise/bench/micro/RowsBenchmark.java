package dev.lanewise.bench.micro;

import dev.lanewise.bench.measure.Agreement.DisagreementException;
import dev.lanewise.kernel.Kernels;
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

/** What is done row by row or element by element between the products, on one thread and 1,024 rows as at 8 x 128 tokens. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class RowsBenchmark {
    private static final int ROWS = 1024;
    private static final float EPSILON = 1e-12f;

    /** The length of a row: the width of all-minilm-l6-v2, and that of its feed-forward. */
    @Param({"384", "1536"})
    private int width;

    private final Kernels kernels = Kernels.select();
    private final Arena arena = Arena.ofShared();
    private float[] x; // [ROWS][width]
    private float[] residual; // [ROWS][width]
    private float[] out; // [ROWS][width]
    private MemorySegment weight;
    private MemorySegment bias;

    /** One of the activations. */
    private interface Activation {
        void apply(Kernels k, float[] x, int at, int count);
    }

    /** Makes inputs and checks every kernel. */
    @Setup(Level.Trial)
    public void setUp() throws DisagreementException {
        x = Oracle.uniform(ROWS * width);
        residual = Oracle.uniform(ROWS * width + 1);
        out = new float[ROWS * width];
        weight = Oracle.segment(arena, Oracle.uniform(width));
        bias = Oracle.segment(arena, Oracle.uniform(width));
        Oracle.check("add and layer norm", kernels, k -> {
            float[] row = new float[width];
            k.layerNorm(row, 0, x, 0, width, weight, bias, EPSILON);
            return row;
        }, 1e-5);
        check("gelu", Kernels::gelu);
        check("gelu by tanh", Kernels::geluTanh);
        check("silu", Kernels::silu);
        check("relu", Kernels::relu);
    }

    private void check(String name, Activation activation) throws DisagreementException {
        Oracle.check(name, kernels, k -> {
            float[] copy = x.clone();
            activation.apply(k, copy, 0, copy.length);
            return copy;
        }, 1e-6);
    }

    /** Layer norm of all rows. */
    @Benchmark
    public float[] layerNorm() {
        for (int row = 0; row < ROWS; row++) {
            int at = row * width;
            kernels.layerNorm(out, at, x, at, width, weight, bias, EPSILON);
        }
        return out;
    }

    /** Root mean square norm of all rows. */
    @Benchmark
    public float[] rmsNorm() {
        for (int row = 0; row < ROWS; row++) {
            int at = row * width;
            kernels.rmsNorm(out, at, x, at, width, weight, 0, EPSILON);
        }
        return out;
    }

    /** A copy, which the activations pay too because they work in place. */
    @Benchmark
    public float[] copy() {
        System.arraycopy(x, 0, out, 0, x.length);
        return out;
    }

    /** GELU by the error function. */
    @Benchmark
    public float[] gelu() {
        kernels.gelu(copy(), 0, out.length);
        return out;
    }

    /** GELU by its tanh formula. */
    @Benchmark
    public float[] geluTanh() {
        kernels.geluTanh(copy(), 0, out.length);
        return out;
    }

    /** x / (1 + exp(-x)). */
    @Benchmark
    public float[] silu() {
        kernels.silu(copy(), 0, out.length);
        return out;
    }

    /** max(x, 0). */
    @Benchmark
    public float[] relu() {
        kernels.relu(copy(), 0, out.length);
        return out;
    }

    /** Residuals alone. */
    @Benchmark
    public float[] add() {
        kernels.addScaled(out, 0, residual, 0, 1, out.length);
        return out;
    }

    /** Frees the weights. */
    @TearDown(Level.Trial)
    public void tearDown() {
        arena.close();
    }
}
