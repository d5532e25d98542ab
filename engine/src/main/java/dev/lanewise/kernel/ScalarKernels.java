package dev.lanewise.kernel;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The kernels in plain Java: what each of them means, bit for bit, and what computes where the vector module is absent. Loops
 * run along the packed direction, so that the compiler can vectorise some of them by itself.
 */
public final class ScalarKernels implements Kernels {
    /** What a sum is of. */
    private enum Term {
        ELEMENT, SQUARE, EXPONENTIAL
    }

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
            DataType type, MemorySegment weights, long weightsAt, int panels, MemorySegment bias, long biasAt,
            WeightScratch scratch) {
        for (int panel = 0; panel < panels; panel++) {
            long panelAt = weightsAt + panel * type.panelBytes(inputs);
            if (type.quantized()) {
                Scales.widen(scratch.scales(), 0, weights, panelAt, type, 0, inputs / type.block());
            }
            for (int row = 0; row < rows; row++) {
                multiply(y, yAt + row * stride + panel * PANEL, packed,
                        packedAt + row / ROWS * ROWS * inputs + row % ROWS, ROWS, inputs, type, weights, panelAt, bias,
                        biasAt + panel * PANEL * 4L, scratch);
            }
        }
    }

    @Override
    public void multiplyVector(float[] y, int yAt, float[] x, int xAt, int inputs, DataType type,
            MemorySegment weights, long weightsAt, int panels, MemorySegment bias, long biasAt,
            WeightScratch scratch) {
        for (int panel = 0; panel < panels; panel++) {
            long panelAt = weightsAt + panel * type.panelBytes(inputs);
            if (type.quantized()) {
                Scales.widen(scratch.scales(), 0, weights, panelAt, type, 0, inputs / type.block());
            }
            multiply(y, yAt + panel * PANEL, x, xAt, 1, inputs, type, weights, panelAt, bias,
                    biasAt + panel * PANEL * 4L, scratch);
        }
    }

    /** One row times one panel. */
    private static void multiply(float[] y, int out, float[] x, int xAt, int step, int inputs, DataType type,
            MemorySegment weights, long panelAt, MemorySegment bias, long biasAt, WeightScratch scratch) {
        for (int j = 0; j < PANEL; j++) {
            y[out + j] = bias.get(FLOAT, biasAt + j * 4L);
        }
        for (int k = 0; k < inputs; k++) {
            float factor = x[xAt + k * step];
            for (int j = 0; j < PANEL; j++) {
                y[out + j] = ScalarMath.fma(factor, weight(type, weights, panelAt, k, j, scratch), y[out + j]);
            }
        }
    }

    /** The weight of an input and an output of a panel: what each type means. */
    private static float weight(DataType type, MemorySegment weights, long panelAt, int k, int j,
            WeightScratch scratch) {
        if (type == DataType.F32) {
            return weights.get(FLOAT, panelAt + ((long) k * PANEL + j) * 4);
        }
        if (type == DataType.BF16 || type == DataType.F16) {
            long at = panelAt + ((long) k * PANEL + j % (PANEL / 2) * 2 + j / (PANEL / 2)) * 2;
            return widen(weights.get(SHORT, at), type == DataType.BF16);
        }
        if (type == DataType.INT8) {
            return Codes.int8(weights, panelAt, k, j);
        }
        int scale = type.scaleOf(k) * PANEL + j;
        int minimum = scale + type.block() / type.group() * PANEL;
        long codes = panelAt + k / type.block() * Codes.blockBytes(type) + Codes.elementCodes(type);
        return ScalarMath.fma(Codes.value(type.code(), weights, codes, type.block(), k % type.block(), j),
                scratch.scales()[scale],
                type.scales() == 1 ? ScalarMath.NO_MINIMUM : scratch.scales()[minimum]);
    }

    @Override
    public void round(RoundedRows rounded, int tile, float[] x, int xAt, int stride, int rows, int inputs,
            WeightScratch scratch) {
        rounded.round(tile, x, xAt, stride, rows, inputs, scratch.words());
    }

    @Override
    public void multiplyRounded(float[] y, int yAt, int stride, RoundedRows x, int tile, int rows, int inputs,
            DataType type, MemorySegment weights, long weightsAt, int panels, MemorySegment bias, long biasAt,
            WeightScratch scratch) {
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < panels * PANEL; j++) {
                long panelAt = weightsAt + j / PANEL * type.panelBytes(inputs);
                float sum = bias.get(FLOAT, biasAt + j * 4L);
                int blocks = inputs / RoundedRows.BLOCK;
                for (int from = 0; from < blocks; from += RoundedRows.PIECE) {
                    int to = Math.min(blocks, from + RoundedRows.PIECE);
                    for (int block = from; block < to; block++) {
                        sum = addBlock(sum, x, tile * x.width() + row, block, inputs, type, weights, panelAt,
                                j % PANEL);
                    }
                    for (int block = from; block < to && type.scales() == 2; block++) {
                        float minimum = ScalarMath.fma(8, scale(type, weights, panelAt, block, 0, j % PANEL),
                                scale(type, weights, panelAt, block, 1, j % PANEL));
                        int at = x.scaleAt(tile * x.width() + row, block, inputs);
                        sum = ScalarMath.fma(x.sums()[at], minimum, sum);
                    }
                }
                y[yAt + row * stride + j] = sum;
            }
        }
    }

    private static float addBlock(float sum, RoundedRows x, int row, int block, int inputs, DataType type,
            MemorySegment weights, long panelAt, int output) {
        long codes = panelAt + block * Codes.blockBytes(type) + Codes.elementCodes(type);
        int products = 0;
        for (int k = 0; k < RoundedRows.BLOCK; k++) {
            float code = Codes.value(type.code(), weights, codes, type.block(), k, output);
            products += (int) (type.scales() == 2 ? code - 8 : code)
                    * x.code(row, block * RoundedRows.BLOCK + k, inputs);
        }
        float factor = x.scales()[x.scaleAt(row, block, inputs)];
        return ScalarMath.fma(products, scale(type, weights, panelAt, block, 0, output) * factor, sum);
    }

    private static float scale(DataType type, MemorySegment weights, long panelAt, int block, int which, int output) {
        return Codes.scale(type, weights, panelAt + block * Codes.blockBytes(type), which, output);
    }

    @Override
    public void packKeys(float[] panels, int panelsAt, float[] keys, int keysAt, int stride, int count, int headSize) {
        Packing.rows(panels, panelsAt, keys, keysAt, stride, count, headSize, KEY_PANEL);
    }

    @Override
    public void attend(float[] out, int outAt, int outStride, float[] query, int queryAt, int queryStride, int queries,
            int place, float[][] keyPages, int keysAt, float[][] valuePages, int valuesAt, int valuePanelRows,
            int pageKeys, int keys, int headSize, ScoreRule rule, float[] bias, int biasAt, float[] scratch) {
        float factor = rule.scale() * ScalarMath.LOG2_E;
        for (int q = 0; q < queries; q++) {
            float maximum = ScalarMath.LOWEST;
            float sum = 0;
            Arrays.fill(scratch, BLOCK, BLOCK + headSize, 0);
            int end = rule.end(place + q, keys);
            // Blocks begin at multiples of their size, whatever a query sees: the order of sums depends on nothing else.
            for (int block = rule.first(place + q) / BLOCK * BLOCK; block < end; block += BLOCK) {
                int first = Math.max(block, rule.first(place + q));
                int last = Math.min(block + BLOCK, end);
                float[] keyPanels = keyPages[block / pageKeys];
                float[] valuePanels = valuePages[block / pageKeys];
                int start = block / pageKeys * pageKeys; // of the page
                float before = maximum;
                Arrays.fill(scratch, 0, BLOCK, 0);
                for (int key = first / KEY_PANEL * KEY_PANEL; key < last; key += KEY_PANEL) {
                    for (int c = 0; c < headSize; c++) {
                        accumulate(scratch, key - block, keyPanels, keysAt + (key - start) * headSize + c * KEY_PANEL,
                                query[queryAt + q * queryStride + c] * factor, KEY_PANEL);
                    }
                }
                for (int key = first; key < last; key++) {
                    float score = scratch[key - block];
                    if (bias != null) {
                        score = ScalarMath.fma(bias[biasAt + place + q - key], ScalarMath.LOG2_E, score);
                    }
                    if (rule.softCap() != 0) {
                        score = ScalarMath.softCap(score, rule.softCap());
                    }
                    scratch[key - block] = score;
                    maximum = score > maximum ? score : maximum;
                }
                float rescale = ScalarMath.exp2(before - maximum);
                sum *= rescale;
                for (int c = 0; c < headSize; c++) {
                    scratch[BLOCK + c] *= rescale;
                }
                for (int key = first; key < last; key++) {
                    float weight = ScalarMath.exp2(scratch[key - block] - maximum);
                    sum += weight;
                    int value = valuesAt + (key - start) * VALUE_PANEL;
                    for (int c = 0; c < headSize; c += VALUE_PANEL) {
                        accumulate(scratch, BLOCK + c, valuePanels, value + c * valuePanelRows, weight,
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
    static void accumulate(float[] y, int yAt, float[] x, int xAt, float factor, int count) {
        for (int i = 0; i < count; i++) {
            y[yAt + i] = ScalarMath.fma(x[xAt + i], factor, y[yAt + i]);
        }
    }

    @Override
    public void unpack16(float[] out, int outAt, short[] x, int at, int count) {
        for (int i = 0; i < count; i++) {
            out[outAt + i] = Float.intBitsToFloat(x[at + i] << 16);
        }
    }

    @Override
    public void unpackKeys8(float[] out, int outAt, byte[] x, int at, int rows, float[] scales, int scalesAt) {
        for (int i = 0; i < rows * KEY_PANEL; i++) {
            out[outAt + i] = x[at + i] * scales[scalesAt + i % KEY_PANEL];
        }
    }

    @Override
    public void unpackValues8(float[] out, int outAt, byte[] x, int at, int rows, float[] scales, int scalesAt) {
        for (int i = 0; i < rows * VALUE_PANEL; i++) {
            out[outAt + i] = x[at + i] * scales[scalesAt + i / VALUE_PANEL];
        }
    }

    @Override
    public void layerNorm(float[] out, int outAt, float[] x, int xAt, int width, MemorySegment weight,
            MemorySegment bias, float epsilon) {
        float mean = sum(x, xAt, width, 0, Term.ELEMENT) / width;
        float factor = (float) (1 / Math.sqrt(sum(x, xAt, width, mean, Term.SQUARE) / width + epsilon));
        for (int i = 0; i < width; i++) {
            out[outAt + i] = ScalarMath.fma((x[xAt + i] - mean) * factor, weight.get(FLOAT, i * 4L),
                    bias.get(FLOAT, i * 4L));
        }
    }

    @Override
    public void rmsNorm(float[] out, int outAt, float[] x, int xAt, int width, MemorySegment weight, long weightAt,
            float epsilon) {
        float factor = (float) (1 / Math.sqrt(sum(x, xAt, width, 0, Term.SQUARE) / width + epsilon));
        for (int i = 0; i < width; i++) {
            out[outAt + i] = x[xAt + i] * factor * weight.get(FLOAT, weightAt + i * 4L);
        }
    }

    /**
     * A sum in 16 parts, element i in part i % 16, folded in halves, then the elements that fill no vector.
     *
     * @param from what elements are the distance from, before they are squared or raised
     */
    private static float sum(float[] x, int at, int width, float from, Term term) {
        int whole = at + (width & -PARTS);
        float ones = 0; // sums of so many parts that wait for those of as many
        float twos = 0;
        float fours = 0;
        float eights = 0;
        for (int i = 0; i < PARTS; i++) { // with its bits reversed, so that each part is folded with the one before it
            float sum = part(x, at + (Integer.reverse(i) >>> 28), whole, PARTS, from, term);
            if (i % 2 == 0) {
                ones = sum;
            } else if (i % 4 == 1) {
                twos = ones + sum;
            } else if (i % 8 == 3) {
                fours = twos + (ones + sum);
            } else {
                eights += fours + (twos + (ones + sum)); // at first, to 0
            }
        }
        return eights + part(x, whole, at + width, 1, from, term);
    }

    private static float part(float[] x, int first, int last, int step, float from, Term term) {
        float sum = 0;
        for (int i = first; i < last; i += step) {
            float distance = x[i] - from;
            if (term == Term.SQUARE) {
                sum = ScalarMath.fma(distance, distance, sum);
            } else {
                sum += term == Term.ELEMENT ? x[i] : ScalarMath.exp2(distance * ScalarMath.LOG2_E);
            }
        }
        return sum;
    }

    @Override
    public void rotate(float[] x, int at, int half, float[] cosines, float[] sines, int tableAt) {
        for (int i = 0; i < half; i++) {
            float a = x[at + i];
            float b = x[at + half + i];
            x[at + i] = a * cosines[tableAt + i] - b * sines[tableAt + i];
            x[at + half + i] = b * cosines[tableAt + i] + a * sines[tableAt + i];
        }
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

    private static float widen(short bits, boolean bfloat) {
        return bfloat ? Float.intBitsToFloat(bits << 16) : Float.float16ToFloat(bits);
    }

    @Override
    public void addScaled(float[] out, int outAt, float[] x, int xAt, float factor, int count) {
        accumulate(out, outAt, x, xAt, factor, count);
    }

    @Override
    public void multiplyBy(float[] x, int at, float[] y, int yAt, int count) {
        for (int i = 0; i < count; i++) {
            x[at + i] *= y[yAt + i];
        }
    }

    @Override
    public void softCap(float[] x, int at, int count, float cap) {
        for (int i = at; i < at + count; i++) {
            x[i] = ScalarMath.softCap(x[i] * ScalarMath.LOG2_E, cap) * ScalarMath.LN_2;
        }
    }

    @Override
    public float maximum(float[] x, int at, int count) {
        float highest = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + count; i++) {
            highest = Math.max(highest, x[i]);
        }
        return highest;
    }

    @Override
    public float sumOfExponentials(float[] x, int at, int count, float maximum, float[] scratch) {
        return sum(x, at, count, maximum, Term.EXPONENTIAL);
    }
}
