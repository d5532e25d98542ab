package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.RoundedRows;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.Activation;

/**
 * Linear maps of the same rows, in parallel. Rows come in blocks of about {@value #BLOCK}. Many blocks are shared out, each
 * packed by who computes it; few are packed first, then some outputs of a block are a task: those of one block after another,
 * so that threads read the same weights at about the same time. A single row is not packed: each weight is used once, as it comes from memory. One a session, reused.
 */
final class Projection implements Crew.Job {
    /**
     * Rows of a block, about: the inputs that are multiplied at a time stay in the second-level cache; fewer rows would read
     * the weights too often.
     */
    private static final int BLOCK = 128;
    /** Blocks a thread, at least, for blocks to be shared out: with fewer, threads wait for the last block. */
    private static final int BLOCKS_PER_THREAD = 4;
    /** Tasks a thread when outputs are shared out, at most. */
    private static final int TASKS_PER_THREAD = 4;
    /** Tiles of a part of a block, at least, where its rows are packed by several threads. */
    private static final int TILES_PER_PART = 4;
    /** Weights of a task when a single row is multiplied, at least, if a thread has more than one. */
    private static final long VECTOR_TASK_BYTES = 1 << 19;

    private final Session session;
    private final Kernels kernels;
    private final int many;
    private final Crew.Job packing = this::pack;
    private final RoundedRows[] rounded; // [threads], and those for all threads; null if nothing is rounded

    private Linear[] maps; // of the same inputs
    private float[][] outputs; // at least [maps][firstOutput + rows][padded outputs]
    private int firstOutput;
    private float[] input; // [firstInput + rows][inputStride]
    private int firstInput;
    private int inputStride;
    private int rows;
    private Activation activation;
    private boolean gated;
    private int blockRows;
    private int blocks;
    private boolean byRows;
    private int parts; // of a block, that are packed by themselves
    private float[] packed; // [blocks][blockRows][inputs], as the kernels pack them
    private int panelsPerTask;
    private boolean plain; // some map reads rows as they are
    private boolean rounding; // some map reads rounded rows

    Projection(Session session, int threads, boolean rounds) {
        this.session = session;
        this.many = BLOCK * BLOCKS_PER_THREAD * threads;
        this.kernels = session.kernels();
        rounded = rounds ? new RoundedRows[threads + 1] : null;
        for (int i = 0; rounds && i <= threads; i++) {
            rounded[i] = new RoundedRows();
        }
    }

    /** How many rows are enough for all threads: their blocks are shared out. */
    int many() {
        return many;
    }

    /** The same of rows from the first on. */
    void apply(Linear[] maps, float[][] outputs, float[] input, int inputStride, int rows, Activation activation,
            boolean gated) {
        apply(maps, outputs, 0, input, 0, inputStride, rows, activation, gated);
    }

    /**
     * {@code outputs[i] = activation(maps[i](input))} for every row.
     *
     * @param firstOutput the first of the rows that are written; rows behind the last may be written, too, unless they fill tiles
     * @param firstInput the first of the rows that are read
     * @param activation applied to all outputs, or null
     * @param gated {@code outputs[0] = activation(maps[0](input)) * maps[1](input)} instead
     */
    void apply(Linear[] maps, float[][] outputs, int firstOutput, float[] input, int firstInput, int inputStride,
            int rows, Activation activation, boolean gated) {
        this.maps = maps;
        this.outputs = outputs;
        this.firstOutput = firstOutput;
        this.input = input;
        this.firstInput = firstInput;
        this.inputStride = inputStride;
        this.rows = rows;
        this.activation = activation;
        this.gated = gated;
        plain = false;
        rounding = false;
        for (Linear map : maps) {
            plain |= !rounds(map);
            rounding |= rounds(map);
        }
        int threads = session.threads();
        byRows = rows > 1 && (threads == 1 || rows >= many);
        int most = byRows ? threads * Math.max(1, rows / (BLOCK * threads)) : (rows + BLOCK - 1) / BLOCK;
        int full = rounding ? 8 : 4; // fours and fives or eights fill it
        blockRows = ((rows + most - 1) / most + full - 1) & -full;
        blocks = (rows + blockRows - 1) / blockRows;
        parts = byRows || rounding || blocks > 1
                ? 1
                : Math.clamp(blockRows / (TILES_PER_PART * kernels.rowTile()), 1, threads);
        if (byRows) {
            session.run(this, blocks);
            return;
        }
        if (rounding) {
            rounded[rounded.length - 1].reserve(blocks * RoundedRows.tiles(blockRows), rows == 1, maps[0].inputs());
        }
        if (rows > 1) {
            packed = plain ? session.packed(blocks * packedSize()) : packed;
            session.run(packing, blocks * parts);
        } else if (rounding) {
            kernels.round(rounded[rounded.length - 1], 0, input, firstInput * inputStride, inputStride, 1,
                    maps[0].inputs(), session.weightScratch(0));
        }
        int panels = 0;
        for (int i = 0; i < (gated ? 1 : maps.length); i++) {
            panels += maps[i].panels();
        }
        int groups = rows == 1 ? vectorTasks(panels, threads) : Math.ceilDiv(TASKS_PER_THREAD * threads, blocks);
        panelsPerTask = rows == 1 ? Math.ceilDiv(panels, groups) : Math.max(1, panels / groups);
        session.run(this, blocks * Math.ceilDiv(panels, panelsPerTask));
    }

