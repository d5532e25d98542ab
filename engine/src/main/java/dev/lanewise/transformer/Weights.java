package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.LaneFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The tensors of a file by name, as the boxes hold them. Every tensor was checked against the specification before. */
final class Weights {
    private final LaneFile file;
    private final MemorySegment zeros; // the bias of what has none, as wide as the widest map

    Weights(LaneFile file) {
        this.file = file;
        int widest = 0;
        for (LaneFile.Entry entry : file.directory().values()) {
            widest = entry.info().layout() == Layout.PANELS ? Math.max(widest, entry.info().rows()) : widest;
        }
        zeros = Arena.ofAuto().allocate(4L * TensorInfo.padded(widest), 64);
    }

    /** A packed matrix with its bias, if it has one. */
    Linear linear(String name) {
        return linear(name, name);
    }

    /** A packed matrix with the bias of another name, if there is one. */
    Linear linear(String name, String bias) {
        TensorInfo info = info(name + ".weight");
        return new Linear(info.rows(), info.columns(), info.type(), segment(name + ".weight"), orZeros(bias + ".bias"));
    }

    /** A table that is read by the row. */
    Table table(String name) {
        return new Table(info(name + ".weight"), segment(name + ".weight"));
    }

    /** A small table, as floats: {@code [rows][padded columns]}. */
    float[][] rows(String name) {
        Table table = table(name);
        float[][] rows = new float[table.info().rows()][TensorInfo.padded(table.info().columns())];
        for (int row = 0; row < rows.length; row++) {
            table.row(Kernels.select(), rows[row], 0, row);
        }
        return rows;
    }

    /** A norm. */
    Norm norm(String name, NormSpec spec) {
        return new Norm(spec.kind(), segment(name + ".weight"), orZeros(name + ".bias"), (float) spec.epsilon());
    }

    /**
     * The norms around a sublayer.
     *
     * @param norm whether it has one of its own before it or behind the sum
     */
    AddAndNorm addAndNorm(String name, StackSpec stack, boolean norm) {
        Norm own = norm ? norm(name + ".norm", stack.norm()) : null;
        boolean post = stack.placement() == NormPlacement.POST;
        return new AddAndNorm(post ? null : own,
                stack.placement().hasOutputNorm() ? norm(name + ".output_norm", stack.norm()) : null,
                post ? own : null, (float) stack.residualScale());
    }

    private TensorInfo info(String name) {
        return file.directory().get(name).info();
    }

    private MemorySegment orZeros(String name) {
        return file.directory().containsKey(name) ? segment(name) : zeros;
    }

    private MemorySegment segment(String name) {
        TensorInfo info = info(name);
        return file.tensor(name, info.layout(), info.shape());
    }
}
