package dev.lanewise.bench.measure;

import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;

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

    /** One text through a decoder, up to the logits of its last token; each token sees itself and those before it. */
    public static double decoder(TransformerSpec spec, int length) {
        StackSpec stack = spec.stack();
        FeedForwardSpec network = stack.feedForward();
        int used = network.experts() == null ? 1 : network.experts().used();
        double flops = product(1, stack.width(), spec.embedding().vocabulary());
        for (int layer = 0; layer < stack.layers(); layer++) {
            AttentionSpec attention = stack.attention(layer);
            flops += 2 * product(length, stack.width(), attention.queryWidth())
                    + 2 * product(length, stack.width(), attention.keyValueWidth())
                    + (network.gated() ? 3 : 2) * used * product(length, stack.width(), network.width())
                    + attention(attention.heads(), length, attention.headSize()) / 2;
        }
        return flops;
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
