package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.tensor.DataType;
import java.nio.ByteBuffer;

/**
 * The keys and values of one text in every layer of a decoder, packed as attention reads them, in pages of {@value #PAGE}
 * tokens; a short one is a single smaller page. All memory is allocated when it is made, or lent, see {@link #lend}. One owner at
 * a time; forks may have different owners.
 */
public final class KeyValueCache {
    /** Tokens of a page; attention takes so many keys at a time. */
    public static final int PAGE = 128;

    private final CachePage.Plan plan;
    private final DataType type;
    private final CachePage[][] pages; // [pages][layers]
    private final CachePage[][] own; // [pages][layers], the memory of this one: full pages may be another's, see follow
    private final boolean[] shared; // [pages], with forks: not to be written
    private int length;
    private int extent; // how many tokens the text was said to have

    /**
     * @param type how keys and values are kept: F32, BF16 or Q8_0
     * @param capacity how many tokens it has room for, at least
     */
    public KeyValueCache(StackSpec stack, DataType type, int capacity) {
        this(plan(stack, PAGE), type, stack.layers(), Math.ceilDiv(capacity, PAGE));
        fill(0);
    }

    /** One of floats that has room for a few tokens, to be {@link #grown}. */
    static KeyValueCache small(StackSpec stack) {
        KeyValueCache cache = new KeyValueCache(plan(stack, Kernels.KEY_PANEL), DataType.F32, stack.layers(), 1);
        cache.fill(0);
        return cache;
    }

    /**
     * A cache without memory of its own: a page is lent to it before tokens go there.
     *
     * @param capacity how many tokens it has room for, at least
     */
    public static KeyValueCache ofLentPages(StackSpec stack, DataType type, int capacity) {
        return new KeyValueCache(plan(stack, PAGE), type, stack.layers(), Math.ceilDiv(capacity, PAGE));
    }

    private KeyValueCache(CachePage.Plan plan, DataType type, int layers, int pages) {
        this.plan = plan;
        this.type = type;
        this.pages = new CachePage[pages][layers];
        this.own = this.pages.clone();
        this.shared = new boolean[pages];
    }

    private static CachePage.Plan plan(StackSpec stack, int tokens) {
        AttentionSpec attention = stack.attention();
        return new CachePage.Plan(attention.keyValueHeads(), attention.headSize(), tokens);
    }

    /** Allocates pages. */
    private void fill(int from) {
        for (int page = from; page < pages.length; page++) {
            fill(pages[page], type, plan);
        }
    }

    private static void fill(CachePage[] layers, DataType type, CachePage.Plan plan) {
        for (int layer = 0; layer < layers.length; layer++) {
            layers[layer] = CachePage.of(type, plan);
        }
    }

    /** Bytes that a page of {@value #PAGE} tokens takes, in all layers of a stack. */
    public static long pageBytes(StackSpec stack, DataType type) {
        return stack.layers() * CachePage.bytes(type, plan(stack, PAGE));
    }

    /** Lends it a page, the next one or in place of one with the same tokens. Nothing of it is written where tokens are. */
    public void lend(int index, Page page) {
        pages[index] = page.layers;
    }

    /** Lends it a page full of tokens that belong behind those that are in it. */
    public void lendFull(Page page) {
        lend(length / PAGE, page);
        length += PAGE;
    }

    /** How many tokens are in it. */
    public int length() {
        return length;
    }

    /** How many tokens it has room for. */
    public int capacity() {
        return pages.length * plan.tokens();
    }

    /** How keys and values are kept. */
    public DataType type() {
        return type;
    }

    /**
     * Says how many tokens the text has with those that come next. Forgets all that are in it if their keys would have been
     * rotated otherwise in such a text.
     */
    public void extend(StackSpec stack, int tokens) {
        for (int i = 0; i < stack.attentions().size(); i++) {
            RotarySpec rotary = stack.attentions().get(i).rotary();
            if (rotary != null && rotary.reach(tokens) != rotary.reach(extent)) {
                length = 0;
            }
        }
        extent = tokens;
    }

