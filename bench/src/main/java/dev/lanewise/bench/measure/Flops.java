package dev.lanewise.bench.measure;

import dev.lanewise.spec.StackSpec;

/** How many floating-point operations a computation needs: a multiplication and an addition are two, all else is free. */
public final class Flops {
    private Flops() {}

    /** A product of a {@code [rows][inputs]} with an {@code [inputs][outputs]} matrix. */
    public static double product(long rows, long inputs, long outputs) {
        return 2.0 * rows * inputs * outputs;
    }

    /** Attention of {@code length} queries to as many keys: scores and weighted sums. */
    public static double attention(long heads, long length, long headSize) {
        return 4.0 * heads * length * length * headSize;
    }

    /** A forward pass through a stack: its matrix products and its attentions, on the real tokens without any padding. */
    public static double encoder(StackSpec stack, int[] lengths) {
        long inner = (long) stack.attention().heads() * stack.attention().headSize();
        double flops = 0;
        for (int length : lengths) {
            flops += 4 * product(length, stack.width(), inner)
                    + 2 * product(length, stack.width(), stack.feedForward().width())
                    + attention(stack.attention().heads(), length, stack.attention().headSize());
        }
        return stack.layers() * flops;
    }
}
