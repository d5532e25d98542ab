package dev.lanewise.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The kernels in plain Java: what each of them means, and what computes where the vector module is absent. Loops run along
 * the packed direction, so that the compiler can vectorise some of them by itself.
 */
public final class ScalarKernels implements Kernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int ROWS = 4;
    private static final int QUERIES = 1;
    private static final int BLOCK = 128;

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
                        y[out + j] += factor * weights.get(FLOAT, w + j * 4L);
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
    public void attend(float[] out, int outAt, int outStride, float[] query, int queryAt, int queryStride, int queries,
            float[] keyPanels, int keyPanelsAt, float[] value, int valueAt, int valueStride, int keys, int headSize,
            float scale, float[] scratch) {
        for (int q = 0; q < queries; q++) {
            float maximum = Float.NEGATIVE_INFINITY;
            float sum = 0;
            Arrays.fill(scratch, BLOCK, BLOCK + headSize, 0);
            for (int from = 0; from < keys; from += BLOCK) {
                int count = Math.min(BLOCK, keys - from);
                float highest = maximum;
                for (int j = 0; j < count; j++) {
                    int key = keyPanelsAt + (from + j) / KEY_PANEL * KEY_PANEL * headSize + (from + j) % KEY_PANEL;
                    float score = 0;
                    for (int c = 0; c < headSize; c++) {
                        score += query[queryAt + q * queryStride + c] * scale * keyPanels[key + c * KEY_PANEL];
                    }
                    scratch[j] = score;
                    highest = score > highest ? score : highest;
                }
                float rescale = (float) Math.exp(maximum - highest);
                maximum = highest;
                sum *= rescale;
                for (int c = 0; c < headSize; c++) {
                    scratch[BLOCK + c] *= rescale;
                }
                for (int j = 0; j < count; j++) {
                    float weight = (float) Math.exp(scratch[j] - maximum);
                    sum += weight;
                    for (int c = 0; c < headSize; c++) {
                        scratch[BLOCK + c] += weight * value[valueAt + (from + j) * valueStride + c];
                    }
                }
            }
            for (int c = 0; c < headSize; c++) {
                out[outAt + q * outStride + c] = scratch[BLOCK + c] / sum;
            }
        }
    }

    @Override
    public void addAndLayerNorm(float[] out, int outAt, float[] x, int xAt, float[] residual, int residualAt, int width,
            MemorySegment weight, MemorySegment bias, float epsilon) {
        float sum = 0;
        for (int i = 0; i < width; i++) {
            out[outAt + i] = x[xAt + i] + residual[residualAt + i];
            sum += out[outAt + i];
        }
        float mean = sum / width;
        float squares = 0;
        for (int i = 0; i < width; i++) {
            float d = out[outAt + i] - mean;
            squares += d * d;
        }
        float factor = (float) (1 / Math.sqrt(squares / width + epsilon));
        for (int i = 0; i < width; i++) {
            out[outAt + i] = (out[outAt + i] - mean) * factor * weight.get(FLOAT, i * 4L) + bias.get(FLOAT, i * 4L);
        }
        Arrays.fill(out, outAt + width, outAt + (width + PANEL - 1 & -PANEL), 0);
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
            double v = x[i];
            x[i] = (float) (v / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v))));
        }
    }

    @Override
    public void silu(float[] x, int at, int count) {
        for (int i = at; i < at + count; i++) {
            x[i] = (float) (x[i] / (1 + Math.exp(-x[i])));
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
