package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.StackSpec;

/**
 * The keys and values of one text in every layer of a decoder, packed as attention reads them, in pages of {@value #PAGE}
 * tokens. All memory is allocated when it is made. One owner at a time.
 *
 * <p>A page holds the keys of all heads, {@code [heads][PAGE / 32][headSize][32]}, then the values of all heads,
 * {@code [heads][headSize / 8][PAGE][8]}.
 */
public final class KeyValueCache {
    /** Tokens of a page; attention takes so many keys at a time. */
    public static final int PAGE = 128;

    private final int heads;
    private final int headSize;
    private final int capacity;
    private final float[][][] pages; // [layers][pages][]
    private int length;

    /**
     * @param capacity how many tokens it has room for, at least
     */
    public KeyValueCache(StackSpec stack, int capacity) {
        this(stack.attention(), stack.layers(), Math.ceilDiv(capacity, PAGE));
        for (float[][] layer : pages) {
            for (int page = 0; page < layer.length; page++) {
                layer[page] = new float[pageSize()];
            }
        }
    }

    private KeyValueCache(AttentionSpec attention, int layers, int pages) {
        this.heads = attention.keyValueHeads();
        this.headSize = attention.headSize();
        this.capacity = Math.multiplyExact(pages, PAGE);
        this.pages = new float[layers][pages][];
    }

    /** Bytes that one token takes in a stack, in all layers. */
    public static long bytesPerToken(StackSpec stack) {
        AttentionSpec attention = stack.attention();
        int values = Math.ceilDiv(attention.headSize(), Kernels.VALUE_PANEL) * Kernels.VALUE_PANEL;
        return 4L * stack.layers() * attention.keyValueHeads() * (attention.headSize() + values);
    }

    /** How many tokens are in it. */
    public int length() {
        return length;
    }

    /** How many tokens it has room for. */
    public int capacity() {
        return capacity;
    }

    /**
     * Forgets all tokens behind the first ones.
     *
     * @throws IllegalArgumentException if it has not so many
     */
    public void truncate(int tokens) {
        if (tokens < 0 || tokens > length) {
            throw new IllegalArgumentException("cannot keep " + tokens + " of " + length + " tokens");
        }
        length = tokens;
    }

    /** Tokens whose keys and values were appended in every layer belong to it from now on. */
    void advance(int tokens) {
        length += tokens;
    }

    /**
     * Appends keys and values of one head behind the tokens that are in it.
     *
     * @param keys {@code [count][stride]}, from {@code at} on
     * @param values {@code [count][stride]}, from {@code at} on
     */
    void append(Kernels kernels, int layer, int head, float[] keys, float[] values, int at, int stride, int count) {
        for (int done = 0; done < count;) {
            int place = length + done;
            int within = place % PAGE;
            int n = Math.min(count - done, PAGE - within);
            float[] page = pages[layer][place / PAGE];
            int from = at + done * stride;
            Kernels.appendKeys(page, keysAt(head), within, keys, from, stride, n, headSize);
            kernels.packValues(page, valuesAt(head) + within * Kernels.VALUE_PANEL, PAGE, values, from, stride, n,
                    headSize);
            done += n;
        }
    }

    /** The pages of a layer. */
    float[][] pages(int layer) {
        return pages[layer];
    }

    /** Where the keys of a head begin in a page. */
    int keysAt(int head) {
        return head * PAGE * headSize;
    }

    /** Where the values of a head begin in a page. */
    int valuesAt(int head) {
        return heads * PAGE * headSize + head * PAGE * valueWidth();
    }

    private int pageSize() {
        return Math.multiplyExact(heads * PAGE, headSize + valueWidth());
    }

    private int valueWidth() {
        return Math.ceilDiv(headSize, Kernels.VALUE_PANEL) * Kernels.VALUE_PANEL;
    }
}
