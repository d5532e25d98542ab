package dev.lanewise.tools.convert;

import dev.lanewise.writer.TensorRows;

/**
 * The rows of a matrix that is stored transposed, [in][out]. One row of the result is a column of what is stored, and would
 * touch a cache line for each of its elements; 32 of them at a time touch the same two lines, and 32 is what the writer asks
 * for in turn.
 */
final class TransposedRows implements TensorRows {
    private static final int BLOCK = 32;

    private final ForeignTensor stored;
    private final int inputs;
    private final int outputs;
    private final float[][] block; // [up to 32 outputs][inputs]
    private final float[] line; // [up to 32 outputs], of one input
    private int first = -1;

    /** @param stored a matrix [in][out] of a type that holds weights */
    TransposedRows(ForeignTensor stored) {
        this.stored = stored;
        inputs = Math.toIntExact(stored.shape().getFirst());
        outputs = Math.toIntExact(stored.shape().getLast());
        int most = Math.min(BLOCK, outputs);
        block = new float[most][inputs];
        line = new float[most];
    }

    @Override
    public void read(int row, float[] into) {
        int start = row - row % BLOCK;
        if (start != first) {
            load(start);
        }
        System.arraycopy(block[row - start], 0, into, 0, inputs);
    }

    private void load(int start) {
        int n = Math.min(BLOCK, outputs - start);
        for (int i = 0; i < inputs; i++) {
            stored.type().decode(stored.data(), (long) i * outputs + start, line, n);
            for (int j = 0; j < n; j++) {
                block[j][i] = line[j];
            }
        }
        first = start;
    }
}
