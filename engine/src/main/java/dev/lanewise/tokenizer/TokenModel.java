package dev.lanewise.tokenizer;

/** What turns a piece of text into tokens. Immutable and thread-safe; what it works in belongs to the tokens. */
sealed interface TokenModel permits WordPiece, Merging, Unigram {
    /** Adds the tokens of a part of a text, which is not empty. */
    void encode(NormalizedText text, int from, int to, int typeId, Tokens out);
}
