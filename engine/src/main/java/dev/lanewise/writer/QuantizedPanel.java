package dev.lanewise.writer;

import dev.lanewise.tensor.Code;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import java.nio.ByteBuffer;

/**
 * A panel of 32 rows of codes with scales, in memory; rounding as the reference of the GGUF format does it
 * (ggml, {@code quantize_row_q8_0_ref} and its like): each block by its largest magnitude, or by its range; and a whole row
 * of {@link DataType#INT8} by its largest magnitude.
 */
final class QuantizedPanel {
    private static final int PAD = TensorInfo.PAD;
    private static final int BLOCK = 32;

    private final DataType type;
    private final int columns;
    private final CodePlanes codes;
    private final CodePlanes scaleCodes; // null where scales are 16-bit floats, or exponents
    private final byte[] rowCodes; // of the row that is quantised
    private final byte[] exponents; // [blocks][32], none of other types
    private final short[] halves; // [blocks][16-bit floats of a block][16 words]
    private final float[] floats; // [floats of a row][32]

    QuantizedPanel(DataType type, int columns) {
        this.type = type;
        this.columns = columns;
        int blocks = columns / type.block();
        boolean isScaledByExponents = type.scaleCode() != null
                && type.scaleCode().meaning() == Code.Meaning.EXPONENT;
        codes = new CodePlanes(type.code(), columns);
        rowCodes = new byte[columns];
        scaleCodes = type.scaleCode() == null || isScaledByExponents
                ? null
                : new CodePlanes(type.scaleCode(), blocks * type.scaleCodes());
        exponents = new byte[isScaledByExponents ? blocks * PAD : 0];
        halves = new short[blocks * type.halves() * PAD];
        floats = new float[type.rowFloats() * PAD];
    }

    /** Takes one row as it is, see {@link QuantizedRows#readBlocks}. */
    void put(int output, byte[] givenCodes, byte[] rowScales, float[] rowFloats) {
        codes.put(output, givenCodes);
        if (scaleCodes != null) {
            scaleCodes.put(output, rowScales);
        }
        for (int i = 0, at = output; at < exponents.length; i++, at += PAD) {
            exponents[at] = rowScales[i];
        }
        for (int i = 0, at = place(output); at < halves.length; i++, at += PAD) {
            halves[at] = Float.floatToFloat16(rowFloats[i]);
        }
        for (int i = 0, at = output; at < floats.length; i++, at += PAD) {
            floats[at] = rowFloats[i];
        }
    }

    /** Quantises one row, to a type that floats are rounded to. */
    void quantize(int output, float[] row) {
        if (type == DataType.INT8) {
            floats[output] = bytes(row, 0, columns, rowCodes);
            codes.put(output, rowCodes);
            return;
        }
        for (int from = 0; from < columns; from += BLOCK) {
            if (type == DataType.Q8_0) {
                scale(output, from, 0, bytes(row, from, BLOCK, rowCodes));
            } else if (type == DataType.Q4_0) {
                nibbles(output, row, from);
            } else {
                nibblesAndMinimum(output, row, from);
            }
        }
        codes.put(output, rowCodes);
    }

    /** Rounds some elements to codes of 8 bits, and returns their scale. */
    static float bytes(float[] row, int from, int count, byte[] codes) {
        float largest = 0;
        for (int k = from; k < from + count; k++) {
            largest = Math.max(largest, Math.abs(row[k]));
        }
        float scale = largest / 127;
        float inverse = scale == 0 ? 0 : 1 / scale;
        for (int k = from; k < from + count; k++) {
            float x = row[k] * inverse;
            codes[k] = (byte) Math.clamp(x + Math.copySign(0.5f, x), -127, 127); // halves away from zero
        }
        return scale;
    }

    private void nibbles(int output, float[] row, int from) {
        float largest = 0;
        for (int k = from; k < from + BLOCK; k++) {
            largest = Math.abs(row[k]) > Math.abs(largest) ? row[k] : largest;
        }
        float scale = largest / -8;
        float inverse = scale == 0 ? 0 : 1 / scale;
        scale(output, from, 0, scale);
        for (int k = from; k < from + BLOCK; k++) {
            rowCodes[k] = (byte) ((int) Math.clamp(row[k] * inverse + 8.5f, 0, 15) - 8);
        }
    }

    private void nibblesAndMinimum(int output, float[] row, int from) {
        float least = row[from];
        float most = row[from];
        for (int k = from; k < from + BLOCK; k++) {
            least = Math.min(least, row[k]);
            most = Math.max(most, row[k]);
        }
        float scale = (most - least) / 15;
        float inverse = scale == 0 ? 0 : 1 / scale;
        scale(output, from, 0, scale);
        scale(output, from, 1, least);
        for (int k = from; k < from + BLOCK; k++) {
            rowCodes[k] = (byte) Math.clamp((row[k] - least) * inverse + 0.5f, 0, 15);
        }
    }

    private void scale(int output, int from, int which, float value) {
        halves[(from / BLOCK * type.halves() + which) * PAD + place(output)] = Float.floatToFloat16(value);
    }

    /** Where in a step of scales an output is: the halves of a panel are interleaved. */
    private static int place(int output) {
        return output < PAD / 2 ? 2 * output : 2 * (output - PAD / 2) + 1;
    }

    /** Appends the panel, block by block. */
    void write(ByteBuffer to) {
        if (type == DataType.INT8) {
            for (float number : floats) {
                to.putFloat(number);
            }
            codes.write(to, 0, 1);
            return;
        }
        int blocks = columns / type.block();
        int blockHalves = type.halves() * PAD;
        for (int block = 0; block < blocks; block++) {
            to.asShortBuffer().put(halves, block * blockHalves, blockHalves);
            to.position(to.position() + Short.BYTES * blockHalves);
            if (exponents.length > 0) {
                to.put(exponents, block * PAD, PAD);
            }
            if (scaleCodes != null) {
                scaleCodes.write(to, block, blocks);
            }
            codes.write(to, block, blocks);
        }
    }
}
