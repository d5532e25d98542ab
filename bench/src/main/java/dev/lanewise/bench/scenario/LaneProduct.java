package dev.lanewise.bench.scenario;

import dev.lanewise.bench.measure.CrewRun;
import dev.lanewise.bench.peer.ProductTask;
import dev.lanewise.bench.peer.Work;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.WeightScratch;
import dev.lanewise.parallel.Crew;
import dev.lanewise.tensor.DataType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Our side of a matrix product: weights packed beforehand, as in a file; activations packed in every run, as in a layer.
 * Shared out as the engine's projections are: many rows by the block, few rows by their outputs; a single row is not packed.
 */
final class LaneProduct implements Work {
    /** Rows of a block, about. */
    private static final int BLOCK = 128;
    private static final int BLOCKS_PER_THREAD = 4;
    private static final int TASKS_PER_THREAD = 4;

    private final ProductTask task;
    private final DataType type;
    private final Kernels kernels;
    private final Crew crew;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment weights;
    private final MemorySegment bias;
    private final int panels;
    private final boolean byRows;
    private final int blockRows;
    private final int blocks;
    private final WeightScratch[] scratch; // [threads]
    private final float[] packed; // [blocks][a block and a tile of rows, packed]
    private final float[] y; // [rows and a tile more][panels * 32]

    LaneProduct(ProductTask task, DataType type, Kernels kernels, Crew crew) {
        this.task = task;
        this.type = type;
        this.kernels = kernels;
        this.crew = crew;
        panels = Panels.count(task.outputs());
        byRows = crew.size() == 1 || task.rows() >= BLOCK * BLOCKS_PER_THREAD * crew.size();
        int most = byRows
                ? crew.size() * Math.max(1, task.rows() / (BLOCK * crew.size()))
                : (task.rows() + BLOCK - 1) / BLOCK;
        blockRows = ((task.rows() + most - 1) / most + 3) & -4;
        blocks = (task.rows() + blockRows - 1) / blockRows;
        weights = Panels.pack(arena, task.w(), task.outputs(), task.inputs(), type);
        scratch = new WeightScratch[crew.size()];
        Arrays.setAll(scratch, member -> new WeightScratch(task.inputs(), (long) task.outputs() * task.inputs()));
        bias = arena.allocate(4L * panels * Kernels.PANEL, 64);
        packed = new float[blocks * packedBlock()];
        y = new float[(task.rows() + kernels.rowTile()) * panels * Kernels.PANEL];
    }

    @Override
    public void run() {
        if (task.rows() == 1) {
            CrewRun.run(crew, this::multiplyVector, (panels + panelsPerTask() - 1) / panelsPerTask());
        } else if (byRows) {
            CrewRun.run(crew, this::packAndMultiply, blocks);
        } else {
            CrewRun.run(crew, this::pack, blocks);
            CrewRun.run(crew, this::multiplyPanels, (panels + panelsPerTask() - 1) / panelsPerTask());
        }
    }

    private void multiplyVector(int part, int member) {
        int from = part * panelsPerTask();
        kernels.multiplyVector(y, from * Kernels.PANEL, task.x(), 0, task.inputs(), type, weights, from * panelBytes(),
                Math.min(panelsPerTask(), panels - from), bias, 4L * from * Kernels.PANEL, scratch[member]);
    }

    private long panelBytes() {
        return type.panelBytes(task.inputs());
    }

    private void packAndMultiply(int block, int member) {
        pack(block, member);
        multiply(block, 0, panels, member);
    }

    private void pack(int block, int member) {
        kernels.packRows(packed, block * packedBlock(), task.x(), block * blockRows * task.inputs(), task.inputs(),
                rows(block), task.inputs());
    }

    private void multiplyPanels(int part, int member) {
        int from = part * panelsPerTask();
        for (int block = 0; block < blocks; block++) {
            multiply(block, from, Math.min(panelsPerTask(), panels - from), member);
        }
    }

    private void multiply(int block, int firstPanel, int count, int member) {
        int stride = panels * Kernels.PANEL;
        kernels.multiply(y, block * blockRows * stride + firstPanel * Kernels.PANEL, stride, packed,
                block * packedBlock(),
                rows(block), task.inputs(), type, weights, firstPanel * panelBytes(), count, bias,
                4L * firstPanel * Kernels.PANEL, scratch[member]);
    }

    private int rows(int block) {
        return Math.min(blockRows, task.rows() - block * blockRows);
    }

    private int packedBlock() {
        return (blockRows + kernels.rowTile()) * task.inputs();
    }

    private int panelsPerTask() {
        return Math.max(1, panels / (TASKS_PER_THREAD * crew.size()));
    }

    @Override
    public float[] result() {
        float[] result = new float[task.rows() * task.outputs()];
        for (int row = 0; row < task.rows(); row++) {
            System.arraycopy(y, row * panels * Kernels.PANEL, result, row * task.outputs(), task.outputs());
        }
        return result;
    }

    @Override
    public void close() {
        arena.close();
    }
}
