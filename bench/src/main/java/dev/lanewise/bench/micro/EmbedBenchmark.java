package dev.lanewise.bench.micro;

import dev.lanewise.Embedder;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
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

/**
 * A whole model on the ids of one text. Which model: {@code -p model=FILE.lane}; without one there is nothing to time, and
 * the benchmark ends saying so.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 10, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class EmbedBenchmark {
    /** A converted model. */
    @Param("")
    private String model;

    /** How many tokens the text has. */
    @Param({"16", "128", "256"})
    private int tokens;

    /** How many threads compute. */
    @Param({"1", "2"})
    private int crew;

    private Model opened;
    private Embedder embedder;
    private int[] ids; // [tokens]
    private float[] vector; // [width]

    /** There is nothing to time; one line of JMH's output, as it has no stack trace. */
    private static final class SkippedException extends Exception {
        private static final long serialVersionUID = 1;

        SkippedException() {
            super("no model; name one with -p model=FILE.lane", null, false, false);
        }
    }

    /** Opens the model. */
    @Setup(Level.Trial)
    public void setUp() throws IOException, SkippedException {
        if (!Files.isRegularFile(Path.of(model))) {
            throw new SkippedException();
        }
        opened = Model.open(Path.of(model), new ModelOptions(crew));
        embedder = opened.embedder();
        ids = new Random(1).ints(tokens, 0, opened.vocabulary()).toArray();
        vector = new float[opened.width()];
    }

    /** One text. */
    @Benchmark
    public float[] embed() {
        embedder.embed(ids, 0, tokens, vector, 0);
        return vector;
    }

    /** Closes the model. */
    @TearDown(Level.Trial)
    public void tearDown() {
        if (opened != null) {
            opened.close();
        }
    }
}
