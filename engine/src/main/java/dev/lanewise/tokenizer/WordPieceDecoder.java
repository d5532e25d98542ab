package dev.lanewise.tokenizer;

import java.util.Objects;

/**
 * Pieces of words back to text, as {@code tokenizers} has it: each piece is treated alone. Immutable and thread-safe.
 *
 * @param continuation what the pieces that continue a word begin with
 * @param cleanUp whether spaces before English punctuation and contractions are taken back
 */
public record WordPieceDecoder(String continuation, boolean cleanUp) implements PieceDecoder {
    /** What is replaced by what, in this order; every one begins with the space that parts words. */
    private static final String[][] CLEAN_UP = {{" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"},
            {" n't", "n't"}, {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};

    /** Checks that nothing is missing. */
    public WordPieceDecoder {
        Objects.requireNonNull(continuation);
    }

    @Override
    public void append(String piece, boolean added, boolean first, Utf8Buffer out) {
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
