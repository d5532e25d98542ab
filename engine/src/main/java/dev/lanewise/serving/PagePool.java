package dev.lanewise.serving;

import dev.lanewise.spec.StackSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.transformer.KeyValueCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The memory for keys and values, in pages of {@value KeyValueCache#PAGE} tokens, never more than a budget. Full pages are kept
 * when their text has ended, as a tree in which a path is the beginning of a text (RadixAttention, Zheng et al., 2023): texts
 * that begin alike share them. Pages that no text uses give way to texts that need them, the least recently used first.
 *
 * <p>A text that may become longer than the model was first trained with, where that changes how all its keys are rotated, shares
 * nothing: they are computed anew when it does.
 *
 * <p>A text reserves all that it can need when it is admitted, so that none that runs is ever out of memory. Pages are allocated
 * when they are first needed and then reused, unless the JVM has too little memory, see {@link #trim}. Not thread-safe, except for the counts.
 */
final class PagePool {
    private static final int PAGE = KeyValueCache.PAGE;

    private final StackSpec stack;
    private final DataType type;
    private final int budget;
    private final List<Page> kept = new ArrayList<>(); // in the tree
    private final Page root = new Page(null);
    private Page free; // the first one, and its siblings
    private int reserved; // by texts that run, for pages of their own
    private long clock;
    private volatile int allocated;
    private volatile long shared; // tokens that were found
    private volatile long evicted; // pages

    PagePool(StackSpec stack, DataType type, int budget) {
        this.stack = stack;
        this.type = type;
        this.budget = budget;
    }

    /** A page; of one in the tree, the tokens and its place. */
    private static final class Page {
        private final KeyValueCache.Page memory;
        private final int[] tokens = new int[PAGE];
        private Page parent; // null if it is not in the tree
        private Page child; // the first one
        private Page sibling; // the next one
        private int users;
        private long used;

        private Page(KeyValueCache.Page memory) {
            this.memory = memory;
        }
    }

    /** How many pages a text of so many tokens needs. */
    static int pages(int tokens) {
        return Math.ceilDiv(tokens, PAGE);
    }

    int budget() {
        return budget;
    }

    /** How many pages have memory. For any thread. */
    int allocated() {
        return allocated;
    }

    /** How many tokens were found in shared pages. For any thread. */
    long shared() {
        return shared;
    }

    /** How many shared pages gave way to others. For any thread. */
    long evicted() {
        return evicted;
    }

    /** How many pages are neither reserved nor kept. */
    int unused() {
        return budget - reserved - kept.size();
    }

    /**
     * Takes memory for a text.
     *
     * @param ids the text, of which {@code count} are known
     * @param capacity how many tokens it may grow to
     * @return null if there is not enough now
     */
    Text admit(int[] ids, int count, int capacity) {
        int own = pages(capacity);
        int idle = idle(); // that nothing of this text is in
        Page next = root;
        while (isPlain(capacity) && (next = next(next, ids, pages(capacity) - own, count)) != null) {
            own--;
            idle -= next.users == 0 ? 1 : 0;
        }
        if (unused() + idle < own) {
            return null;
        }
        Text text = new Text(capacity);
        text.announce(count);
        text.share(ids, count);
        while (unused() < own) {
            evict();
        }
        reserved += own;
        text.reserved = own;
        shared += (long) text.shared * PAGE;
        return text;
    }

    /** Whether no key of so many tokens is ever computed anew, so that what was computed can be shared. */
    private boolean isPlain(int capacity) {
        return capacity <= stack.plainTokens();
    }

    /** The page of the tree that comes behind {@code pages} of a text, or null. Its last token is always computed. */
    private static Page next(Page last, int[] ids, int pages, int count) {
        return (pages + 1) * PAGE < count ? find(last, ids, pages * PAGE) : null;
    }

    private Page take() {
        Page page = free;
        if (page == null) {
            page = new Page(new KeyValueCache.Page(stack, type));
            allocated++;
        } else {
            free = page.sibling;
        }
        return page;
    }

    private void giveBack(Page page) {
        page.sibling = free;
        free = page;
    }

    /** How many kept pages no text uses. */
    private int idle() {
        int idle = 0;
        for (int i = 0; i < kept.size(); i++) {
            idle += kept.get(i).users == 0 ? 1 : 0;
        }
        return idle;
    }

    /** Gives back to the JVM what no text uses. */
    void trim() {
        while (evict()) {
            // all of them
        }
        for (; free != null; free = free.sibling) {
            allocated--;
        }
    }

    /**
     * Drops the kept page that was not used for the longest time, of those that no text uses and no other page follows.
     *
     * @return whether there was one
     */
    private boolean evict() {
        Page oldest = null;
        for (int i = 0; i < kept.size(); i++) {
            Page page = kept.get(i);
            if (page.users == 0 && page.child == null && (oldest == null || page.used < oldest.used)) {
                oldest = page;
            }
        }
        if (oldest == null) {
            return false;
        }
        kept.remove(oldest);
        Page parent = oldest.parent;
        if (parent.child == oldest) {
            parent.child = oldest.sibling;
        } else {
            Page before = parent.child;
            while (before.sibling != oldest) {
                before = before.sibling;
            }
            before.sibling = oldest.sibling;
        }
        oldest.parent = null;
        giveBack(oldest);
        evicted++;
        EvictionEvent.commit(kept.size());
        return true;
    }

    private static Page find(Page parent, int[] ids, int from) {
        Page page = parent.child;
        while (page != null && !Arrays.equals(page.tokens, 0, PAGE, ids, from, from + PAGE)) {
            page = page.sibling;
        }
        return page;
    }

    /** The pages of one text: those of the tree first, then its own. */
    final class Text {
        private final KeyValueCache cache;
        private final Page[] pages;
        private final boolean shares;
        private int shared; // how many are in the tree
        private int taken; // how many there are
        private int reserved;
        private Page last = root; // of the tree

        private Text(int capacity) {
            cache = KeyValueCache.ofLentPages(stack, type, capacity);
            pages = new Page[pages(capacity)];
            shares = isPlain(capacity);
        }

        KeyValueCache cache() {
            return cache;
        }

        boolean shares() {
            return shares;
        }

        /** Says how many tokens the text has, see {@link KeyValueCache#extend}. */
        void announce(int count) {
            cache.extend(stack, count);
        }

        /** Uses the pages of other texts that follow. */
        private void share(int[] ids, int count) {
            Page next;
            while (shares && shared == taken && cache.length() == shared * PAGE
                    && (next = next(last, ids, shared, count)) != null) {
                cache.lendFull(next.memory);
                use(next);
                taken++;
            }
        }

        /** The same while the text runs: what another one has computed meanwhile. */
        void shareMore(int[] ids, int count) {
            int before = shared;
            share(ids, count);
            giveUp(shared - before);
            PagePool.this.shared += (long) (shared - before) * PAGE;
        }

        private void use(Page page) {
            page.users++;
            last = page;
            pages[shared++] = page;
        }

        private void giveUp(int count) {
            reserved -= count;
            PagePool.this.reserved -= count;
        }

        /** Sees to it that there are pages for so many tokens. */
        void extend(int tokens) {
            while (taken < pages(tokens)) {
                pages[taken] = take();
                cache.lend(taken, pages[taken].memory);
                taken++;
            }
        }

        /** Adds the pages that are full to the tree, or uses those that are there already. */
        void publish(int[] ids) {
            while (shares && (shared + 1) * PAGE <= cache.length()) {
                Page own = pages[shared];
                Page known = find(last, ids, shared * PAGE);
                if (known == null) {
                    kept.add(own); // first, as it may need memory
                    System.arraycopy(ids, shared * PAGE, own.tokens, 0, PAGE);
                    own.parent = last;
                    own.sibling = last.child;
                    last.child = own;
                    known = own;
                } else {
                    cache.lend(shared, known.memory);
                    giveBack(own);
                }
                use(known);
                giveUp(1);
            }
        }

        /** Gives everything back; what is in the tree remains there. */
        void release() {
            for (int page = shared; page < taken; page++) {
                giveBack(pages[page]);
            }
            giveUp(reserved);
            clock++;
            for (; last != root; last = last.parent) {
                last.users--;
                last.used = clock;
            }
        }
    }
}
