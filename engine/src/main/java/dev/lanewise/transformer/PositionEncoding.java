package dev.lanewise.transformer;

import dev.lanewise.spec.PositionSpec;

/**
 * The position encoding box: what is added to a token's vector to tell positions apart, a learned vector each or
 * {@link Sinusoids}. {@link Rotary} and {@link ScoreBias} work within attention instead.
 */
final class PositionEncoding {
    private final PositionSpec spec;
    private final Table table; // null where nothing is looked up

    /** @param name of the table of learned vectors in the file */
    PositionEncoding(Weights weights, String name, PositionSpec spec) {
        this.spec = spec;
        this.table = spec.kind() == PositionSpec.Kind.LEARNED ? weights.table(name) : null;
    }

    /**
     * Adds the encoding of a token's position to a row; {@code session.attended()} is scratch.
     *
     * @param rows {@code [tokens][stride]}
     */
    void add(Session session, float[] rows, int token, int stride) {
        if (spec.kind() == PositionSpec.Kind.NONE) {
            return;
        }
        float[] row = session.attended()[0];
        int at = token * stride;
        int position = session.batch().position(token);
        if (table == null) {
            session.sinusoids().row(row, at, position);
        } else {
            table.row(session.kernels(), row, at, position + spec.offset());
        }
        session.kernels().addScaled(rows, at, row, at, 1, stride);
    }
}
