package dev.lanewise.weights;

import dev.lanewise.tensor.Code;
import dev.lanewise.tensor.DataType;
import dev.lanewise.writer.QuantizedRows;
import java.util.Random;

/** Rows of arbitrary codes of a type, with scales of a sensible size, and zero points that rounding would not choose. */
public final class RandomBlocks implements QuantizedRows {
    private final DataType type;
    private final int columns;
    private final long seed;

    /** The same seed gives the same rows. */
    public RandomBlocks(DataType type, int columns, long seed) {
        this.type = type;
        this.columns = columns;
        this.seed = seed;
    }

    @Override
    public DataType type() {
        return type;
    }

    @Override
    public void read(int row, float[] into) {
        byte[] codes = new byte[columns];
        byte[] scales = new byte[columns / type.block() * type.scaleCodes()];
        float[] floats = new float[columns / type.block() * type.halves() + type.rowFloats()];
        readBlocks(row, codes, scales, floats);
        if (type == DataType.INT8) {
            for (int i = 0; i < columns; i++) {
                into[i] = (float) ((codes[i] - (double) floats[1]) * floats[0]);
            }
            return;
        }
        int groups = type.block() / type.group();
        for (int i = 0; i < columns; i++) {
            double[] factors = {1, -0.0};
            for (int which = 0; which < type.scales(); which++) {
                if (type.halves() > 0) {
                    factors[which] = floats[i / type.block() * type.halves() + which];
                }
                if (type.scaleCode() != null) {
                    byte scale = scales[(i / type.block() * type.scales() + which) * groups
                            + i % type.block() / type.group()];
                    factors[which] = (type.halves() > 0 ? factors[which] : 1) * value(type.scaleCode(), scale);
                }
            }
            into[i] = (float) (factors[0] * value(type.code(), codes[i]) + factors[1]);
        }
    }

    private static float value(Code code, byte bits) {
        return code.value(bits & (1 << code.bits()) - 1);
    }

    @Override
    public void readBlocks(int row, byte[] codes, byte[] scales, float[] floats) {
        Random random = new Random(seed + row);
        random.nextBytes(codes);
        random.nextBytes(scales);
        if (type.scaleCode() != null && type.scaleCode().meaning() == Code.Meaning.EXPONENT) {
            for (int i = 0; i < scales.length; i++) {
                scales[i] = (byte) (110 + random.nextInt(20));
            }
        }
        for (int i = 0; i < floats.length; i++) {
            floats[i] = Float.float16ToFloat(Float.floatToFloat16((float) random.nextGaussian() * 0.05f));
        }
        if (type == DataType.INT8) {
            floats[0] = (float) random.nextGaussian() * 0.05f;
            floats[1] = random.nextInt(256) - 128;
        }
    }
}
