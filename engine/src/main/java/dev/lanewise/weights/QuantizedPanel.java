package dev.lanewise.weights;

import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A panel of 32 rows in blocks of codes with scales, in memory; rounding as the reference of the GGUF format does it
 * (ggml, {@code quantize_row_q8_0_ref} and its like): each block by its largest magnitude, or by its range.
 */
final class QuantizedPanel {
    private static final int PAD = TensorInfo.PAD;
    private static final int BLOCK = 32;

    private final DataType type;
    private final int columns;
    private final int bits;
    private final int[] codes; // [columns / codes in a word][32]
    private final short[] scales; // [columns / 32][scales of a block][16 words]

    QuantizedPanel(DataType type, int columns) {
        this.type = type;
        this.columns = columns;
        bits = (int) (8 * type.codeBytes(columns) / columns);
        codes = new int[columns / (32 / bits) * PAD];
        scales = new short[columns / BLOCK * type.scales() * PAD];
    }

    /** Takes one row as it is, see {@link QuantizedRows#readBlocks}. */
    void put(int output, byte[] rowCodes, short[] rowScales) {
        int perWord = 32 / bits;
        int mask = (1 << bits) - 1;
        for (int k = 0, at = output; k < columns; k += perWord, at += PAD) {
            int word = 0;
            for (int i = 0; i < perWord; i++) {
                word = word << bits | rowCodes[k + i] & mask;
            }
            codes[at] = word;
        }
        for (int i = 0, at = place(output); i < rowScales.length; i++, at += PAD) {
            scales[at] = rowScales[i];
        }
    }

    /** Forgets all rows. */
    void clear() {
        Arrays.fill(codes, 0);
        Arrays.fill(scales, (short) 0);
    }

    /** Quantises one row. */
    void quantize(int output, float[] row) {
        for (int from = 0; from < columns; from += BLOCK) {
            switch (type) {
                case Q8_0 -> bytes(output, row, from);
                case Q4_0 -> nibbles(output, row, from);
                case Q4_1 -> nibblesAndMinimum(output, row, from);
                default -> throw new IllegalArgumentException(type + " has no blocks");
            }
        }
    }

    private void bytes(int output, float[] row, int from) {
        float largest = 0;
        for (int k = from; k < from + BLOCK; k++) {
            largest = Math.max(largest, Math.abs(row[k]));
        }
        float scale = largest / 127;
        float inverse = scale == 0 ? 0 : 1 / scale;
        scale(output, from, 0, scale);
        for (int k = from; k < from + BLOCK; k++) {
            float x = row[k] * inverse;
            code(output, k, (int) Math.clamp(x + Math.copySign(0.5f, x), -127, 127)); // halves away from zero
        }
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
            code(output, k, (int) Math.clamp(row[k] * inverse + 8.5f, 0, 15) - 8);
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
            code(output, k, (int) Math.clamp((row[k] - least) * inverse + 0.5f, 0, 15));
        }
    }

    private void scale(int output, int from, int which, float value) {
        scales[(from / BLOCK * type.scales() + which) * PAD + place(output)] = Float.floatToFloat16(value);
    }

    /** Where in a step of scales an output is: the halves of a panel are interleaved. */
    private static int place(int output) {
        return output < PAD / 2 ? 2 * output : 2 * (output - PAD / 2) + 1;
    }

    private void code(int output, int k, int code) {
        int perWord = 32 / bits;
        int mask = (1 << bits) - 1;
        codes[k / perWord * PAD + output] |= (code & mask) << 32 - bits * (k % perWord + 1);
    }

    /** Appends the panel. */
    void write(ByteBuffer to) {
        to.asIntBuffer().put(codes);
        to.position(to.position() + 4 * codes.length);
        to.asShortBuffer().put(scales);
        to.position(to.position() + 2 * scales.length);
    }
}
