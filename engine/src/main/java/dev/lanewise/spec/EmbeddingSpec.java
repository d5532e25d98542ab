package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * What turns ids into vectors: a row of the token table times a scale, plus a row for the token's type, then (after the
 * position was added) a norm, and then, if they are narrower than the stack, a map to its width (Lan et al., 2020).
 *
 * @param vocabulary how many ids there are
 * @param tokenTypes how many types of token there are (BERT's segments); 0 for none
 * @param scale of the token's row; sqrt(width) in "Attention Is All You Need"
 * @param norm the norm after the sum, or null
 * @param width of all this where a map to the stack's width follows, otherwise 0
 */
public record EmbeddingSpec(int vocabulary, int tokenTypes, double scale, NormSpec norm, int width) {

    /** An embedding as wide as the stack. */
    public EmbeddingSpec(int vocabulary, int tokenTypes, double scale, NormSpec norm) {
        this(vocabulary, tokenTypes, scale, norm, 0);
    }

    /** An embedding without a scale. */
    public EmbeddingSpec(int vocabulary, int tokenTypes, NormSpec norm) {
        this(vocabulary, tokenTypes, 1, norm);
    }

    static EmbeddingSpec read(Metadata.Reader in, String prefix) {
        EmbeddingSpec spec = new EmbeddingSpec(in.integer(prefix + "vocabulary", 1, TransformerSpec.MOST),
                in.integer(prefix + "token_types", 0, TransformerSpec.MOST),
                in.has(prefix + "scale") ? in.number(prefix + "scale") : 1,
                in.has(prefix + "norm.kind") ? NormSpec.read(in, prefix + "norm.") : null,
                in.has(prefix + "width") ? in.integer(prefix + "width", 1, TransformerSpec.MOST) : 0);
        in.require(Math.abs(spec.scale) <= 1e6, prefix + "scale", "-1e6 to 1e6", spec.scale);
        return spec;
    }

    /** The width of its tables in a stack of some width. */
    public int width(int stack) {
        return width == 0 ? stack : width;
    }
}
