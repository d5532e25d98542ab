package dev.lanewise.bench.micro;

import dev.lanewise.bench.measure.Agreement.DisagreementException;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.ScoreRule;
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
import org.openjdk.jmh.annotations.Warmup;

/** Attention of one head on one thread: packing of keys alone, the fused attention of all queries alone. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class AttentionBenchmark {

    /** The length of a query. */
    @Param({"32", "64"})
    private int headSize;

    /** How many queries, and how many keys. */
    @Param({"128", "512", "2048"})
    private int length;

    /** Whether a query sees the keys up to its own place alone. */
    @Param({"false", "true"})
    private boolean causal;

    private final Kernels kernels = Kernels.select();
    private float[] query; // [length][headSize]
    private float[] key; // [length][headSize]
    private float[] value; // [length][headSize]
    private float[] valuePanels; // [ceil(headSize / 8)][length][8]
    private float[] panels; // [ceil(length / 32)][headSize][32]
    private float[][] keyPages; // one
    private float[][] valuePages; // one
    private float[] out; // [length][headSize]
    private ScoreRule rule;
    private float[] scratch;

    /** Makes inputs and checks the attention. */
    @Setup(Level.Trial)
    public void setUp() throws DisagreementException {
        query = Oracle.uniform(length * headSize);
        key = Oracle.uniform(length * headSize + 1);
        value = Oracle.uniform(length * headSize);
        valuePanels = new float[(headSize + Kernels.VALUE_PANEL - 1) / Kernels.VALUE_PANEL * Kernels.VALUE_PANEL
                * length];
        int panelled = (length + Kernels.KEY_PANEL - 1) / Kernels.KEY_PANEL * Kernels.KEY_PANEL;
        panels = new float[panelled * headSize];
        keyPages = new float[][]{panels};
        valuePages = new float[][]{valuePanels};
        float scale = (float) (1 / Math.sqrt(headSize));
        rule = causal ? ScoreRule.causal(scale) : ScoreRule.full(scale);
        out = new float[length * headSize];
        int checked = Math.min(length, 64);
        Oracle.check("attention", kernels, k -> attention(k, checked), 1e-5);
        scratch = new float[kernels.attentionScratch(headSize)];
        packKeys();
        packValues();
    }

    private float[] attention(Kernels k, int queries) {
        k.packKeys(panels, 0, key, 0, headSize, length, headSize);
        Kernels.packValues(valuePanels, 0, length, value, 0, headSize, length, headSize);
        scratch = new float[k.attentionScratch(headSize)];
        attend(k, queries);
        return Arrays.copyOf(out, queries * headSize);
    }

    private void attend(Kernels k, int queries) {
        for (int first = 0; first < queries; first += k.queryTile()) {
            int at = first * headSize;
            k.attend(out, at, headSize, query, at, headSize, Math.min(k.queryTile(), queries - first), first,
                    keyPages, 0, valuePages, 0, length, ScoreRule.ALL, length, headSize, rule, null, 0, scratch);
        }
    }

    /** Packing of the keys alone. */
    @Benchmark
    public float[] packKeys() {
        kernels.packKeys(panels, 0, key, 0, headSize, length, headSize);
        return panels;
    }

    /** Packing of the values alone. */
    @Benchmark
    public float[] packValues() {
        Kernels.packValues(valuePanels, 0, length, value, 0, headSize, length, headSize);
        return valuePanels;
    }

    /** All queries. */
    @Benchmark
    public float[] attend() {
        attend(kernels, length);
        return out;
    }
}
