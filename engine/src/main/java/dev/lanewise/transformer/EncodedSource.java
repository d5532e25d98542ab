package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.TransformerSpec;

/**
 * A source as a decoder attends to it: keys and values of an encoder's output in every layer of the decoder, packed as
 * attention reads them. Computed once by {@link EncoderDecoder#encode}, then read by as many texts of as many sessions as
 * there are: beams share it. Memory grows to the longest source so far and is reused. Not to be encoded anew while it is read.
 */
public final class EncodedSource {
    private final int heads;
    private final int headSize;
    private final float[][][] keys; // [layers], one page: [heads][length / 32][headSize][32]
    private final float[][][] values; // [layers], one page: [heads][headSize / 16][length][16]
    private int capacity;
    private int length;

    /** An empty one. */
    public EncodedSource(TransformerSpec spec) {
        AttentionSpec attention = spec.stack().cross();
        heads = attention.keyValueHeads();
        headSize = attention.headSize();
        keys = new float[spec.stack().layers()][1][0];
        values = new float[spec.stack().layers()][1][0];
    }

    /** How many tokens, or vectors of a stem, the source has. */
    public int length() {
        return length;
    }

    /** Bytes that its memory takes. */
    public long bytes() {
        return 4L * keys.length * (keys[0][0].length + values[0][0].length);
    }

    /** Bytes that it takes for a source of so many tokens. */
    public static long bytes(TransformerSpec spec, int tokens) {
        AttentionSpec attention = spec.stack().cross();
        long keys = Math.ceilDiv(tokens, Kernels.KEY_PANEL) * (long) Kernels.KEY_PANEL * attention.headSize();
        long values = (long) tokens * valueSize(attention.headSize());
        return 4 * spec.stack().layers() * attention.keyValueHeads() * (keys + values);
    }

    /** Makes room for a source of so many tokens; {@link EncoderDecoder#encode} does so if nobody did. */
    public void begin(int tokens) {
        if (tokens == 0) {
            throw new IllegalArgumentException("a source is empty: nothing can attend to it");
        }
        length = tokens;
        if (tokens > capacity) {
            for (int layer = 0; layer < keys.length; layer++) {
                keys[layer][0] = new float[Math.multiplyExact(heads * headSize, padded())];
                values[layer][0] = new float[Math.multiplyExact(heads * valueSize(), tokens)];
            }
            capacity = tokens;
        }
    }

    float[][] keys(int layer) {
        return keys[layer];
    }

    float[][] values(int layer) {
        return values[layer];
    }

    /** Where the keys of a head begin. */
    int keysAt(int head) {
        return head * padded() * headSize;
    }

    /** Where the values of a head begin. */
    int valuesAt(int head) {
        return head * length * valueSize();
    }

    /** Element i of a key. */
    float key(int layer, int head, int key, int i) {
        int panel = key / Kernels.KEY_PANEL * headSize + i;
        return keys[layer][0][keysAt(head) + panel * Kernels.KEY_PANEL + key % Kernels.KEY_PANEL];
    }

    private int padded() {
        return Math.ceilDiv(length, Kernels.KEY_PANEL) * Kernels.KEY_PANEL;
    }

    private int valueSize() {
        return valueSize(headSize);
    }

    private static int valueSize(int headSize) {
        return Math.ceilDiv(headSize, Kernels.VALUE_PANEL) * Kernels.VALUE_PANEL;
    }

    /**
     * Packs keys and values of one head.
     *
     * @param keysFrom {@code [length][stride]}, from {@code at} on
     * @param valuesFrom {@code [length][stride]}, from {@code at} on
     */
    void write(Kernels kernels, int layer, int head, float[] keysFrom, float[] valuesFrom, int at, int stride) {
        kernels.packKeys(keys[layer][0], keysAt(head), keysFrom, at, stride, length, headSize);
        Kernels.packValues(values[layer][0], valuesAt(head), length, valuesFrom, at, stride, length, headSize);
    }
}
