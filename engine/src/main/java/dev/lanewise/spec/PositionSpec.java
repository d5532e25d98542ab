package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * What is added to the embedding to tell positions apart. Rotations and biases by distance belong to {@link AttentionSpec}.
 *
 * @param kind the scheme
 * @param count how many positions there are, and so how many tokens an input may have
 * @param offset the row of the table that belongs to the first position, or the number that it has in a sine
 * @param inclusive whether the frequencies of sines fall to 1 / 10000 itself: frequency i of the n in half the width is
 *     10000^(-i / (n - 1)), and otherwise, as in "Attention Is All You Need", 10000^(-2 i / width)
 */
public record PositionSpec(Kind kind, int count, int offset, boolean inclusive) {

    /** The scheme. */
    public enum Kind {
        /** Nothing is added. */
        NONE,
        /** A table of learned vectors, one a position, added to the token's. */
        LEARNED,
        /** Of each frequency the sine, then the cosine. */
        SINUSOIDAL_INTERLEAVED,
        /** The sines of all frequencies, then the cosines. */
        SINUSOIDAL_HALVES;

        /** Whether positions are computed. */
        public boolean sinusoidal() {
            return this == SINUSOIDAL_INTERLEAVED || this == SINUSOIDAL_HALVES;
        }
    }

    /** A scheme without sines, or with those of the paper. */
    public PositionSpec(Kind kind, int count, int offset) {
        this(kind, count, offset, false);
    }

    static PositionSpec read(Metadata.Reader in, String prefix, int width) {
        PositionSpec spec = new PositionSpec(in.word(prefix + "kind", Kind.class),
                in.integer(prefix + "count", 1, TransformerSpec.MOST),
                in.integer(prefix + "offset", 0, TransformerSpec.MOST), in.flag(prefix + "inclusive", false));
        in.require(!spec.inclusive || width >= 4, prefix + "inclusive", "two frequencies at least",
                "a width of " + width);
        return spec;
    }
}
