package dev.lanewise.spec;

import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.TensorInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** The tensors under one prefix, collected in the order of the file. */
final class Tensors {
    private final String prefix;
    private final Function<String, DataType> types;
    private final List<TensorInfo> all = new ArrayList<>();

    /**
     * @param types the type of a matrix by its name; what that cannot hold is INT8 in place of Q8_0, otherwise F16
     */
    Tensors(String prefix, Function<String, DataType> types) {
        this.prefix = prefix;
        this.types = types;
    }

    Stream<TensorInfo> all() {
        return all.stream();
    }

    /** A matrix in panels, and its bias if it has one. */
    void linear(String name, int outputs, int inputs, boolean bias) {
        panels(name, outputs, inputs, type(name, Layout.PANELS, inputs));
        if (bias) {
            vector(name + ".bias", outputs);
        }
    }

    /** The router of a mixture of experts: small, and a wrong choice costs much, so it stays F32. */
    void router(int outputs, int inputs) {
        panels("router", outputs, inputs, DataType.F32);
    }

    private void panels(String name, int outputs, int inputs, DataType type) {
        all.add(new TensorInfo(prefix + name + ".weight", type, Layout.PANELS, List.of(outputs, inputs)));
    }

    /** A table that is read by the row. */
    void table(String name, int rows, int width) {
        all.add(new TensorInfo(prefix + name + ".weight", type(name, Layout.ROWS, width), Layout.ROWS,
                List.of(rows, width)));
    }

    /** A table that costs nothing and decides much, so it stays F32. */
    void small(String name, int rows, int width) {
        all.add(new TensorInfo(prefix + name + ".weight", DataType.F32, Layout.ROWS, List.of(rows, width)));
    }

    private DataType type(String name, Layout layout, int columns) {
        DataType type = types.apply(prefix + name + ".weight");
        if (type.fits(layout, columns)) {
            return type;
        }
        return type == DataType.Q8_0 && DataType.INT8.fits(layout, columns) ? DataType.INT8 : DataType.F16;
    }

    /** The weight of a norm, and its bias if it has one. */
    void norm(String name, int width, NormSpec spec) {
        vector(name + ".weight", width);
        if (spec.bias()) {
            vector(name + ".bias", width);
        }
    }

    /** A bias without a matrix of its own. */
    void bias(String name, int width) {
        vector(name + ".bias", width);
    }

    private void vector(String name, int width) {
        all.add(new TensorInfo(prefix + name, DataType.F32, Layout.ROWS, List.of(width)));
    }
}
