package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;
import java.util.List;

/**
 * How the vectors of a text's tokens become one.
 *
 * @param kind which of them count
 * @param dense maps of the result
 * @param normalize whether what comes out is divided by its Euclidean length
 * @param maxTokens how many tokens a text may have, 0 for as many as the encoder takes
 */
public record PoolingSpec(Kind kind, List<DenseSpec> dense, boolean normalize, int maxTokens) {

    /** Which tokens count. */
    public enum Kind {
        /** The mean of all tokens, the special ones included. */
        MEAN,
        /** The first token, BERT's [CLS]. */
        CLS,
        /** The last token. */
        LAST,
        /** Of each element the greatest of all tokens. */
        MAX,
        /** The mean of all tokens, of which the first counts once, the second twice and so on (Muennighoff, 2022). */
        WEIGHTED_MEAN
    }

    /** Copies the list. */
    public PoolingSpec {
        dense = List.copyOf(dense);
    }

    /** Pooling alone. */
    public PoolingSpec(Kind kind, boolean normalize) {
        this(kind, List.of(), normalize, 0);
    }

    static PoolingSpec read(Metadata.Reader in) {
        return in.has("pooling.kind")
                ? new PoolingSpec(in.word("pooling.kind", Kind.class), DenseSpec.read(in, "pooling.dense."),
                        in.bool("pooling.normalize"), maxTokens(in, "pooling."))
                : null;
    }

    static int maxTokens(Metadata.Reader in, String prefix) {
        String key = prefix + "max_tokens";
        return in.has(key) ? in.integer(key, 1, TransformerSpec.MOST) : 0;
    }
}
