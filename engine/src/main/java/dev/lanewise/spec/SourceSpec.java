package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * The encoder of an encoder-decoder: what reads the source that the decoder attends to.
 *
 * @param embedding what turns its ids into vectors; null where a stem reads features
 * @param tied whether its token table is the decoder's
 * @param position what is added to tell positions apart
 * @param stack its layers
 * @param stem what turns features into vectors; null where there are ids
 */
public record SourceSpec(EmbeddingSpec embedding, boolean tied, PositionSpec position, StackSpec stack,
        StemSpec stem) {
    private static final String PREFIX = "source.";

    static SourceSpec read(Metadata.Reader in) {
        StackSpec stack = StackSpec.read(in, "encoder.");
        StemSpec stem = StemSpec.read(in, PREFIX + "stem.");
        SourceSpec spec = new SourceSpec(stem == null ? EmbeddingSpec.read(in, PREFIX + "embedding.") : null,
                in.flag(PREFIX + "tied", false), PositionSpec.read(in, PREFIX + "position.", stack.width()), stack,
                stem);
        in.require(stack.cross() == null, "encoder.cross_attention", "none in an encoder", "one");
        return spec;
    }

    /** How many tokens, or vectors of the stem, one source may have. */
    public int maxTokens() {
        return position.count();
    }
}
