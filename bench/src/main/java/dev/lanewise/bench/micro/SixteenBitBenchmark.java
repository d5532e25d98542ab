package dev.lanewise.bench.micro;

import dev.lanewise.bench.measure.Agreement.DisagreementException;
import dev.lanewise.kernel.Kernels;
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

/** Tables of 16 bits on one thread: looking a row up. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class SixteenBitBenchmark {
    private static final int ROWS = 1024;
    private static final int WIDTH = 384;

    /** bfloat16 or IEEE half. */
    @Param({"true", "false"})
    private boolean bfloat;

    private final Kernels kernels = Kernels.select();
    private final Arena arena = Arena.ofShared();
    private MemorySegment words; // [ROWS][WIDTH] of 16 bits
    private float[] out; // [WIDTH]

    /** Makes inputs and checks both kernels. */
    @Setup(Level.Trial)
    public void setUp() throws DisagreementException {
        float[] x = Oracle.uniform(ROWS * WIDTH);
        words = arena.allocate(2L * x.length, 64);
        for (int i = 0; i < x.length; i++) {
            short bits = bfloat ? (short) (Float.floatToRawIntBits(x[i]) >>> 16) : Float.floatToFloat16(x[i]);
            words.setAtIndex(ValueLayout.JAVA_SHORT, i, bits);
        }
        Oracle.check("a row", kernels, k -> {
            float[] row = new float[WIDTH];
            k.addRow16(row, 0, words, 0, WIDTH, bfloat);
            return row;
        }, 0);
        out = new float[WIDTH];
    }

    /** All rows, one on top of the other. */
    @Benchmark
    public float[] addRow16() {
        for (int row = 0; row < ROWS; row++) {
            kernels.addRow16(out, 0, words, 2L * row * WIDTH, WIDTH, bfloat);
        }
        return out;
    }

    /** Frees the weights. */
    @TearDown(Level.Trial)
    public void tearDown() {
        arena.close();
    }
}
