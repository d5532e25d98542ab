package dev.lanewise.bench.micro;

import dev.lanewise.bench.measure.Agreement.DisagreementException;
import dev.lanewise.bench.scenario.Panels;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.WeightScratch;
import dev.lanewise.tensor.DataType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
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

/** Weights of every type on one thread, in the cache: times one row, and times 16 rows, for which they are widened. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class WeightTypeBenchmark {
    private static final int ROWS = 16;
    private static final int OUTPUTS = 256;
    private static final int INPUTS = 512;
    private static final int PANELS = OUTPUTS / Kernels.PANEL;

    /** How weights are stored. */
    @Param
    private DataType type;

    private final Kernels kernels = Kernels.select();
    private final Arena arena = Arena.ofShared();
    private final WeightScratch scratch = new WeightScratch(INPUTS, OUTPUTS * INPUTS);
    private MemorySegment weights;
    private MemorySegment bias;
    private float[] x; // [ROWS][INPUTS]
    private float[] packed;
    private float[] y; // [rows and a tile more][OUTPUTS]

    /** Makes inputs and checks both products. */
    @Setup(Level.Trial)
    public void setUp() throws DisagreementException {
        x = Oracle.uniform(ROWS * INPUTS);
        weights = type.roundsFloats()
                ? Panels.pack(arena, Oracle.uniform(OUTPUTS * INPUTS), OUTPUTS, INPUTS, type)
                : Panels.packBlocks(arena, OUTPUTS, INPUTS, type);
        bias = Oracle.segment(arena, Oracle.uniform(OUTPUTS));
        Oracle.check("a vector", kernels, k -> {
            float[] out = new float[OUTPUTS];
            k.multiplyVector(out, 0, x, 0, INPUTS, type, weights, 0, PANELS, bias, 0, scratch);
            return out;
        }, 0);
        Oracle.check("a matrix", kernels, k -> {
            float[] room = new float[(ROWS + k.rowTile()) * INPUTS];
            float[] out = new float[(ROWS + k.rowTile()) * OUTPUTS];
            k.packRows(room, 0, x, 0, INPUTS, ROWS, INPUTS);
            k.multiply(out, 0, OUTPUTS, room, 0, ROWS, INPUTS, type, weights, 0, PANELS, bias, 0, scratch);
            return Arrays.copyOf(out, ROWS * OUTPUTS);
        }, 0);
        packed = new float[(ROWS + kernels.rowTile()) * INPUTS];
        kernels.packRows(packed, 0, x, 0, INPUTS, ROWS, INPUTS);
        y = new float[(ROWS + kernels.rowTile()) * OUTPUTS];
    }

    /** One row. */
    @Benchmark
    public float[] multiplyVector() {
        kernels.multiplyVector(y, 0, x, 0, INPUTS, type, weights, 0, PANELS, bias, 0, scratch);
        return y;
    }

    /** 16 rows. */
    @Benchmark
    public float[] multiply() {
        kernels.multiply(y, 0, OUTPUTS, packed, 0, ROWS, INPUTS, type, weights, 0, PANELS, bias, 0, scratch);
        return y;
    }

    /** Frees the weights. */
    @TearDown(Level.Trial)
    public void tearDown() {
        arena.close();
    }
}
