package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * How the vectors of a text's tokens become one.
 *
 * @param kind which of them count
 * @param normalize whether the result is divided by its Euclidean length
 */
public record PoolingSpec(Kind kind, boolean normalize) {

    /** Which tokens count. */
    public enum Kind {
        /** The mean of all tokens, the special ones included. */
        MEAN,
        /** The first token, BERT's [CLS]. */
        CLS,
        /** The last token. */
        LAST
    }

    static PoolingSpec read(Metadata.Reader in) {
        return in.has("pooling.kind")
                ? new PoolingSpec(in.word("pooling.kind", Kind.class), in.bool("pooling.normalize"))
                : null;
    }

    void write(Metadata.Builder out) {
        String prefix = TransformerSpec.PREFIX + "pooling.";
        out.put(prefix + "kind", kind).put(prefix + "normalize", normalize);
    }
}
