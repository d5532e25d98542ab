package dev.lanewise.bench.peer;

import java.util.Random;

/**
 * Scaled dot-product attention of every head: {@code softmax(q * transpose(k) / sqrt(headSize)) * v}. All arrays, and the
 * result, are {@code [length][heads][headSize]}, as a layer leaves them.
 *
 * @param heads how many heads
 * @param length how many queries, and how many keys
 * @param headSize the length of a query
 * @param causal whether a query sees the keys up to its own place alone
 * @param q queries
 * @param k keys
 * @param v values
 */
public record AttentionTask(int heads, int length, int headSize, boolean causal, float[] q, float[] k,
        float[] v) {

    /** An attention on random numbers, the same at every call. */
    public static AttentionTask random(int heads, int length, int headSize, boolean causal) {
        Random random = new Random(1);
        int count = Math.multiplyExact(heads * headSize, length);
        return new AttentionTask(heads, length, headSize, causal, ProductTask.uniform(random, count),
                ProductTask.uniform(random, count), ProductTask.uniform(random, count));
    }

    /** The factor of the scores. */
    public float scale() {
        return (float) (1 / Math.sqrt(headSize));
    }
}
