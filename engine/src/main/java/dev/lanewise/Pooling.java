package dev.lanewise;

/** How the vectors of a text's tokens become one. */
public enum Pooling {
    /** The mean of all tokens, the special ones included. */
    MEAN,
    /** The first token, BERT's {@code [CLS]}. */
    CLS,
    /** The last token. */
    LAST,
    /** Of each element the greatest of all tokens. */
    MAX,
    /** The mean of all tokens, of which the first counts once, the second twice and so on. */
    WEIGHTED_MEAN
}
