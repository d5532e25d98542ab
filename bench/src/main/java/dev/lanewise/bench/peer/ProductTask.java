package dev.lanewise.bench.peer;

import java.util.Random;

/**
 * {@code y = x * transpose(w)}; the result is {@code [rows][outputs]}.
 *
 * @param rows of x and y
 * @param inputs the length of a row of x
 * @param outputs the length of a row of y
 * @param x {@code [rows][inputs]}
 * @param w {@code [outputs][inputs]}
 */
public record ProductTask(int rows, int inputs, int outputs, float[] x, float[] w) {

    /** A product of random numbers, the same at every call. */
    public static ProductTask random(int rows, int inputs, int outputs) {
        Random random = new Random(1);
        return new ProductTask(rows, inputs, outputs, uniform(random, Math.multiplyExact(rows, inputs)),
                uniform(random, Math.multiplyExact(outputs, inputs)));
    }

    /**
     * The same with weights that some type stores without rounding.
     *
     * @param blockEnds the least and the greatest code, of which each block of 32 has one
     * @param step from one code to the next
     * @param least the value of code 0
     */
    public static ProductTask ofCodes(int inputs, int outputs, int[] blockEnds, float step, float least) {
        Random random = new Random(2);
        float[] w = new float[Math.multiplyExact(inputs, outputs)];
        int codes = blockEnds[1] - blockEnds[0] + 1;
        for (int i = 0; i < w.length; i++) {
            int code = i % 32 < 2 ? blockEnds[i % 32] : blockEnds[0] + random.nextInt(codes);
            w[i] = code * step + least;
        }
        return new ProductTask(1, inputs, outputs, uniform(random, inputs), w);
    }

    /** Numbers from -1 to 1; quicker to make than normal ones, which matters for a matrix of 256 MB. */
    static float[] uniform(Random random, int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = 2 * random.nextFloat() - 1;
        }
        return x;
    }
}
