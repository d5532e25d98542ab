package dev.lanewise.tokenizer;

/** BERT's words: what lies between white space, each character of punctuation apart. */
final class BertWords {
    private static final byte WORD = 0;
    private static final byte SPACE = 1;
    private static final byte PUNCTUATION = 2;
    private static final byte[] ASCII = new byte[0x80];

    static {
        for (int c = 0; c < ASCII.length; c++) {
            ASCII[c] = lookUp(c);
        }
    }

    private BertWords() {}

    /** Where the next word begins, or {@code to} if there is none. */
    static int start(NormalizedText text, int from, int to) {
        int at = from;
        // All white space is in the BMP.
        while (at < to && kind(text.chars[at]) == SPACE) {
            at++;
        }
        return at;
    }

    /** Where the word ends that begins at {@code start}. */
    static int end(NormalizedText text, int start, int to) {
        int at = start;
        while (at < to) {
            int c = text.codePointAt(at, to);
            int kind = kind(c);
            if (kind == WORD) {
                at += Character.charCount(c);
            } else {
                return at == start && kind == PUNCTUATION ? at + Character.charCount(c) : at;
            }
        }
        return at;
    }

    private static byte kind(int c) {
        return c < ASCII.length ? ASCII[c] : lookUp(c);
    }

    private static byte lookUp(int c) {
        if (FrozenUnicode.isWhitespace(c)) {
            return SPACE;
        }
        return FrozenUnicode.category(FrozenUnicode.properties(c)) == FrozenUnicode.PUNCTUATION ? PUNCTUATION : WORD;
    }
}
