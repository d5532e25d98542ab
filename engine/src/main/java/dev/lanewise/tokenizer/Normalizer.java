package dev.lanewise.tokenizer;

import java.util.Objects;

/**
 * A step that changes the characters of a text before it is divided. Steps follow each other as in {@code tokenizers}.
 * Immutable and thread-safe.
 */
public sealed interface Normalizer
        permits BertNormalizer, UnicodeForm, Charsmap, Normalizer.Spaces, Normalizer.Prepend, Normalizer.Replace,
        Normalizer.Lowercase, Normalizer.Strip {
    /**
     * Appends part of a text, normalised, each character with the index in {@code text} that it came from.
     *
     * @param text the text
     * @param from where the part begins
     * @param to where it ends
     * @param out what it is appended to
     * @param marks scratch, empty before and after
     */
    void normalize(char[] text, int from, int to, NormalizedText out, CombiningMarks marks);

    /**
     * SentencePiece's spaces.
     *
     * @param merged whether those at the ends go, and of neighbours one remains
     * @param before whether one is put before the text
     * @param after whether one is put behind it
     * @param space the character that they become
     */
    record Spaces(boolean merged, boolean before, boolean after, char space) implements Normalizer {
        @Override
        public void normalize(char[] text, int from, int to, NormalizedText out, CombiningMarks marks) {
            int first = out.length;
            if (before) {
                out.append(space, from);
            }
            boolean behindSpace = merged;
            boolean isBlank = merged && from < to;
            for (int i = from; i < to; i++) {
                boolean isSpace = text[i] == ' ';
                if (!isSpace || !behindSpace) {
                    out.append(isSpace ? space : text[i], i);
                }
                behindSpace = merged && isSpace;
                isBlank &= isSpace;
            }
            while (merged && out.length > first && out.chars[out.length - 1] == space) {
                out.length--;
            }
            if (after && !isBlank) {
                out.append(space, Math.max(from, to - 1));
            }
        }
    }

    /**
     * Puts something before a text that is not empty.
     *
     * @param prefix what
     */
    record Prepend(String prefix) implements Normalizer {
        /** Checks that it is there. */
        public Prepend {
            Objects.requireNonNull(prefix);
        }

        @Override
        public void normalize(char[] text, int from, int to, NormalizedText out, CombiningMarks marks) {
            if (from < to) {
                out.append(prefix, from);
            }
            out.append(text, from, to);
        }
    }

    /** Replaces whatever a pattern finds. */
    final class Replace implements Normalizer {
        private final String pattern;
        private final String content;
        private final PatternAutomaton automaton;

        /**
         * Makes the machine that finds the pattern.
         *
         * @param pattern a regular expression of the kind that published tokenizers use
         * @param content what takes the place of what it finds
         * @throws dev.lanewise.error.UnsupportedModelException if the pattern uses what is not supported
         */
        public Replace(String pattern, String content) {
            this.pattern = pattern;
            this.content = Objects.requireNonNull(content);
            automaton = PatternAutomaton.of(pattern);
        }

        /** Spaces as SentencePiece has them. */
        public static Replace spaces() {
            return new Replace(" ", "" + PreTokenizer.Metaspace.SPACE);
        }

        /** The pattern, as it was given. */
        public String pattern() {
            return pattern;
        }

        /** What takes the place of what it finds. */
        public String content() {
            return content;
        }

        @Override
        public void normalize(char[] text, int from, int to, NormalizedText out, CombiningMarks marks) {
            PatternAutomaton.Scratch scratch = out.search();
            automaton.begin(from, to, scratch);
            for (int at = from; at < to;) {
                int end = automaton.end(text, at, to, scratch);
                if (end > at) {
                    // The reference gives it the place of the last character that it stands for.
                    out.append(content, end - Character.charCount(Character.codePointBefore(text, end, at)));
                    at = end;
                } else {
                    int next = at + Character.charCount(Character.codePointAt(text, at, to));
                    out.append(text, at, next);
                    at = next;
                }
            }
        }
    }

    /** Lowers the case of letters, one by one, by no language's rules. */
    record Lowercase() implements Normalizer {
        @Override
        public void normalize(char[] text, int from, int to, NormalizedText out, CombiningMarks marks) {
            for (int i = from; i < to;) {
                int c = Character.codePointAt(text, i, to);
                if (c == 0x130) {
                    // The only character with a lower case of two: i with a dot above.
                    out.append('i', i);
                    out.append('\u0307', i);
                } else {
                    out.append(Character.toLowerCase(c), i);
                }
                i += Character.charCount(c);
            }
        }
    }

    /**
     * Drops white space at the ends.
     *
     * @param left whether at the beginning
     * @param right whether at the end
     */
    record Strip(boolean left, boolean right) implements Normalizer {
        @Override
        public void normalize(char[] text, int from, int to, NormalizedText out, CombiningMarks marks) {
            int start = from;
            int end = to;
            while (left && start < end && FrozenUnicode.isWhitespace(text[start])) {
                start++;
            }
            while (right && start < end && FrozenUnicode.isWhitespace(text[end - 1])) {
                end--;
            }
            out.append(text, start, end);
        }
    }
}
