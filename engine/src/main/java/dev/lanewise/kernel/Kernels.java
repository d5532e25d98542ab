package dev.lanewise.kernel;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * Every kernel of the engine. Implementations are stateless and thread-safe, and allocate nothing once compiled. Arguments
 * are trusted: whoever calls has checked them; array bounds are still checked by the JVM.
 *
 * <p>Matrices of weights are packed in panels of {@value #PANEL} outputs, {@code [outputs / 32][inputs][32]} floats; vectors
 * of weights and rows of activations are padded to a multiple of 32, so kernels have no tails along the width.
 */
public interface Kernels {

    /** The outputs in a panel of weights. */
    int PANEL = 32;
    /** What {@link #warmUp} reads at most. */
    int WARM_UP_BYTES = 8192;
    /** The keys in a panel of keys. */
    int KEY_PANEL = 32;
    /** The elements of a head in a panel of values: no vector is wider. */
    int VALUE_PANEL = 16;
    /** Scratch of {@link #sumOfExponentials}: the 16 parts of a sum, and a block of its terms. */
    int SUMS = 16 + 512;
    /** Heads of a call of {@link #attendGroup} at most: what the scratch has room for. */
    int GROUP = 8;

    /** The width of the vectors it computes with, in bits; 0 for the scalar twins. */
    int vectorBits();

    /** How many rows a tile of the matrix product has at most: {@link #multiply} may write so many rows, less one, behind the last. */
    int rowTile();

    /** How many queries a call of {@link #attend} handles at most. */
    int queryTile();

    /** The floats of scratch that {@link #attend} needs: independent of the number of keys. */
    int attentionScratch(int headSize);

    /**
     * Packs rows of activations for {@link #multiply}. Several calls may pack a part of the rows each, side by side: a multiple of
     * {@link #rowTile} but the last, which is of 16 rows at least.
     *
     * @param packed room for {@code (rows + rowTile) * width} floats; the order within is the kernels' own
     * @param x {@code [rows][stride]}
     */
    void packRows(float[] packed, int packedAt, float[] x, int xAt, int stride, int rows, int width);

    /**
     * Matrix product with bias: {@code y[row][out] = bias[out] + sum over in of x[row][in] * weights[out][in]}, the sum in
     * ascending order of in. Computes whole tiles: up to
     * {@code rowTile - 1} rows behind the last are overwritten too.
     *
     * @param y {@code [rows][stride]}; columns 0 to 32 * panels are written
     * @param packed what {@link #packRows} made of x
     * @param weights panels of {@code type} from byte {@code weightsAt} on, {@code [panels][inputs][32]}; off-heap
     * @param bias {@code [32 * panels]} floats from byte {@code biasAt} on; off-heap
     * @param scratch of the caller's thread; not used for F32
     */
    void multiply(float[] y, int yAt, int stride, float[] packed, int packedAt, int rows, int inputs, DataType type,
            MemorySegment weights, long weightsAt, int panels, MemorySegment bias, long biasAt, WeightScratch scratch);

    /**
     * {@link #multiply} for a single row that is not packed, for weights that come from memory: the same bits, and nothing
     * but {@code y} from {@code yAt} to {@code yAt + 32 * panels} is written.
     *
     * @param x {@code [inputs]}
     * @param scratch of the caller's thread; used for quantised types
     */
    void multiplyVector(float[] y, int yAt, float[] x, int xAt, int inputs, DataType type, MemorySegment weights,
            long weightsAt, int panels, MemorySegment bias, long biasAt, WeightScratch scratch);

    /**
     * Rounds rows; what is left of their last tile becomes 0.
     *
     * @param rounded has room
     * @param tile the first one
     * @param x {@code [rows][stride]}
     * @param inputs a multiple of 32
     * @param scratch of the caller's thread
     */
    void round(RoundedRows rounded, int tile, float[] x, int xAt, int stride, int rows, int inputs,
            WeightScratch scratch);

    /**
     * {@link #multiply} of rounded rows; of a single one, nothing behind its outputs is written. Of each block in turn, the sum of products of
     * codes, which is exact, is multiplied by both scales and added.
     *
     * @param x rows from the first of {@code tile} on
     * @param type one that {@link #rounds}
     */
    void multiplyRounded(float[] y, int yAt, int stride, RoundedRows x, int tile, int rows, int inputs, DataType type,
            MemorySegment weights, long weightsAt, int panels, MemorySegment bias, long biasAt, WeightScratch scratch);

    /** Whether weights of a type can be multiplied with {@link RoundedRows}. */
    static boolean rounds(DataType type) {
        return type == DataType.Q4_0 || type == DataType.Q4_1;
    }

    /**
     * Packs keys for {@link #attend}.
     *
     * @param panels {@code [ceil(count / 32)][headSize][32]}; keys that are missing in the last panel become zero
     * @param keys {@code [count][stride]}, of which {@code headSize} columns are read
     */
    void packKeys(float[] panels, int panelsAt, float[] keys, int keysAt, int stride, int count, int headSize);

    /**
     * Packs keys behind others, as {@link #packKeys} would pack all of them; what is behind stays.
     *
     * @param place how many keys are in the panels already
     */
    static void appendKeys(float[] panels, int panelsAt, int place, float[] keys, int keysAt, int stride, int count,
            int headSize) {
        Packing.append(panels, panelsAt, place, keys, keysAt, stride, count, headSize, KEY_PANEL);
    }

    /**
     * Packs values for {@link #attend}.
     *
     * @param panels {@code [ceil(headSize / 16)][panelRows][16]}; elements that are missing in the last panel become zero
     * @param panelRows the values that a panel has room for, at least {@code count}
     * @param values {@code [count][stride]}, of which {@code headSize} columns are read
     */
    static void packValues(float[] panels, int panelsAt, int panelRows, float[] values, int valuesAt, int stride,
            int count, int headSize) {
        Packing.columns(panels, panelsAt, panelRows, values, valuesAt, stride, count, headSize);
    }

    /**
     * Fused attention of one head: {@code out[q] = softmax over keys of score(query[q] . key) * value}, in one pass over
     * tiles of keys with a running maximum and sum (Milakov and Gimelshein, 2018; Dao et al., 2022). Scores are never
     * stored beyond a tile; tiles that no query sees are passed over. A query's result does not depend on the queries it is
     * computed with, nor on keys that it does not see.
     *
     * @param out {@code [queries][outStride]}, of which {@code headSize} columns are written
     * @param query {@code [queries][queryStride]}
     * @param queries 1 to {@link #queryTile}
     * @param place of the first query among the keys; the others follow. Each query has to see a key
     * @param keyPages what {@link #packKeys} made of the keys, {@code pageKeys} in each of the pages, from
     *     {@code keysAt} on
     * @param valuePages what {@link #packValues} made of the values of as many keys, from {@code valuesAt} on
     * @param valuePanelRows the values that a panel of values has room for
     * @param pageKeys a multiple of 128, or at least {@code keys}
     * @param keys at least 1
     * @param bias what is added to a score by distance, {@code bias[biasAt + place of the query - place of the key]}, or null;
     *     {@link #queryTile} more elements than the distances need have to be there at either end
     * @param scratch at least {@link #attentionScratch} floats, owned by the caller's thread
     */
    void attend(float[] out, int outAt, int outStride, float[] query, int queryAt, int queryStride, int queries,
            int place, float[][] keyPages, int keysAt, float[][] valuePages, int valuesAt, int valuePanelRows,
            int pageKeys, int keys, int headSize, ScoreRule rule, float[] bias, int biasAt, float[] scratch);

    /**
     * {@link #attend} for one query of each of some heads that share keys and values, without bias; the bits are the same. Queries
     * and outputs of heads lie a head size apart.
     *
     * @param heads 1 to {@link #GROUP}
     * @param pages of keys, from {@code keysAt} on, and values, from {@code valuesAt} on; asked for in their order
     */
    default void attendGroup(float[] out, int outAt, float[] query, int queryAt, int heads, int place, HeadPages pages,
            int keysAt, int valuesAt, int valuePanelRows, int pageKeys, int keys, int headSize, ScoreRule rule,
            float[] scratch) {
        float[][] all = pages.all();
        for (int at = 0; at < heads * headSize; at += headSize) {
            attend(out, outAt + at, 0, query, queryAt + at, 0, 1, place, all, keysAt, all, valuesAt, valuePanelRows,
                    pageKeys, keys, headSize, rule, null, 0, scratch);
        }
    }

    /** {@code out[i] = x[i]}, bfloat16s; count is a multiple of 8, and 8 more may be written. */
    void unpack16(float[] out, int outAt, short[] x, int at, int count);

    /**
     * Keys of a byte each as {@link #packKeys} packs floats: {@code out[row][key] = x[row][key] * scales[key]}.
     *
     * @param x {@code [rows][32]}
     * @param scales {@code [32]} from {@code scalesAt} on
     */
    void unpackKeys8(float[] out, int outAt, byte[] x, int at, int rows, float[] scales, int scalesAt);

    /**
     * A panel of values of a byte each, as {@link #packValues} packs floats:
     * {@code out[row][i] = x[row][i] * scales[row]}.
     *
     * @param x {@code [rows][16]}
     * @param scales {@code [rows]} from {@code scalesAt} on
     */
    void unpackValues8(float[] out, int outAt, byte[] x, int at, int rows, float[] scales, int scalesAt);

    /**
     * Layer normalisation of one row (Ba et al., 2016), mean and variance over {@code width} elements; nothing behind them is
     * written.
     *
     * @param out {@code [width]}; may be x itself
     * @param weight {@code [width]} floats from byte 0 on; off-heap
     * @param bias {@code [width]} floats from byte 0 on; off-heap
     */
    void layerNorm(float[] out, int outAt, float[] x, int xAt, int width, MemorySegment weight, MemorySegment bias,
            float epsilon);

    /**
     * Root mean square normalisation of one row (Zhang and Sennrich, 2019) over {@code width} elements; nothing behind them
     * is written.
     *
     * @param out {@code [width]}; may be x itself
     * @param weight {@code [width]} floats from byte {@code weightAt} on; off-heap
     */
    void rmsNorm(float[] out, int outAt, float[] x, int xAt, int width, MemorySegment weight, long weightAt,
            float epsilon);

    /**
     * Rotates the first {@code 2 * half} elements of a head (Su et al., 2021): elements i and i + half are a point of a plane.
     *
     * @param cosines {@code [half]} from {@code tableAt} on
     * @param sines {@code [half]} from {@code tableAt} on
     */
    void rotate(float[] x, int at, int half, float[] cosines, float[] sines, int tableAt);

    /** GELU with the exact normal distribution function, in place. */
    void gelu(float[] x, int at, int count);

    /** GELU by its tanh formula, in place. */
    void geluTanh(float[] x, int at, int count);

    /** x / (1 + exp(-x)), in place. */
    void silu(float[] x, int at, int count);

    /** max(x, 0), in place. */
    void relu(float[] x, int at, int count);

    /** {@code out += row} for a row of floats; count is a multiple of 32. */
    void addRow(float[] out, int outAt, MemorySegment row, long rowAt, int count);

    /** {@code out += row} for a row of 16-bit floats, bfloat16 or IEEE half; count is a multiple of 32. */
    void addRow16(float[] out, int outAt, MemorySegment row, long rowAt, int count, boolean bfloat);

    /** {@code out += factor * x}, rounded once; count is a multiple of 32. */
    void addScaled(float[] out, int outAt, float[] x, int xAt, float factor, int count);

    /** {@code x *= y}; count is a multiple of 32. */
    void multiplyBy(float[] x, int at, float[] y, int yAt, int count);

    /** {@code cap * tanh(x / cap)}, in place; count is a multiple of 32. */
    void softCap(float[] x, int at, int count, float cap);

    /** The largest element; not a number if one of them is not. */
    float maximum(float[] x, int at, int count);

    /**
     * The sum of {@code exp(x - maximum)}: what a softmax divides by. Elements below {@code maximum - 87} count as 0.
     *
     * @param scratch {@link #SUMS} elements, of the caller's thread alone
     */
    float sumOfExponentials(float[] x, int at, int count, float maximum, float[] scratch);

    /**
     * One row of a matrix in panels, as floats: what a table that is also a head looks up.
     *
     * @param out {@code [inputs]}
     * @param weights panels of {@code type} from byte 0 on, {@code [panels][inputs][32]}
     * @param output which row
     */
    static void panelRow(float[] out, int outAt, int inputs, DataType type, MemorySegment weights, int output) {
        PanelRow.read(out, outAt, inputs, type, weights, output);
    }

    /**
     * One row of a table of codes of 8 bits, as floats.
     *
     * @param out {@code [columns]}
     * @param type {@link DataType#INT8} or {@link DataType#Q8_0}
     * @param weights rows of the table from byte 0 on
     */
    static void tableRow(float[] out, int outAt, int columns, DataType type, MemorySegment weights, int row) {
        PanelRow.ofTable(out, outAt, columns, type, weights, row);
    }

    /**
     * The kernels of this JVM: vectors of the machine's width where the vector module is there and the machine multiplies
     * and adds in one instruction, the scalar twins otherwise. The property {@code dev.lanewise.vectorBits} (0, 128, 256,
     * 512) forces a width.
     *
     * @throws IllegalArgumentException if the property has another value
     */
    static Kernels select() {
        return Selection.KERNELS;
    }

    /**
     * To be called before the weights are at hand, as it goes on beside reading them: gets what the first small input of a
     * process needs compiled, on a daemon thread that ends at once; once a JVM.
     */
    static void prepare() {
        WarmUp.prepare();
    }

    /**
     * Begins to get the kernels of {@link #select} compiled, on a daemon thread that ends after a second or so; once a JVM.
     * Until then results are the same and come slower.
     *
     * @param weights some weights of a model, at least {@value #WARM_UP_BYTES} bytes
     * @param types of its matrices
     */
    static void warmUp(MemorySegment weights, Set<DataType> types) {
        if (select().vectorBits() > 0) {
            WarmUp.start(weights, types);
        }
    }

    /**
     * Whether products of so few rows are computed in plain Java now, as the vectors are not compiled yet. The other processors
     * are then better left to the compiler: with them, the first vector of a process comes later.
     */
    static boolean isCold(int rows) {
        return WarmUp.coldProduct && rows <= WarmUp.FEW_ROWS;
    }

    /** Whether plain Java computes anything now, as the vectors for it are not compiled yet. */
    static boolean isCold() {
        return WarmUp.coldSingle; // which is the last
    }

    /** Why {@link #select} chose what it chose, for people. */
    static String reason() {
        return Selection.REASON;
    }
}
