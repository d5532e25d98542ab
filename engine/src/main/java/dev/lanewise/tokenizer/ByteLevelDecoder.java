package dev.lanewise.tokenizer;

/**
 * Pieces in GPT-2's alphabet back to the bytes that they stand for; an added token, and a piece with another character in it, stands
 * for itself.
 * Immutable and thread-safe.
 */
public record ByteLevelDecoder() implements PieceDecoder {
    @Override
    public void append(String piece, boolean added, boolean first, Utf8Buffer out) {
        for (int i = 0; i < piece.length(); i++) {
            if (added || ByteAlphabet.byteOf(piece.charAt(i)) < 0) {
                out.append(piece);
                return;
            }
        }
        for (int i = 0; i < piece.length(); i++) {
            out.append(ByteAlphabet.byteOf(piece.charAt(i)));
        }
    }
}
