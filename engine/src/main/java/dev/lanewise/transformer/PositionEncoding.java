package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.PositionSpec;

/** The position encoding box: what tells the positions of a text apart. Here: a learned vector each, added to the token's. */
final class PositionEncoding {
    private final PositionSpec spec;
    private final Weights.Table table;

    PositionEncoding(Weights weights, PositionSpec spec) {
        this.spec = spec;
        this.table = weights.table("embedding.position");
    }

    /** {@code out += encoding(position)}. */
    void addTo(Kernels kernels, float[] out, int outAt, int position) {
        table.addRow(kernels, out, outAt, position + spec.offset());
    }
}
