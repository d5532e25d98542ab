package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.Activation;
import dev.lanewise.weights.DataType;

/**
 * Linear maps of the same rows, in parallel. Many rows are shared out in blocks, each packed by who computes it; few rows
 * are packed first and their outputs shared out, so that each weight is read by one thread only. One a session, reused.
 */
final class Projection implements Crew.Job {
    /** Rows of a block: its packed activations stay in the second-level cache at widths up to some 2,000. */
    private static final int BLOCK = 64;
    /** Blocks a thread, at least, for rows to be shared out: fewer leave threads waiting for the last block. */
    private static final int BLOCKS_PER_THREAD = 4;
    /** Tasks a thread when outputs are shared out. */
    private static final int TASKS_PER_THREAD = 4;

    private final Session session;
    private final Kernels kernels;
    private final Crew.Job packing = this::pack;

    private Linear[] maps; // of the same inputs
    private float[][] outputs; // [maps][rows][padded outputs]
    private float[] input; // [rows][inputStride]
    private int inputStride;
    private int rows;
    private Activation activation;
    private boolean byRows;
    private int panelsPerTask;

    Projection(Session session) {
        this.session = session;
        this.kernels = session.kernels();
    }

    /**
     * {@code outputs[i] = activation(maps[i](input))} for every row.
     *
     * @param activation applied to all outputs, or null
     */
    void apply(Linear[] maps, float[][] outputs, float[] input, int inputStride, int rows, Activation activation) {
        this.maps = maps;
        this.outputs = outputs;
        this.input = input;
        this.inputStride = inputStride;
        this.rows = rows;
        this.activation = activation;
        int blocks = (rows + BLOCK - 1) / BLOCK;
        byRows = session.threads() == 1 || blocks >= BLOCKS_PER_THREAD * session.threads();
        if (byRows) {
            session.run(this, blocks);
            return;
        }
        session.run(packing, blocks);
        int panels = 0;
        for (Linear map : maps) {
            panels += map.panels();
        }
        panelsPerTask = Math.max(1, panels / (TASKS_PER_THREAD * session.threads()));
        session.run(this, (panels + panelsPerTask - 1) / panelsPerTask);
    }

    @Override
    public void run(int task, int member) {
        if (byRows) {
            int from = task * BLOCK;
            int count = Math.min(BLOCK, rows - from);
            float[] packed = session.packedBlock(member, BLOCK * maps[0].inputs());
            kernels.packRows(packed, 0, input, from * inputStride, inputStride, count, maps[0].inputs());
            for (int i = 0; i < maps.length; i++) {
                multiply(i, 0, maps[i].panels(), packed, 0, from, count, member);
            }
        } else {
            int from = task * panelsPerTask;
            int to = from + panelsPerTask;
            for (int i = 0; i < maps.length && to > 0; i++) {
                int last = Math.min(to, maps[i].panels());
                if (from < last) {
                    multiply(i, Math.max(from, 0), last - Math.max(from, 0), session.packed(), 0, 0, rows, member);
                }
                from -= maps[i].panels();
                to -= maps[i].panels();
            }
        }
    }

    private void pack(int task, int member) {
        int from = task * BLOCK;
        int inputs = maps[0].inputs();
        kernels.packRows(session.packed(), from * inputs, input, from * inputStride, inputStride,
                Math.min(BLOCK, rows - from), inputs);
    }

    private void multiply(int map, int firstPanel, int panels, float[] packed, int packedAt, int firstRow, int count,
            int member) {
        Linear linear = maps[map];
        int stride = linear.panels() * Kernels.PANEL;
        float[] y = outputs[map];
        linear.multiply(kernels, y, firstRow * stride, stride, packed, packedAt, count, firstPanel, panels,
                linear.type() == DataType.F32 ? null : session.widePanel(member));
        if (activation != null) {
            for (int row = firstRow; row < firstRow + count; row++) {
                activate(y, row * stride + firstPanel * Kernels.PANEL, panels * Kernels.PANEL);
            }
        }
    }

    private void activate(float[] y, int at, int count) {
        switch (activation) {
            case GELU -> kernels.gelu(y, at, count);
            case GELU_TANH -> kernels.geluTanh(y, at, count);
            case RELU -> kernels.relu(y, at, count);
            case SILU -> kernels.silu(y, at, count);
        }
    }
}
