package dev.lanewise.tokenizer;

/**
 * BERT's normaliser, as {@code tokenizers} has it: cleans the text, sets Chinese characters apart, strips accents, lowers the
 * case, in this order. Immutable and thread-safe.
 *
 * @param cleanText whether control characters, U+0000 and U+FFFD are dropped and every white space becomes a space
 * @param spaceChinese whether spaces are put around Chinese characters, so that each is a word
 * @param stripAccents whether characters are decomposed and nonspacing marks dropped
 * @param lowercase whether letters are lowered, one by one, by no language's rules
 */
public record BertNormalizer(boolean cleanText, boolean spaceChinese, boolean stripAccents, boolean lowercase)
        implements
            Normalizer {
    private static final int REPLACEMENT = 0xFFFD;
    private static final int HANGUL_FIRST = 0xAC00;
    private static final int HANGUL_LAST = 0xD7A3;

    /**
     * Appends part of a text, normalised. A surrogate without its partner counts as U+FFFD, which is what it is once the text
     * has been through UTF-8.
     *
     * @param text the text
     * @param from where the part begins
     * @param to where it ends
     * @param out what it is appended to
     * @param marks scratch, empty before and after
     */
    @Override
    public void normalize(char[] text, int from, int to, NormalizedText out, CombiningMarks marks) {
        for (int i = from; i < to;) {
            char c = text[i];
            if (c < 0x80) {
                ascii(c, i++, out, marks);
                continue;
            }
            int origin = i;
            int codePoint = Character.codePointAt(text, i, to);
            i += Character.charCount(codePoint);
            if (Character.isBmpCodePoint(codePoint) && Character.isSurrogate((char) codePoint)) {
                codePoint = REPLACEMENT;
            }
            if (cleanText) {
                if (codePoint == REPLACEMENT || FrozenUnicode
                        .category(FrozenUnicode.properties(codePoint)) == FrozenUnicode.CONTROL) {
                    continue;
                }
                if (FrozenUnicode.isWhitespace(codePoint)) {
                    codePoint = ' ';
                }
            }
            if (spaceChinese && isChinese(codePoint)) {
                marks.flush(out);
                out.append(' ', origin);
                strip(codePoint, origin, out, marks);
                out.append(' ', origin);
            } else {
                strip(codePoint, origin, out, marks);
            }
        }
        marks.flush(out);
    }

    private void ascii(char c, int origin, NormalizedText out, CombiningMarks marks) {
        char normalized = c;
        if (c < ' ' || c == 0x7F) {
            if (cleanText && c != '\t' && c != '\n' && c != '\r') {
                // Dropped before marks are sorted, so it does not part them.
                return;
            }
            normalized = cleanText ? ' ' : c;
        } else if (lowercase && c >= 'A' && c <= 'Z') {
            normalized = (char) (c | 0x20);
        }
        marks.flush(out);
        out.append(normalized, origin);
    }

    private void strip(int codePoint, int origin, NormalizedText out, CombiningMarks marks) {
        if (!stripAccents) {
            lower(codePoint, origin, out);
        } else if (codePoint >= HANGUL_FIRST && codePoint <= HANGUL_LAST) {
            marks.flush(out);
            hangul(codePoint - HANGUL_FIRST, origin, out);
        } else {
            int[] parts = Decomposition.of(codePoint);
            if (parts == null) {
                part(codePoint, origin, false, out, marks);
            } else {
                for (int i = 0; i < parts.length; i++) {
                    part(parts[i], origin, i > 0, out, marks);
                }
            }
        }
    }

    private void part(int codePoint, int origin, boolean split, NormalizedText out, CombiningMarks marks) {
        int properties = FrozenUnicode.properties(codePoint);
        if (FrozenUnicode.combiningClass(properties) != 0) {
            marks.add(codePoint, properties, origin, split);
            return;
        }
        marks.flush(out);
        if (FrozenUnicode.category(properties) != FrozenUnicode.NONSPACING_MARK) {
            lower(codePoint, origin, out);
        }
    }

    /** A syllable is arithmetic: 19 leads, 21 vowels, 28 tails, the first of which is none (Unicode, section 3.12). */
    private static void hangul(int syllable, int origin, NormalizedText out) {
        out.append((char) (0x1100 + syllable / (21 * 28)), origin);
        out.append((char) (0x1161 + syllable / 28 % 21), origin);
        int tail = syllable % 28;
        if (tail > 0) {
            out.append((char) (0x11A7 + tail), origin);
        }
    }

    private void lower(int codePoint, int origin, NormalizedText out) {
        if (!lowercase) {
            out.append(codePoint, origin);
        } else if (codePoint == 0x130) {
            // The only character with a lower case of two: i with a dot above.
            out.append('i', origin);
            out.append('\u0307', origin);
        } else {
            out.append(Character.toLowerCase(codePoint), origin);
        }
    }

    /** The blocks that BERT counts as Chinese; the reference begins the sixth at 2B920, where BERT had 2B820. */
    private static boolean isChinese(int c) {
        return c >= 0x3400
                && (c <= 0x4DBF || c >= 0x4E00 && c <= 0x9FFF || c >= 0xF900 && c <= 0xFAFF
                        || c >= 0x20000 && c <= 0x2A6DF || c >= 0x2A700 && c <= 0x2B73F
                        || c >= 0x2B740 && c <= 0x2B81F || c >= 0x2B920 && c <= 0x2CEAF
                        || c >= 0x2F800 && c <= 0x2FA1F);
    }
}
