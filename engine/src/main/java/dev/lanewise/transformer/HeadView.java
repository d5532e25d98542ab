package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.transformer.CachePage.Plan;
import java.util.Arrays;

/**
 * The keys and values of one head of a cache as floats, page by page: the cache's own memory, or, where it keeps them in fewer
 * bits, unpacked. One a thread; grows as needed.
 */
final class HeadView {
    private float[][] pages = {};
    private float[][] unpacked = {}; // [pages][tokens of a page * (headSize + valueSize)]
    private int keysAt;
    private int valuesAt;

    /**
     * Looks at the first {@code keys} tokens of a head.
     *
     * @param from tokens before this one are not read
     */
    void look(Kernels kernels, KeyValueCache cache, int layer, int head, int from, int keys) {
        int size = cache.plan().tokens();
        int count = Math.ceilDiv(keys, size);
        if (pages.length < count) {
            int all = cache.capacity() / size;
            pages = new float[all][];
            unpacked = Arrays.copyOf(unpacked, all);
        }
        for (int page = from / size; page < count; page++) {
            int tokens = Math.min(size, keys - page * size);
            cache.page(layer, page).read(kernels, cache.plan(), head, tokens, this, page);
        }
    }

    /** A page is this memory. */
    void point(int index, float[] page, int keysFrom, int valuesFrom) {
        pages[index] = page;
        keysAt = keysFrom;
        valuesAt = valuesFrom;
    }

    /** Room for a page to be unpacked to. */
    float[] room(int index, Plan plan) {
        int size = plan.tokens() * (plan.headSize() + plan.valueSize());
        if (unpacked[index] == null || unpacked[index].length < size) {
            unpacked[index] = new float[size];
        }
        point(index, unpacked[index], 0, plan.tokens() * plan.headSize());
        return unpacked[index];
    }

    float[][] pages() {
        return pages;
    }

    /** Where the keys begin in each page. */
    int keysAt() {
        return keysAt;
    }

    /** Where the values begin in each page. */
    int valuesAt() {
        return valuesAt;
    }
}
