package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;

/**
 * What turns ids into vectors: a row of the token table times a scale, plus a row for the token's type, then (after the
 * position was added) a norm.
 *
 * @param vocabulary how many ids there are
 * @param tokenTypes how many types of token there are (BERT's segments); 0 for none
 * @param scale of the token's row; sqrt(width) in "Attention Is All You Need"
 * @param norm the norm after the sum, or null
 */
public record EmbeddingSpec(int vocabulary, int tokenTypes, double scale, NormSpec norm) {

    /** An embedding without a scale. */
    public EmbeddingSpec(int vocabulary, int tokenTypes, NormSpec norm) {
        this(vocabulary, tokenTypes, 1, norm);
    }

    static EmbeddingSpec read(Metadata.Reader in, String prefix) {
        EmbeddingSpec spec = new EmbeddingSpec(in.integer(prefix + "vocabulary", 1, TransformerSpec.MOST),
                in.integer(prefix + "token_types", 0, TransformerSpec.MOST),
                in.has(prefix + "scale") ? in.number(prefix + "scale") : 1,
                in.has(prefix + "norm.kind") ? NormSpec.read(in, prefix + "norm.") : null);
        if (!(Math.abs(spec.scale) <= 1e6)) {
            throw new MetadataException(TransformerSpec.PREFIX + prefix + "scale", "-1e6 to 1e6",
                    Double.toString(spec.scale));
        }
        return spec;
    }

    void write(Metadata.Builder out, String prefix) {
        out.put(prefix + "vocabulary", vocabulary).put(prefix + "token_types", tokenTypes);
        if (scale != 1) {
            out.put(prefix + "scale", scale);
        }
        if (norm != null) {
            norm.write(out, prefix + "norm.");
        }
    }
}
