package dev.lanewise.tokenizer;

/** Pieces of words back to text, as {@code tokenizers} has it: each piece is treated alone. Immutable and thread-safe. */
final class WordPieceDecoder {
    /** What is replaced by what, in this order; every one begins with the space that parts words. */
    private static final String[][] CLEAN_UP = {{" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"},
            {" n't", "n't"}, {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};

    private final String continuation;
    private final boolean cleanUp;

    /**
     * @param continuation what the pieces that continue a word begin with
     * @param cleanUp whether spaces before English punctuation and contractions are taken back
     */
    WordPieceDecoder(String continuation, boolean cleanUp) {
        this.continuation = continuation;
        this.cleanUp = cleanUp;
    }

    void append(String piece, boolean first, StringBuilder out) {
        String text = piece;
        if (!first) {
            text = piece.startsWith(continuation) ? piece.substring(continuation.length()) : " " + piece;
        }
        if (cleanUp && text.indexOf(' ') >= 0) {
            for (String[] pair : CLEAN_UP) {
                text = text.replace(pair[0], pair[1]);
            }
        }
        out.append(text);
    }
}
