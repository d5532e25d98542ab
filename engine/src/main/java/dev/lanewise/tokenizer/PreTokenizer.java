package dev.lanewise.tokenizer;

import dev.lanewise.error.UnsupportedModelException;

/**
 * A step that prepares the text for the model, which sees each piece alone: it divides the pieces of the step before, or writes
 * them anew. Steps follow each other as in {@code tokenizers}. Immutable and thread-safe.
 */
public sealed interface PreTokenizer {
    /** Makes the step's pieces of those of the step before. */
    void apply(Pieces pieces);

    /** BERT's words: white space divides and is dropped, each character of punctuation stands alone. */
    record BertSplit() implements PreTokenizer {
        @Override
        public void apply(Pieces pieces) {
            pieces.divide();
            for (int i = 0; i < pieces.count; i++) {
                int to = pieces.ends[i];
                for (int start = BertWords.start(pieces.text, pieces.starts[i], to); start < to;) {
                    int end = BertWords.end(pieces.text, start, to);
                    pieces.add(start, end);
                    start = BertWords.start(pieces.text, end, to);
                }
            }
            pieces.done();
        }
    }

    /** What becomes of what a pattern finds. */
    enum Behavior {
        /** It is a piece of its own. */
        ISOLATED,
        /** It is dropped. */
        REMOVED,
        /** It belongs to what stands before it. */
        MERGED_WITH_PREVIOUS,
        /** It belongs to what stands behind it. */
        MERGED_WITH_NEXT,
        /** It is a piece together with its like beside it. */
        CONTIGUOUS;

        /** Whether a piece may have several parts. */
        boolean merges() {
            return this != ISOLATED && this != REMOVED;
        }

        /** Where it {@link #merges}, whether a part, which was looked for or not, belongs to the one before. */
        boolean joins(boolean found, boolean before) {
            return this == CONTIGUOUS
                    ? found == before
                    : this == MERGED_WITH_PREVIOUS ? found && !before : !found && before;
        }
    }

    /** Divides by a pattern. */
    final class PatternSplit implements PreTokenizer {
        private final String pattern;
        private final Behavior behavior;
        private final boolean inverted;
        private final PatternAutomaton automaton;

        /**
         * Makes the machine that finds the pattern.
         *
         * @param pattern a regular expression of the kind that published tokenizers use
         * @param behavior what becomes of what it finds
         * @param inverted whether what lies between counts as found, instead
         * @throws UnsupportedModelException if the pattern uses what is not supported
         */
        public PatternSplit(String pattern, Behavior behavior, boolean inverted) {
            this.pattern = pattern;
            this.behavior = behavior;
            this.inverted = inverted;
            automaton = PatternAutomaton.of(pattern);
        }

        /** The pattern, as it was given. */
        public String pattern() {
            return pattern;
        }

        /** What becomes of what it finds. */
        public Behavior behavior() {
            return behavior;
        }

        /** Whether what lies between counts as found. */
        public boolean inverted() {
            return inverted;
        }

        @Override
        public void apply(Pieces pieces) {
            pieces.divide();
            for (int i = 0; i < pieces.count; i++) {
                divide(pieces, pieces.starts[i], pieces.ends[i]);
            }
            pieces.done();
        }

        private void divide(Pieces pieces, int from, int to) {
            char[] chars = pieces.text.chars;
            automaton.begin(from, to, pieces.search);
            Divider divider = pieces.divider;
            divider.begin(pieces, behavior, from);
            int between = from;
            for (int at = from; at < to;) {
                int end = automaton.end(chars, at, to, pieces.search);
                if (end <= at) {
                    at += Character.charCount(Character.codePointAt(chars, at, to));
                    continue;
                }
                if (between < at) {
                    divider.part(between, at, inverted);
                }
                divider.part(at, end, !inverted);
                at = end;
                between = end;
            }
            if (between < to) {
                divider.part(between, to, inverted);
            }
            divider.finish();
        }
    }

    /** A space before every piece that does not begin with one. */
    record PrefixSpace() implements PreTokenizer {
        private static final Metaspace SPACES = new Metaspace(' ', Prefix.ALWAYS);

        @Override
        public void apply(Pieces pieces) {
            SPACES.apply(pieces);
        }
    }

    /** The bytes of UTF-8, each as a character that can be seen (GPT-2's alphabet). */
    record ByteLevel() implements PreTokenizer {
        @Override
        public void apply(Pieces pieces) {
            NormalizedText from = pieces.text;
            NormalizedText to = pieces.rewrite();
            for (int i = 0; i < pieces.count; i++) {
                int start = to.length;
                int at = pieces.starts[i];
                while (at < pieces.ends[i]) {
                    int c = from.codePointAt(at, pieces.ends[i]);
                    ByteAlphabet.append(c, from.origins[at], to);
                    at += Character.charCount(c);
                }
                pieces.add(start, to.length);
            }
            pieces.done();
        }
    }

    /** When SentencePiece's space is put before a text. */
    enum Prefix {
        /** Before every piece that does not begin with it. */
        ALWAYS,
        /** Before the piece that the whole text begins with, if it does not begin with it. */
        FIRST,
        /** Never. */
        NEVER
    }

    /**
     * Spaces as a character that can be seen, as SentencePiece has it.
     *
     * @param space that character
     * @param prefix when one is put before a text
     */
    record Metaspace(char space, Prefix prefix) implements PreTokenizer {
        /** SentencePiece's, U+2581. */
        public static final char SPACE = '\u2581';

        @Override
        public void apply(Pieces pieces) {
            NormalizedText from = pieces.text;
            NormalizedText to = pieces.rewrite();
            for (int i = 0; i < pieces.count; i++) {
                int start = to.length;
                int at = pieces.starts[i];
                char c = from.chars[at];
                if (c != ' ' && c != space
                        && (prefix == Prefix.ALWAYS || prefix == Prefix.FIRST && from.origins[at] == 0)) {
                    to.append(space, from.origins[at]);
                }
                for (; at < pieces.ends[i]; at++) {
                    to.append(from.chars[at] == ' ' ? space : from.chars[at], from.origins[at]);
                }
                pieces.add(start, to.length);
            }
            pieces.done();
        }
    }
}
