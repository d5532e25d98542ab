package dev.lanewise.bench.micro;

import dev.lanewise.bench.measure.Agreement.DisagreementException;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.tensor.DataType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

/** Tables of floats of 32 and 16 bits on one thread: looking rows up. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class TableBenchmark {
    private static final int ROWS = 1024;
    private static final int WIDTH = 384;

    /** How rows are stored. */
    @Param({"F32", "BF16", "F16"})
    private DataType type;

    private final Kernels kernels = Kernels.select();
    private final Arena arena = Arena.ofShared();
    private MemorySegment table; // [ROWS][WIDTH]
    private float[] out; // [WIDTH]

    /** Makes inputs and checks both kernels. */
    @Setup(Level.Trial)
    public void setUp() throws DisagreementException {
        float[] x = Oracle.uniform(ROWS * WIDTH);
        table = arena.allocate(type.bytes(x.length), 64);
        for (int i = 0; i < x.length; i++) {
            switch (type) {
                case BF16 ->
                    table.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (Float.floatToRawIntBits(x[i]) >>> 16));
                case F16 -> table.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(x[i]));
                default -> table.setAtIndex(ValueLayout.JAVA_FLOAT, i, x[i]);
            }
        }
        Oracle.check("a row", kernels, k -> {
            float[] row = new float[WIDTH];
            addRow(k, row, 0);
            return row;
        }, 0);
        out = new float[WIDTH];
    }

    /** All rows, one on top of the other. */
    @Benchmark
    public float[] addRow() {
        for (int row = 0; row < ROWS; row++) {
            addRow(kernels, out, row);
        }
        return out;
    }

    private void addRow(Kernels k, float[] to, int row) {
        long at = type.bytes((long) row * WIDTH);
        if (type == DataType.F32) {
            k.addRow(to, 0, table, at, WIDTH);
        } else {
            k.addRow16(to, 0, table, at, WIDTH, type == DataType.BF16);
        }
    }

    /** Frees the weights. */
    @TearDown(Level.Trial)
    public void tearDown() {
        arena.close();
    }
}
