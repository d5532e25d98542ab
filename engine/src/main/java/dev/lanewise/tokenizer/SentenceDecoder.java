package dev.lanewise.tokenizer;

import java.util.Objects;

/**
 * SentencePiece's pieces back to text: spaces that can be seen become spaces, {@code <0x0A>} a byte, and the space goes that
 * was put before the text. Immutable and thread-safe.
 *
 * @param space the character that stands for a space
 * @param bytes whether there are pieces for single bytes
 * @param strip what is dropped at the beginning of the text
 */
public record SentenceDecoder(char space, boolean bytes, Strip strip) implements PieceDecoder {
    private static final int BYTE_LENGTH = 6;

    /** What is dropped at the beginning of a text. */
    public enum Strip {
        /** Nothing. */
        NOTHING,
        /** One space, if the text begins with one. */
        SPACE,
        /** One space of each piece, until there is text. */
        SPACES,
        /** Every space of the first piece. */
        FIRST_PIECE
    }

    /** Checks that nothing is missing. */
    public SentenceDecoder {
        Objects.requireNonNull(strip);
    }

    /** The piece of a byte. */
    static String piece(int b) {
        return b < 16
                ? "<0x0" + Character.toUpperCase(Character.forDigit(b, 16)) + ">"
                : "<0x" + Character.toUpperCase(Character.forDigit(b >> 4, 16))
                        + Character.toUpperCase(Character.forDigit(b & 15, 16)) + ">";
    }

    /** The byte that a piece stands for, or -1. */
    static int byteOf(String piece) {
        if (piece.length() != BYTE_LENGTH || !piece.startsWith("<0x") || piece.charAt(5) != '>') {
            return -1;
        }
        int high = digit(piece.charAt(3));
        int low = digit(piece.charAt(4));
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    @Override
    public void append(String piece, boolean added, boolean first, Utf8Buffer out) {
        int b = bytes ? byteOf(piece) : -1;
        if (b >= 0) {
            if (b != ' ' || !stripsHere(out)) {
                out.append(b);
            }
            out.began();
            return;
        }
        if (piece.isEmpty()) {
            return;
        }
        String text = first && strip == Strip.FIRST_PIECE
                ? piece.replace("" + space, "")
                : piece.replace(space, ' ');
        text = text.startsWith(" ") && stripsHere(out) ? text.substring(1) : text;
        out.append(text);
        if (strip != Strip.SPACES || !text.isEmpty()) {
            out.began();
        }
    }

    private boolean stripsHere(Utf8Buffer out) {
        return (strip == Strip.SPACE || strip == Strip.SPACES) && !out.hasBegun();
    }

    private static int digit(char c) {
        return c >= '0' && c <= '9' || c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f' ? Character.digit(c, 16) : -1;
    }
}
