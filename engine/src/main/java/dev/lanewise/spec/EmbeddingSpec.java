package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * What turns ids into vectors: a row of the token table, plus a row for the token's type, then (after the position was
 * added) a norm.
 *
 * @param vocabulary how many ids there are
 * @param tokenTypes how many types of token there are (BERT's segments); 0 for none
 * @param norm the norm after the sum
 */
public record EmbeddingSpec(int vocabulary, int tokenTypes, NormSpec norm) {

    static EmbeddingSpec read(Metadata.Reader in) {
        return new EmbeddingSpec(in.integer("embedding.vocabulary", 1, TransformerSpec.MOST),
                in.integer("embedding.token_types", 0, TransformerSpec.MOST), NormSpec.read(in, "embedding.norm."));
    }

    void write(Metadata.Builder out) {
        String prefix = TransformerSpec.PREFIX + "embedding.";
        out.put(prefix + "vocabulary", vocabulary).put(prefix + "token_types", tokenTypes);
        norm.write(out, prefix + "norm.");
    }
}
