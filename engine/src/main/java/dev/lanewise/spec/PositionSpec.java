package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * What is added to the embedding to tell positions apart. Rotations and biases by distance belong to {@link AttentionSpec}.
 *
 * @param kind the scheme
 * @param count how many positions there are, and so how many tokens an input may have
 * @param offset the row of the table that belongs to the first position
 */
public record PositionSpec(Kind kind, int count, int offset) {

    /** The scheme. */
    public enum Kind {
        /** Nothing is added. */
        NONE,
        /** A table of learned vectors, one a position, added to the token's. */
        LEARNED
    }

    static PositionSpec read(Metadata.Reader in) {
        return new PositionSpec(in.word("position.kind", Kind.class),
                in.integer("position.count", 1, TransformerSpec.MOST),
                in.integer("position.offset", 0, TransformerSpec.MOST));
    }

    void write(Metadata.Builder out) {
        String prefix = TransformerSpec.PREFIX + "position.";
        out.put(prefix + "kind", kind).put(prefix + "count", count).put(prefix + "offset", offset);
    }
}