    int extent() {
        return extent;
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

    /**
     * Another cache with the same tokens, of the same capacity. Full pages are shared for as long as neither writes them;
     * the rest is allocated now.
     */
    public KeyValueCache fork() {
        KeyValueCache fork = new KeyValueCache(plan, type, pages[0].length, pages.length);
        fork.length = length;
        fork.extent = extent;
        for (int page = 0; page < pages.length; page++) {
            if ((page + 1) * PAGE <= length) {
                shared[page] = true;
                fork.shared[page] = true;
                fork.pages[page] = pages[page].clone();
            } else if (page * PAGE < length) {
                for (int layer = 0; layer < pages[page].length; layer++) {
                    fork.pages[page][layer] = pages[page][layer].copy();
                }
            } else {
                fill(fork.pages[page], type, plan);
            }
        }
        return fork;
    }

    /** The same with room for twice as many tokens; what it is made of goes on in the new one. Of floats. */
    KeyValueCache grown() {
        boolean larger = plan.tokens() < PAGE;
        CachePage.Plan next = new CachePage.Plan(plan.heads(), plan.headSize(), larger ? 2 * plan.tokens() : PAGE);
        KeyValueCache grown = new KeyValueCache(next, type, pages[0].length, larger ? 1 : 2 * pages.length);
        if (larger) {
            grown.fill(0);
            grown.take(0, this, length);
        } else {
            System.arraycopy(own, 0, grown.own, 0, own.length);
            grown.fill(own.length);
            System.arraycopy(pages, 0, grown.pages, 0, pages.length);
        }
        grown.length = length;
        return grown;
    }

    /**
     * Becomes a copy of one of the same capacity. Full pages are not copied: neither of the two may write to them, that is, be
     * truncated, before {@link #clear}. Of the page that has been begun, what is in use is copied. Allocates nothing. Of floats.
     */
    void follow(KeyValueCache other) {
        for (int page = 0; page < pages.length; page++) {
            pages[page] = (page + 1) * plan.tokens() <= other.length ? other.pages[page] : own[page];
        }
        length = other.length;
        take(length / plan.tokens(), other, length % plan.tokens());
    }

    /** Copies the first tokens of a page. */
    private void take(int page, KeyValueCache other, int tokens) {
        for (int layer = 0; tokens > 0 && layer < own[page].length; layer++) {
            ((CachePage.Floats) own[page][layer]).take((CachePage.Floats) other.pages[page][layer], other.plan, plan,
                    tokens);
        }
    }

    /** Forgets all tokens, and whose pages it has followed. */
    void clear() {
        System.arraycopy(own, 0, pages, 0, own.length);
        length = 0;
    }

    /** A page as {@link #savePage} writes it, in bytes. */
    public int savedPageBytes() {
        return Math.toIntExact(pages[0].length * CachePage.bytes(type, plan));
    }

    /** Writes the page that holds token {@code page * PAGE} and those behind it. */
    public void savePage(int page, ByteBuffer out) {
        int bytes = Math.toIntExact(CachePage.bytes(type, plan));
        for (int layer = 0; layer < pages[page].length; layer++) {
            pages[page][layer].save(out.slice(out.position() + layer * bytes, bytes).order(out.order()));
        }
        out.position(out.position() + pages[page].length * bytes);
    }

    /** Reads the page that follows the tokens that are in it, of which {@code tokens} belong to it from now on. */
    public void loadPage(ByteBuffer in, int tokens) {
        int bytes = Math.toIntExact(CachePage.bytes(type, plan));
        CachePage[] page = pages[length / PAGE];
        for (int layer = 0; layer < page.length; layer++) {
            page[layer].load(in.slice(in.position() + layer * bytes, bytes).order(in.order()));
        }
        length += tokens;
    }

    /** Makes sure that the pages which the next tokens go to are its own. To be called before {@link #append}. */
    void prepare(int tokens) {
        int size = plan.tokens();
        for (int page = length / size; page * size < length + tokens; page++) {
            if (shared[page]) {
                // Only after truncation: a fork shares full pages alone.
                for (int layer = 0; layer < pages[page].length; layer++) {
                    pages[page][layer] = pages[page][layer].copy();
                }
                shared[page] = false;
            }
        }
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
            int within = place % plan.tokens();
            int n = Math.min(count - done, plan.tokens() - within);
            pages[place / plan.tokens()][layer].write(kernels, plan, head, within, keys, values, at + done * stride,
                    stride, n);
            done += n;
        }
    }

    CachePage page(int layer, int page) {
        return pages[page][layer];
    }

    CachePage.Plan plan() {
        return plan;
    }

    /** Memory for the keys and values of {@value #PAGE} tokens in all layers, to be lent to caches. */
    public static final class Page {
        private final CachePage[] layers;

        /** A page for caches of this stack and type. */
        public Page(StackSpec stack, DataType type) {
            layers = new CachePage[stack.layers()];
            fill(layers, type, plan(stack, PAGE));
        }
    }
}
