package dev.lanewise.transformer;

import dev.lanewise.kernel.HeadPages;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.tensor.DataType;
import dev.lanewise.transformer.CachePage.Plan;
import java.util.Arrays;

/**
 * The keys and values of one head of a cache as floats, page by page: the cache's own memory, or, where it keeps them in fewer
 * bits, unpacked. One a thread; grows as needed.
 */
final class HeadView implements HeadPages {
    private final Kernels kernels;
    private KeyValueCache cache;
    private int layer;
    private int head;
    private int from;
    private int keys;
    private float[][] pages = {};
    private float[][] unpacked = new float[1][0]; // [pages][tokens of a page * (headSize + valueSize)]

    HeadView(Kernels kernels) {
        this.kernels = kernels;
    }

    /**
     * Looks at the first {@code keys} tokens of a head.
     *
     * @param from tokens before this one are not read
     */
    void look(KeyValueCache cache, int layer, int head, int from, int keys) {
        this.cache = cache;
        this.layer = layer;
        this.head = head;
        this.from = from;
        this.keys = keys;
    }

    /** In fewer bits than floats, pages are unpacked to the same memory one after the other, which stays in the caches. */
    @Override
    public float[] page(int index) {
        return read(index, 0);
    }

    @Override
    public float[][] all() {
        int size = cache.plan().tokens();
        if (pages.length * size < keys) {
            pages = new float[cache.capacity() / size][];
            unpacked = Arrays.copyOf(unpacked, Math.max(unpacked.length, pages.length));
        }
        for (int page = from / size; page * size < keys; page++) {
            pages[page] = read(page, page);
        }
        return pages;
    }

    /** What {@link #all} returned. */
    float[][] pages() {
        return pages;
    }

    private float[] read(int index, int room) {
        Plan plan = cache.plan();
        CachePage page = cache.page(layer, index);
        int tokens = Math.min(plan.tokens(), keys - index * plan.tokens());
        return page.read(kernels, plan, head, tokens, inPlace() ? null : room(room, plan));
    }

    /** Room for a page to be unpacked to. */
    private float[] room(int index, Plan plan) {
        int size = plan.tokens() * (plan.headSize() + plan.valueSize());
        if (unpacked[index] == null || unpacked[index].length < size) {
            unpacked[index] = new float[size];
        }
        return unpacked[index];
    }

    private boolean inPlace() {
        return cache.type() == DataType.F32;
    }

    /** Where the keys begin in each page. */
    int keysAt() {
        return inPlace() ? cache.plan().keysAt(head) : 0;
    }

    /** Where the values begin in each page. */
    int valuesAt() {
        return inPlace() ? cache.plan().valuesAt(head) : cache.plan().tokens() * cache.plan().headSize();
    }
}
