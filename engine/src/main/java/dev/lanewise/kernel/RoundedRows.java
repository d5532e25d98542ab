package dev.lanewise.kernel;

/**
 * Rows of activations rounded to 8 bits: {@code x = code * scale}, where a block of 32 inputs has one scale, its largest magnitude divided by
 * 127, and codes are the nearest whole numbers. What is infinite or no number makes the scale so, and with it every product.
 *
 * <p>A word is two numbers of 16 bits. Of many rows it has a code twice; of a single row two codes, as words of eight 4-bit weights have them when
 * they are taken as two numbers: of inputs 8 j to 8 j + 7, i in the upper half and i + 4 in the lower one. Not thread-safe, but threads
 * may round different tiles at once.
 */
public final class RoundedRows {
    /** Inputs with one scale. */
    static final int BLOCK = 32;
    /** Blocks that a product takes at a time: first the sums of all of them, then, where weights have any, the minimums. */
    static final int PIECE = 16;
    /** Rows of a tile of a product. */
    static final int ROWS = 8;
    /** Added to a number below 2^22, it leaves the nearest whole number in the low bits. */
    static final float MAGIC = 0x1.8p23f;

    private int width; // rows of a tile: 8, or 1 for a single row
    private int[] codes = {};
    private float[] scales = {};
    private float[] sums = {};

    /** No rows yet. */
    public RoundedRows() {}

    /** Rows of a tile: 1 if there is but one. */
    public int width() {
        return width;
    }

    /** {@code [tiles][inputs][8]}, or of a single row {@code [tiles][inputs / 2]}. */
    public int[] codes() {
        return codes;
    }

    /** {@code [tiles][inputs / 32][width]}. */
    public float[] scales() {
        return scales;
    }

    /** The sums of the rounded inputs of each block, as the scales. */
    public float[] sums() {
        return sums;
    }

    /** How many tiles so many rows take; a single one is a tile of its own. */
    public static int tiles(int rows) {
        return (rows + ROWS - 1) / ROWS;
    }

    /** Makes room for some tiles; allocates unless there is as much. */
    public void reserve(int tiles, boolean single, int inputs) {
        width = single ? 1 : ROWS;
        if (scales.length < tiles * width * inputs / BLOCK) {
            scales = new float[tiles * width * inputs / BLOCK];
            sums = new float[scales.length];
            codes = new int[scales.length * BLOCK];
        }
    }

    /** Keeps the block of a row: its words, the largest magnitude and the sum of codes. */
    public void put(int row, int block, int inputs, int[] words, float largest, int sum) {
        int at = scaleAt(row, block, inputs);
        scales[at] = largest / 127;
        sums[at] = largest / 127 * sum;
        if (width == 1) {
            for (int i = 0; i < BLOCK / 2; i++) {
                int first = i + (i & -4);
                codes[at * (BLOCK / 2) + i] = words[first] & 0xFFFF0000 | words[first + 4] & 0xFFFF;
            }
            return;
        }
        int to = (row / ROWS * inputs + block * BLOCK) * ROWS + row % ROWS;
        for (int i = 0; i < BLOCK; i++) {
            codes[to + i * ROWS] = words[i];
        }
    }

    /** The code of an input of a row. */
    int code(int row, int input, int inputs) {
        if (width == 1) {
            int word = codes[(row * inputs + input / 8 * 8) / 2 + input % 4];
            return input % 8 < 4 ? word >> 16 : (short) word;
        }
        return (short) codes[(row / ROWS * inputs + input) * ROWS + row % ROWS];
    }

    /** Where the scale of a block of a row is. */
    int scaleAt(int row, int block, int inputs) {
        return (row / width * inputs / BLOCK + block) * width + row % width;
    }

    /**
     * Rounds rows in plain Java, see {@link Kernels#round}.
     *
     * @param words room for {@value #BLOCK}
     */
    void round(int tile, float[] x, int xAt, int stride, int rows, int inputs, int[] words) {
        for (int row = 0; row < (rows + width - 1) / width * width; row++) {
            for (int block = 0; block < inputs / BLOCK; block++) {
                int from = xAt + row * stride + block * BLOCK;
                float largest = 0;
                for (int i = 0; i < BLOCK && row < rows; i++) {
                    largest = Math.max(largest, Math.abs(x[from + i]));
                }
                float factor = largest > 0 ? 127 / largest : 0;
                int sum = 0;
                for (int i = 0; i < BLOCK; i++) {
                    int code = row < rows ? (short) Float.floatToRawIntBits(x[from + i] * factor + MAGIC) : 0;
                    words[i] = code << 16 | code & 0xFFFF;
                    sum += code;
                }
                put(tile * width + row, block, inputs, words, largest, sum);
            }
        }
    }
}
