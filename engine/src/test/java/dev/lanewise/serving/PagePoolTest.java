package dev.lanewise.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.RandomDecoder;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.transformer.CacheFilling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The budget is never exceeded, beginnings are shared, and the oldest of them go first. */
class PagePoolTest {
    private static final int PAGE = 128;
    private static final StackSpec STACK = RandomDecoder.grouped().stack();

    private final PagePool pool = new PagePool(STACK, DataType.Q8_0, 8);

    private static int[] ids(int seed, int count) {
        return RandomDecoder.ids(seed, count);
    }

    /** A text that runs and has all its tokens, as if they were computed. */
    private PagePool.Text run(int[] ids) {
        PagePool.Text text = pool.admit(ids, ids.length, ids.length);
        if (text != null) {
            fill(text, ids);
        }
        return text;
    }

    private static void fill(PagePool.Text text, int[] ids) {
        for (int length = text.cache().length(); length < ids.length; length = text.cache().length()) {
            text.extend(Math.min(ids.length, length + PAGE));
            int tokens = Math.min(ids.length - length, PAGE);
            CacheFilling.advance(text.cache(), tokens);
            text.publish(ids);
        }
    }

    @Test
    void fullPagesOfATextThatHasEnded_areThereForTheNext() {
        run(ids(1, 300)).release();
        assertEquals(3, pool.allocated());
        assertEquals(6, pool.unused());
        PagePool.Text next = pool.admit(ids(1, 300), 300, 400);
        assertEquals(256, next.cache().length());
        assertEquals(256, pool.shared());
        assertEquals(4, pool.unused(), "two more are reserved");
        PagePool.Text whole = pool.admit(ids(1, 256), 256, 256);
        assertEquals(128, whole.cache().length(), "the last token of a text is always computed");
        fill(whole, ids(1, 256));
        assertEquals(4, pool.unused(), "what was computed again is given back");
        whole.release();
        next.release();
        assertEquals(6, pool.unused());
    }

    @Test
    void theLeastRecentlyUsed_givesWay_andNoneInUse() {
        run(ids(1, 2 * PAGE)).release();
        run(ids(2, 2 * PAGE)).release();
        run(ids(1, 2 * PAGE + 1)).release();
        PagePool.Text large = pool.admit(ids(3, 10), 10, 6 * PAGE);
        assertEquals(2, pool.evicted());
        assertNull(pool.admit(ids(4, 10), 10, 3 * PAGE), "reserved pages cannot be had");
        PagePool.Text one = pool.admit(ids(1, 2 * PAGE + 1), 2 * PAGE + 1, 2 * PAGE + 1);
        assertNull(one, "nor can the ones that it shares itself");
        large.release();
        one = pool.admit(ids(1, 2 * PAGE + 1), 2 * PAGE + 1, 2 * PAGE + 1);
        assertEquals(2 * PAGE, one.cache().length());
        PagePool.Text other = pool.admit(ids(2, 2 * PAGE + 1), 2 * PAGE + 1, 2 * PAGE + 1);
        assertEquals(0, other.cache().length(), "was dropped");
    }

    @Test
    void twoThatComputeTheSame_keepOneOfIt() {
        PagePool.Text one = pool.admit(ids(1, 200), 200, 200);
        PagePool.Text other = pool.admit(ids(1, 200), 200, 200);
        assertEquals(4, pool.unused());
        fill(one, ids(1, 200));
        fill(other, ids(1, 200));
        assertEquals(5, pool.unused());
        PagePool.Text third = pool.admit(ids(1, 200), 200, 200);
        assertEquals(128, third.cache().length());
        assertEquals(4, pool.unused());
    }

    @Test
    void whatNoTextUses_canBeGivenBack() {
        PagePool.Text runs = run(ids(1, 300));
        run(ids(2, 300)).release();
        assertEquals(6, pool.allocated());
        pool.trim();
        assertEquals(3, pool.allocated());
        assertEquals(5, pool.unused());
        assertEquals(128, pool.admit(ids(1, 200), 200, 200).cache().length(), "what is in use is still shared");
        runs.release();
        pool.trim();
        assertEquals(1, pool.allocated());
    }

    @Test
    void anyOrder_staysWithinTheBudget_andLosesNoPage() {
        Random random = new Random(3);
        List<PagePool.Text> running = new ArrayList<>();
        int admitted = 0;
        for (int i = 0; i < 20_000; i++) {
            if (random.nextBoolean() && !running.isEmpty()) {
                running.remove(random.nextInt(running.size())).release();
            } else {
                // Few tokens, so that beginnings are alike often.
                int[] ids = ids(random.nextInt(4), 1 + random.nextInt(500));
                if (random.nextBoolean()) {
                    Arrays.fill(ids, Math.min(ids.length, 200), ids.length, random.nextInt(3));
                }
                PagePool.Text text = pool.admit(ids, ids.length, ids.length + random.nextInt(200));
                if (text != null) {
                    admitted++;
                    running.add(text);
                    if (random.nextInt(4) > 0) {
                        fill(text, ids);
                    }
                }
            }
            assertTrue(pool.unused() >= 0 && pool.allocated() <= 8, "step " + i);
        }
        assertTrue(admitted > 1000 && pool.evicted() > 1000);
        running.forEach(PagePool.Text::release);
        assertNotNull(pool.admit(ids(9, 1), 1, 8 * PAGE), "all of it can be had again");
    }
}
