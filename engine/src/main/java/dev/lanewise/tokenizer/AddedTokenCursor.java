package dev.lanewise.tokenizer;

/**
 * Finds the added tokens of a text, from left to right, the longest where several begin. Reused; not thread-safe.
 *
 * <p>As in the reference, a place where a token was found but not taken (it is special and those are not parsed, or it touches
 * a word) is passed over as a whole, and a token that strips the white space after it does not keep the next one from
 * beginning there.
 */
final class AddedTokenCursor {
    private AddedTokenSet tokens;
    private char[] chars;
    private int to;
    private boolean parseSpecial;
    private int from;
    private int at;
    private int spaceEnd;

    /** What {@link #next} has found. */
    int id;
    int start;
    int end;

    /** Begins a text. */
    void over(AddedTokenSet set, char[] text, int length, boolean special) {
        tokens = set;
        chars = text;
        to = length;
        parseSpecial = special;
        at = 0;
        from = 0;
        start = 0;
        end = 0;
        spaceEnd = 0;
    }

    /** Finds the next token; false if there is none, and then {@link #end} is still that of the last. */
    boolean next() {
        for (; at < to; at++) {
            if (!tokens.mayStart(chars[at])) {
                continue;
            }
            long found = tokens.longest(chars, at, to);
            if (found == PieceTrie.NONE) {
                continue;
            }
            AddedToken token = tokens.token(found);
            int first = at;
            int last = (int) found;
            at = last;
            if (token.special() && !parseSpecial || token.singleWord() && touchesWord(first, last)) {
                at--;
                continue;
            }
            id = token.id();
            start = token.stripLeft() ? spaceStart(first) : first;
            end = token.stripRight() ? spaceEnd(last) : last;
            if (start >= end) {
                // White space that the token before has taken already; the reference gives up here.
                start = first;
            }
            from = end;
            return true;
        }
        return false;
    }

    private boolean touchesWord(int first, int last) {
        return first > 0 && isWord(Character.codePointBefore(chars, first, 0))
                || last < to && isWord(Character.codePointAt(chars, last, to));
    }

    /** Where the white space before a place begins, or the last token ends, if that is later. */
    private int spaceStart(int place) {
        int first = place;
        while (first > from && FrozenUnicode.isWhitespace(chars[first - 1])) {
            first--;
        }
        return Math.max(first, from);
    }

    /** Where the white space after a place ends. What one token has walked over, the next need not. */
    private int spaceEnd(int place) {
        int last = Math.max(place, spaceEnd);
        while (last < to && FrozenUnicode.isWhitespace(chars[last])) {
            last++;
        }
        spaceEnd = last;
        return last;
    }

    /** What {@code \w} means in a regular expression that knows Unicode (UTS 18, annex C). */
    private static boolean isWord(int c) {
        return Character.isAlphabetic(c) || c == 0x200C || c == 0x200D || switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK,
                    Character.DECIMAL_DIGIT_NUMBER, Character.CONNECTOR_PUNCTUATION ->
                true;
            default -> false;
        };
    }
}