    /** Long tasks, which memory is fetched ahead for, and of one length; several a thread only where they are long still. */
    private int vectorTasks(int panels, int threads) {
        long bytes = panels * maps[0].panelBytes();
        return threads * Math.clamp(bytes / (threads * VECTOR_TASK_BYTES), 1, TASKS_PER_THREAD);
    }

    /** The rows of a block. */
    private int count(int block) {
        return Math.min(blockRows, rows - block * blockRows);
    }

    @Override
    public void run(int task, int member) {
        if (byRows) {
            pack(task, member);
            for (int i = 0; i < (gated ? 1 : maps.length); i++) {
                compute(i, 0, maps[i].panels(), task, member);
            }
            return;
        }
        int block = task % blocks;
        int from = task / blocks * panelsPerTask;
        int to = from + panelsPerTask;
        for (int i = 0; i < (gated ? 1 : maps.length) && to > 0; i++) {
            int first = Math.max(from, 0);
            int last = Math.min(to, maps[i].panels());
            if (first < last) {
                compute(i, first, last - first, block, member);
            }
            from -= maps[i].panels();
            to -= maps[i].panels();
        }
    }

    private boolean rounds(Linear map) {
        return rounded != null && Kernels.rounds(map.type());
    }

    private void pack(int task, int member) {
        int block = task / parts;
        if (rounding) {
            RoundedRows to = rounded(member);
            if (byRows) {
                to.reserve(RoundedRows.tiles(blockRows), false, maps[0].inputs());
            }
            kernels.round(to, tile(block), input, (firstInput + block * blockRows) * inputStride, inputStride,
                    count(block), maps[0].inputs(), session.weightScratch(member));
        }
        if (!plain) {
            return;
        }
        int part = task % parts;
        int size = count(block) / parts / kernels.rowTile() * kernels.rowTile();
        int first = part * size;
        kernels.packRows(packed(member), packedAt(block) + first * maps[0].inputs(), input,
                (firstInput + block * blockRows + first) * inputStride, inputStride,
                part < parts - 1 ? size : count(block) - first, maps[0].inputs());
    }

    /** Some outputs of a map, or of a gate with what it multiplies. */
    private void compute(int map, int firstPanel, int panels, int block, int member) {
        multiply(map, firstPanel, panels, block, member);
        if (gated) {
            multiply(1, firstPanel, panels, block, member);
        }
        int stride = maps[map].panels() * Kernels.PANEL;
        int firstRow = firstOutput + block * blockRows;
        for (int row = firstRow; activation != null && row < firstRow + count(block); row++) {
            int at = row * stride + firstPanel * Kernels.PANEL;
            activate(outputs[map], at, panels * Kernels.PANEL);
            if (gated) {
                kernels.multiplyBy(outputs[0], at, outputs[1], at, panels * Kernels.PANEL);
            }
        }
    }

    private void multiply(int map, int firstPanel, int panels, int block, int member) {
        Linear linear = maps[map];
        int stride = linear.panels() * Kernels.PANEL;
        int firstRow = firstOutput + block * blockRows;
        float[] y = outputs[map];
        if (rounds(linear)) {
            linear.multiplyRounded(kernels, y, firstRow * stride, stride, rounded(member), tile(block), count(block),
                    firstPanel, panels, session.weightScratch(member));
        } else if (rows == 1) {
            linear.multiplyVector(kernels, y, firstOutput * stride, input, firstInput * inputStride, firstPanel, panels,
                    session.weightScratch(member));
        } else {
            linear.multiply(kernels, y, firstRow * stride, stride, packed(member), packedAt(block), count(block),
                    firstPanel, panels, session.weightScratch(member));
        }
    }

    /** Blocks that are shared out are packed in the thread's own memory, others side by side for all threads. */
    private float[] packed(int member) {
        return byRows ? session.packedBlock(member, packedSize()) : packed;
    }

    private RoundedRows rounded(int member) {
        return rounded[byRows ? member : rounded.length - 1];
    }

    private int tile(int block) {
        return byRows ? 0 : block * RoundedRows.tiles(blockRows);
    }

    private int packedAt(int block) {
        return byRows ? 0 : block * packedSize();
    }

    /** Floats that a packed block takes. */
    private int packedSize() {
        return (blockRows + kernels.rowTile()) * maps[0].inputs();
    }

    private void activate(float[] y, int at, int count) {
        if (activation == Activation.GELU) {
            kernels.gelu(y, at, count);
        } else if (activation == Activation.GELU_TANH) {
            kernels.geluTanh(y, at, count);
        } else if (activation == Activation.RELU) {
            kernels.relu(y, at, count);
        } else if (activation == Activation.SILU) {
            kernels.silu(y, at, count);
        } else {
            kernels.softCap(y, at, count, 1); // TANH
        }
    }
}
