package dev.lanewise;

import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.LaneWriter;
import dev.lanewise.writer.SpecWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Encoders with random weights, and what they compute, in double precision and in the most obvious way. */
final class TinyEncoder {
    final TransformerSpec spec;
    private final DataType type;
    private final Map<String, float[][]> tensors = new HashMap<>(); // [rows][columns]

    TinyEncoder(TransformerSpec spec, DataType type, long seed) {
        this.spec = spec;
        this.type = type;
        Random random = new Random(seed);
        spec.tensors(type).forEach(info -> {
            float[][] rows = new float[info.rows()][info.columns()];
            boolean scale = info.name().endsWith("norm.weight");
            double size = info.shape().size() == 1
                    ? 0.2
                    : info.name().startsWith("embedding")
                            ? 0.5
                            : 1 / Math.sqrt(info.columns());
            for (float[] row : rows) {
                for (int i = 0; i < row.length; i++) {
                    row[i] = rounded(info, (float) (random.nextGaussian() * size + (scale ? 1 : 0)));
                }
            }
            tensors.put(info.name(), rows);
        });
    }

    static TransformerSpec spec(int layers, int width, int heads, int headSize, int wide, Activation activation,
            PoolingSpec pooling) {
        NormSpec norm = new NormSpec(NormSpec.Kind.LAYER, 1e-12);
        return TransformerSpec.encoder("test", new EmbeddingSpec(50, 2, norm),
                new PositionSpec(PositionSpec.Kind.LEARNED, 700, 1),
                new StackSpec(layers, width, StackSpec.NormPlacement.POST, norm,
                        new AttentionSpec(heads, headSize, 1 / Math.sqrt(headSize)),
                        new FeedForwardSpec(wide, activation)),
                pooling);
    }

    /** The values that a 16-bit file can hold, so that it computes what the reference does. */
    private float rounded(TensorInfo info, float x) {
        return switch (info.type()) {
            case F32 -> x;
            case BF16 -> Float.intBitsToFloat(Float.floatToRawIntBits(x) & 0xFFFF0000);
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(x));
            default -> throw new IllegalArgumentException(info.type() + " rounds whole blocks");
        };
    }

    Path write(Path file) throws IOException {
        Metadata.Builder metadata = Metadata.builder();
        SpecWriter.write(spec, metadata);
        return write(file, metadata.build());
    }

    Path write(Path file, Metadata metadata) throws IOException {
        List<TensorInfo> infos = spec.tensors(type).toList();
        try (LaneWriter writer = new LaneWriter(file, metadata, infos)) {
            for (TensorInfo info : infos) {
                float[][] rows = tensors.get(info.name());
                writer.write((row, into) -> System.arraycopy(rows[row], 0, into, 0, rows[row].length));
            }
            writer.finish();
        }
        return file;
    }

    /** The last hidden state, {@code [tokens][width]}. */
    double[][] hidden(int[] ids, int[] types) {
        int n = ids.length;
        double[][] x = new double[n][];
        for (int t = 0; t < n; t++) {
            x[t] = new double[spec.stack().width()];
            addRow(x[t], "embedding.token", ids[t]);
            addRow(x[t], "embedding.position", t + spec.position().offset());
            addRow(x[t], "embedding.token_type", types == null ? 0 : types[t]);
            x[t] = norm("embedding.norm", x[t], spec.embedding().norm().epsilon());
        }
        for (int layer = 0; layer < spec.stack().layers(); layer++) {
            String name = "encoder.layers." + layer;
            double[][] attention = attention(name + ".attention", x);
            for (int t = 0; t < n; t++) {
                double[] sum = sum(x[t], attention[t]);
                x[t] = norm(name + ".attention.norm", sum, spec.stack().norm().epsilon());
                double[] wide = linear(name + ".feed_forward.up", x[t]);
                for (int i = 0; i < wide.length; i++) {
                    wide[i] = activate(wide[i]);
                }
                sum = sum(x[t], linear(name + ".feed_forward.down", wide));
                x[t] = norm(name + ".feed_forward.norm", sum, spec.stack().norm().epsilon());
            }
        }
        return x;
    }

    private double[][] attention(String name, double[][] x) {
        int n = x.length;
        AttentionSpec attention = spec.stack().attention();
        int size = attention.headSize();
        double[][] q = new double[n][];
        double[][] k = new double[n][];
        double[][] v = new double[n][];
        for (int t = 0; t < n; t++) {
            q[t] = linear(name + ".query", x[t]);
            k[t] = linear(name + ".key", x[t]);
            v[t] = linear(name + ".value", x[t]);
        }
        double[][] out = new double[n][];
        for (int t = 0; t < n; t++) {
            double[] heads = new double[attention.heads() * size];
            for (int h = 0; h < attention.heads(); h++) {
                double[] weights = new double[n];
                double total = 0;
                for (int j = 0; j < n; j++) {
                    double score = 0;
                    for (int c = h * size; c < (h + 1) * size; c++) {
                        score += q[t][c] * k[j][c];
                    }
                    weights[j] = Math.exp(score * attention.scale());
                    total += weights[j];
                }
                for (int j = 0; j < n; j++) {
                    for (int c = h * size; c < (h + 1) * size; c++) {
                        heads[c] += weights[j] / total * v[j][c];
                    }
                }
            }
            out[t] = linear(name + ".output", heads);
        }
        return out;
    }

    private double activate(double x) {
        return switch (spec.stack().feedForward().activation()) {
            case GELU -> x * normalDistribution(x);
            case GELU_TANH -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case RELU -> Math.max(x, 0);
            case SILU -> x / (1 + Math.exp(-x));
            case TANH -> Math.tanh(x);
        };
    }

    /** By its series, which is exact enough for |x| below 6. */
    private static double normalDistribution(double x) {
        double term = x;
        double sum = x;
        for (int i = 1; i < 200; i++) {
            term *= x * x / (2 * i + 1);
            sum += term;
        }
        return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    private void addRow(double[] x, String table, int row) {
        for (int i = 0; i < x.length; i++) {
            x[i] += tensors.get(table + ".weight")[row][i];
        }
    }

    private double[] linear(String name, double[] x) {
        float[][] w = tensors.get(name + ".weight");
        double[] y = new double[w.length];
        for (int o = 0; o < y.length; o++) {
            y[o] = tensors.get(name + ".bias")[0][o];
            for (int i = 0; i < x.length; i++) {
                y[o] += x[i] * w[o][i];
            }
        }
        return y;
    }

    private double[] norm(String name, double[] x, double epsilon) {
        double mean = 0;
        double variance = 0;
        for (double v : x) {
            mean += v / x.length;
        }
        for (double v : x) {
            variance += (v - mean) * (v - mean) / x.length;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = (x[i] - mean) / Math.sqrt(variance + epsilon) * tensors.get(name + ".weight")[0][i]
                    + tensors.get(name + ".bias")[0][i];
        }
        return y;
    }

    private static double[] sum(double[] a, double[] b) {
        double[] c = new double[a.length];
        for (int i = 0; i < c.length; i++) {
            c[i] = a[i] + b[i];
        }
        return c;
    }
}
