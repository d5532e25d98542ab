package dev.lanewise.tokenizer;

/** How pieces become text again, one by one. Immutable and thread-safe. */
public sealed interface PieceDecoder permits WordPieceDecoder, ByteLevelDecoder, SentenceDecoder {
    /**
     * Appends what a piece stands for.
     *
     * @param piece the piece, as the vocabulary spells it
     * @param added whether it is an added token, which is spelled as it is in a text
     * @param first whether it is the first piece of the text
     * @param out the bytes of the text so far that are not taken yet
     */
    void append(String piece, boolean added, boolean first, Utf8Buffer out);
}
