package dev.lanewise.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The kernels in plain Java: what each of them means, bit for bit, and what computes where the vector module is absent. Loops
 * run along the packed direction, so that the compiler can vectorise some of them by itself.
 */
public final class ScalarKernels implements Kernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int ROWS = 4;
    private static final int QUERIES = 1;
    private static final int PARTS = 16;
    private static final int BLOCK = ScalarMath.KEY_BLOCK;

    /** The scalar twins have no state. */
    public ScalarKernels() {}

    @Override
    public int vectorBits() {
        return 0;
    }

    @Override
    public int rowTile() {
        return ROWS;
    }

    @Override
    public int queryTile() {
        return QUERIES;
    }

    @Override
    public int attentionScratch(int headSize) {
        return BLOCK + headSize;
    }

    @Override
    public void packRows(float[] packed, int packedAt, float[] x, int xAt, int stride, int rows, int width) {
        Packing.rows(packed, packedAt, x, xAt, stride, rows, width, ROWS);
    }

    @Override
    public void multiply(float[] y, int yAt, int stride, float[] packed, int packedAt, int rows, int inputs,
            MemorySegment weights, long weightsAt, int panels, MemorySegment bias, long biasAt) {
        for (int row = 0; row < rows; row++) {
            int x = packedAt + row / ROWS * ROWS * inputs + row % ROWS;
            for (int panel = 0; panel < panels; panel++) {
                int out = yAt + row * stride + panel * PANEL;
                for (int j = 0; j < PANEL; j++) {
                    y[out + j] = bias.get(FLOAT, biasAt + (panel * PANEL + j) * 4L);
                }
                for (int k = 0; k < inputs; k++) {
                    float factor = packed[x + k * ROWS];
                    long w = weightsAt + ((long) panel * inputs + k) * PANEL * 4;
                    for (int j = 0; j < PANEL; j++) {
                        y[out + j] = ScalarMath.fma(factor, weights.get(FLOAT, w + j * 4L), y[out + j]);
                    }
                }
            }
        }
    }

    @Override
    public void packKeys(float[] panels, int panelsAt, float[] keys, int keysAt, int stride, int count, int headSize) {
        Packing.rows(panels, panelsAt, keys, keysAt, stride, count, headSize, KEY_PANEL);
    }

    @Override
    public void packValues(float[] panels, int panelsAt, float[] values, int valuesAt, int stride, int count,
            int headSize) {
        Packing.columns(panels, panelsAt, values, valuesAt, stride, count, headSize);
    }

    @Override
    public void attend(float[] out, int outAt, int outStride, float[] query, int queryAt, int queryStride, int queries,
            float[] keyPanels, int keyPanelsAt, float[] valuePanels, int valuePanelsAt, int keys, int headSize,
            float scale,
            float[] scratch) {
        float factor = scale * ScalarMath.LOG2_E;
        for (int q = 0; q < queries; q++) {
            float maximum = ScalarMath.LOWEST;
            float sum = 0;
            Arrays.fill(scratch, BLOCK, BLOCK + headSize, 0);
            for (int from = 0; from < keys; from += BLOCK) {
                int count = Math.min(BLOCK, keys - from);
                float before = maximum;
                Arrays.fill(scratch, 0, BLOCK, 0);
                for (int j = 0; j < count; j += KEY_PANEL) {
                    int key = keyPanelsAt + (from + j) * headSize;
                    for (int c = 0; c < headSize; c++) {
                        addScaled(scratch, j, keyPanels, key + c * KEY_PANEL,
                                query[queryAt + q * queryStride + c] * factor, KEY_PANEL);
                    }
                }
                for (int j = 0; j < count; j++) {
                    maximum = scratch[j] > maximum ? scratch[j] : maximum;
                }
                float rescale = ScalarMath.exp2(before - maximum);
                sum *= rescale;
                for (int c = 0; c < headSize; c++) {
                    scratch[BLOCK + c] *= rescale;
                }
                for (int j = 0; j < count; j++) {
                    float weight = ScalarMath.exp2(scratch[j] - maximum);
                    sum += weight;
                    int value = valuePanelsAt + (from + j) * VALUE_PANEL;
                    for (int c = 0; c < headSize; c += VALUE_PANEL) {
                        addScaled(scratch, BLOCK + c, valuePanels, value + c * keys, weight,
                                Math.min(VALUE_PANEL, headSize - c));
                    }
                }
            }
            float reciprocal = 1 / sum;
            for (int c = 0; c < headSize; c++) {
                out[outAt + q * outStride + c] = scratch[BLOCK + c] * reciprocal;
            }
        }
    }

    /** {@code y += factor * x}. A method of its own, as the compiler begins with what is called most. */
    static void addScaled(float[] y, int yAt, float[] x, int xAt, float factor, int count) {
        for (int i = 0; i < count; i++) {
            y[yAt + i] = ScalarMath.fma(x[xAt + i], factor, y[yAt + i]);
        }
    }

    @Override
    public void addAndLayerNorm(float[] out, int outAt, float[] x, int xAt, float[] residual, int residualAt, int width,
            MemorySegment weight, MemorySegment bias, float epsilon) {
        int padded = width + PANEL - 1 & -PANEL;
        for (int i = 0; i < padded; i++) {
            out[outAt + i] = x[xAt + i] + residual[residualAt + i];
        }
        float mean = sumOfParts(out, outAt, padded, 0, false) / width;
        float squares = sumOfParts(out, outAt, width & -PARTS, mean, true);
        float rest = 0;
        for (int i = width & -PARTS; i < width; i++) {
            float distance = out[outAt + i] - mean;
            rest = ScalarMath.fma(distance, distance, rest);
        }
        float factor = (float) (1 / Math.sqrt((squares + rest) / width + epsilon));
        for (int i = 0; i < padded; i++) {
            out[outAt + i] = ScalarMath.fma((out[outAt + i] - mean) * factor, weight.get(FLOAT, i * 4L),
                    bias.get(FLOAT, i * 4L));
        }
    }

    /** A sum in 16 parts, element i in part i % 16, folded in halves; of squared distances from the mean if asked for. */
    private static float sumOfParts(float[] x, int at, int count, float mean, boolean squares) {
        float[] parts = new float[PARTS];
        for (int i = 0; i < count; i++) {
            float distance = x[at + i] - mean;
            parts[i % PARTS] = squares
                    ? ScalarMath.fma(distance, distance, parts[i % PARTS])
                    : parts[i % PARTS] + x[at + i];
        }
        for (int half = PARTS / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                parts[i] += parts[i + half];
            }
        }
        return parts[0];
    }

    @Override
    public void gelu(float[] x, int at, int count) {
        for (int i = at; i < at + count; i++) {
            x[i] = ScalarMath.gelu(x[i]);
        }
    }

    @Override
    public void geluTanh(float[] x, int at, int count) {
        for (int i = at; i < at + count; i++) {
            float t = ScalarMath.fma(x[i] * x[i], ScalarMath.TANH_CUBIC, ScalarMath.TANH_LINEAR) * x[i];
            x[i] = ScalarMath.logistic(x[i], t);
        }
    }

    @Override
    public void silu(float[] x, int at, int count) {
        for (int i = at; i < at + count; i++) {
            x[i] = ScalarMath.logistic(x[i], x[i] * -ScalarMath.LOG2_E);
        }
    }

    @Override
    public void relu(float[] x, int at, int count) {
        for (int i = at; i < at + count; i++) {
            x[i] = x[i] < 0 ? 0 : x[i];
        }
    }

    @Override
    public void addRow(float[] out, int outAt, MemorySegment row, long rowAt, int count) {
        for (int i = 0; i < count; i++) {
            out[outAt + i] += row.get(FLOAT, rowAt + i * 4L);
        }
    }

    @Override
    public void addRow16(float[] out, int outAt, MemorySegment row, long rowAt, int count, boolean bfloat) {
        for (int i = 0; i < count; i++) {
            out[outAt + i] += widen(row.get(SHORT, rowAt + i * 2L), bfloat);
        }
    }

    @Override
    public void widenPanels(MemorySegment out, MemorySegment panels, long panelsAt, int steps, boolean bfloat) {
        for (int step = 0; step < steps; step++) {
            for (int j = 0; j < PANEL; j++) {
                long from = panelsAt + (step * (long) PANEL + j % (PANEL / 2) * 2 + j / (PANEL / 2)) * 2;
                out.set(FLOAT, (step * (long) PANEL + j) * 4, widen(panels.get(SHORT, from), bfloat));
            }
        }
    }

    private static float widen(short bits, boolean bfloat) {
        return bfloat ? Float.intBitsToFloat(bits << 16) : Float.float16ToFloat(bits);
    }

    @Override
    public void add(float[] out, int outAt, float[] x, int xAt, int count) {
        for (int i = 0; i < count; i++) {
            out[outAt + i] += x[xAt + i];
        }
    }
}
