package dev.lanewise.tools.convert;

import dev.lanewise.tensor.DataType;
import dev.lanewise.writer.QuantizedRows;
import dev.lanewise.writer.TensorRows;
import java.io.IOException;

/**
 * Rounding an encoder to 8 bits so that the similarities of its texts stay. The scale of a block is the best of some about
 * what its largest magnitude asks for, by the sum of squared errors. What moves vectors most for its size stays in 16 bits: the
 * projection to values, and the few rows of token types (measured in docs/performance.md).
 */
final class EncoderQ8 implements QuantizedRows {
    private static final DataType TYPE = DataType.Q8_0;
    private static final int LARGEST_CODE = 127;
    /** Scales that are tried, and the least and the greatest of them as a share of what the largest magnitude asks for. */
    private static final int TRIALS = 17;
    private static final float LEAST = 0.9f;
    private static final float STEP = 0.01f;

    private final TensorRows rows;
    private final float[] values; // of a row

    /**
     * Rounds rows.
     *
     * @param columns a multiple of 32
     */
    EncoderQ8(TensorRows rows, int columns) {
        this.rows = rows;
        values = new float[columns];
    }

    /** The type of a tensor of an encoder that is to be rounded to 8 bits. */
    static DataType type(String name) {
        return name.endsWith(".attention.value.weight") || name.equals("embedding.token_type.weight")
                ? DataType.F16
                : TYPE;
    }

    @Override
    public DataType type() {
        return TYPE;
    }

    @Override
    public void read(int row, float[] into) throws IOException {
        rows.read(row, into);
    }

    @Override
    public void readBlocks(int row, byte[] codes, byte[] scales, float[] floats) throws IOException {
        rows.read(row, values);
        int block = TYPE.block();
        for (int from = 0; from < values.length; from += block) {
            float scale = scale(from, from + block);
            floats[from / block] = scale;
            for (int i = from; i < from + block; i++) {
                codes[i] = (byte) code(values[i], scale == 0 ? 0 : 1 / scale);
            }
        }
    }

    private float scale(int from, int to) {
        float largest = 0;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, Math.abs(values[i])); // NaN wins, and is refused as a scale
        }
        float best = half(largest / LARGEST_CODE);
        double least = error(from, to, best);
        for (int trial = 0; trial < TRIALS; trial++) {
            float scale = half(largest / LARGEST_CODE * (LEAST + STEP * trial));
            double error = error(from, to, scale);
            if (error < least) {
                least = error;
                best = scale;
            }
        }
        return best;
    }

    private double error(int from, int to, float scale) {
        float inverse = scale == 0 ? 0 : 1 / scale;
        float sum = 0;
        for (int i = from; i < to; i++) {
            float error = values[i] - scale * code(values[i], inverse);
            sum += error * error;
        }
        return sum;
    }

    private static float code(float value, float inverse) {
        return Math.clamp((float) Math.rint(value * inverse), -LARGEST_CODE - 1, LARGEST_CODE);
    }

    private static float half(float x) {
        return Float.float16ToFloat(Float.floatToFloat16(x));
    }
}
