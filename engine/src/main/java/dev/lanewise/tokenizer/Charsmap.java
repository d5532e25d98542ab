package dev.lanewise.tokenizer;

import dev.lanewise.weights.Metadata;
import java.text.BreakIterator;
import java.util.Locale;

/**
 * Replaces parts of a text by a table, as SentencePiece does it with the rules that its models carry. Immutable and thread-safe.
 *
 * <p>SentencePiece takes the longest rule at every place. {@code tokenizers} looks at grapheme clusters and takes the
 * shortest: a cluster of less than six bytes of UTF-8 that begins with what a rule replaces is replaced as a whole, and what
 * the rule does not know of it is lost; of another, its characters are looked at one by one. Models were trained with
 * either, so both are here.
 */
public final class Charsmap implements Normalizer {
    private static final String BETWEEN = "\0";
    /** No character below joins another, but for a line feed behind a carriage return. */
    private static final char FIRST_JOINING = 0x300;
    private static final int LARGEST_CLUSTER = 6;
    private static final char REPLACEMENT = 0xFFFD;

    private final String patterns;
    private final String contents;
    private final boolean clusters;
    private final PieceTrie trie = new PieceTrie(0);
    private final String[] content; // [rule]

    /**
     * Of rules.
     *
     * @param patterns what is replaced, each once, with U+0000 between
     * @param contents what takes its place, in the same order, with U+0000 between
     * @param clusters whether grapheme clusters are looked at, as {@code tokenizers} does it
     * @throws dev.lanewise.weights.Metadata.MetadataException if the two do not belong together, or one is too long
     */
    public Charsmap(String patterns, String contents, boolean clusters) {
        this.patterns = patterns;
        this.contents = contents;
        this.clusters = clusters;
        String[] pattern = patterns.split(BETWEEN, -1);
        content = contents.split(BETWEEN, -1);
        if (pattern.length != content.length || patterns.length() >= PieceTrie.MOST_NODES) {
            throw TokenizerSpec.bad("normalizer.first", "as many patterns as contents, and fewer than "
                    + PieceTrie.MOST_NODES + " characters", pattern.length + ", " + content.length);
        }
        for (int i = 0; i < pattern.length; i++) {
            Vocabulary.checkText("normalizer.first", pattern[i]);
            if (content[i].length() > Vocabulary.LONGEST || trie.add(pattern[i], i) != PieceTrie.NONE) {
                throw TokenizerSpec.bad("normalizer.first", "every pattern once, no long contents",
                        Metadata.quoted(pattern[i]));
            }
        }
    }

    /** What is replaced, as it was given. */
    public String patterns() {
        return patterns;
    }

    /** What takes its place, as it was given. */
    public String contents() {
        return contents;
    }

    /** Whether grapheme clusters are looked at. */
    public boolean clusters() {
        return clusters;
    }

    @Override
    public void normalize(char[] text, int from, int to, NormalizedText out, CombiningMarks marks) {
        if (clusters) {
            int first = out.length;
            byCluster(text, from, to, out);
            place(text, from, to, first, out);
            return;
        }
        for (int at = from; at < to;) {
            long found = find(text, at, to, true);
            if (found == PieceTrie.NONE) {
                int end = at + Character.charCount(Character.codePointAt(text, at, to));
                out.append(text, at, end);
                at = end;
            } else {
                out.append(content[(int) (found >>> 32)], at);
                at = (int) found;
            }
        }
    }

    /** Writes the text, and in place of the origins how many characters each is behind (1) or ahead of (-n) the text. */
    private void byCluster(char[] text, int from, int to, NormalizedText out) {
        BreakIterator breaks = null;
        int offset = 0;
        int first = out.length;
        for (int at = from; at < to;) {
            int end = at + 1;
            boolean alone = end == to || text[at] < FIRST_JOINING && text[end] < FIRST_JOINING
                    && (text[at] != '\r' || text[end] != '\n');
            if (!alone) {
                if (breaks == null) {
                    breaks = BreakIterator.getCharacterInstance(Locale.ROOT);
                    breaks.setText(assigned(text, at, to));
                    offset = at;
                }
                end = offset + breaks.following(at - offset);
            }
            long found = PieceTrie.NONE;
            if (utf8Length(text, at, end) < LARGEST_CLUSTER) {
                found = find(text, at, end, false);
            }
            if (found != PieceTrie.NONE) {
                replace(found, Character.codePointCount(text, at, end - at), first, out);
                at = end;
                continue;
            }
            while (at < end) {
                int next = at + Character.charCount(Character.codePointAt(text, at, end));
                found = find(text, at, next, false);
                if (found == PieceTrie.NONE) {
                    int kept = out.length;
                    out.append(text, at, next);
                    out.origins[kept] = 0;
                } else {
                    replace(found, 1, first, out);
                }
                at = next;
            }
        }
    }

    /**
     * A text that is divided alike: what is no character yet begins a cluster, as Unicode has it; the JDK takes it for a
     * control, which is right for a few alone that are to be ignored.
     */
    private static String assigned(char[] text, int from, int to) {
        StringBuilder out = new StringBuilder(to - from);
        for (int i = from; i < to;) {
            int c = Character.codePointAt(text, i, to);
            i += Character.charCount(c);
            int type = Character.getType(c);
            boolean ignored = c == 0x2065 || c >= 0xFFF0 && c <= 0xFFF8 || c >> 12 == 0xE0;
            if (type == Character.SURROGATE || type == Character.UNASSIGNED && !ignored) {
                c = Character.isBmpCodePoint(c) ? REPLACEMENT : 0x20000;
            }
            out.appendCodePoint(c);
        }
        return out.toString();
    }

    private void replace(long found, int before, int first, NormalizedText out) {
        String by = content[(int) (found >>> 32)];
        int fewer = before;
        for (int i = 0; i < by.length();) {
            int c = by.codePointAt(i);
            out.append(c, fewer-- > 0 ? 0 : 1);
            i += Character.charCount(c);
        }
        if (fewer > 0 && out.length > first) {
            int last = out.length - Character.charCount(Character.codePointBefore(out.chars, out.length, first));
            out.origins[last] -= fewer;
        }
    }

    /** Hands out the origins by position, as the reference does: what is new shares that of the character before. */
    private static void place(char[] text, int from, int to, int first, NormalizedText out) {
        int last = from;
        int next = from;
        for (int i = first; i < out.length;) {
            int change = out.origins[i];
            if (change <= 0) {
                last = Math.min(next, to - 1);
                for (; change <= 0 && next < to; change++) {
                    next += Character.charCount(Character.codePointAt(text, next, to));
                }
            }
            for (int end = i + Character.charCount(out.codePointAt(i, out.length)); i < end; i++) {
                out.origins[i] = last;
            }
        }
    }

    /** The rule for what stands at a place, the longest or the shortest: {@code rule << 32 | end}. */
    private long find(char[] text, int from, int to, boolean longest) {
        if (Character.isSurrogate(text[from]) && Character.charCount(Character.codePointAt(text, from, to)) == 1) {
            int rule = trie.find("" + REPLACEMENT);
            return rule == PieceTrie.NONE ? PieceTrie.NONE : (long) rule << 32 | from + 1;
        }
        return trie.match(text, from, to, longest);
    }

    private static int utf8Length(char[] text, int from, int to) {
        int length = 0;
        for (int i = from; i < to && length < LARGEST_CLUSTER; i++) {
            // Each half of a pair counts for two of its four bytes.
            length += text[i] < 0x80 ? 1 : text[i] < 0x800 || Character.isSurrogate(text[i]) ? 2 : 3;
        }
        return length;
    }
}
