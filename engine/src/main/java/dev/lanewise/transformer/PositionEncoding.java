package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.PositionSpec;

/**
 * The position encoding box: what is added to a token's vector to tell positions apart, here a learned vector each.
 * {@link Rotary} and {@link Alibi} work within attention instead.
 */
final class PositionEncoding {
    private final PositionSpec spec;
    private final Table table; // null where nothing is added

    PositionEncoding(Weights weights, PositionSpec spec) {
        this.spec = spec;
        this.table = spec.kind() == PositionSpec.Kind.LEARNED ? weights.table("embedding.position") : null;
    }

    /** Whether anything is added. */
    boolean isAdded() {
        return table != null;
    }

    /** {@code out = encoding(position)}. */
    void row(Kernels kernels, float[] out, int outAt, int position) {
        table.row(kernels, out, outAt, position + spec.offset());
    }
}
