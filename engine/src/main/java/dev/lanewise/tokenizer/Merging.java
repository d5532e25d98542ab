package dev.lanewise.tokenizer;

/**
 * Models that begin with characters and merge neighbours: byte pair encoding (Sennrich et al. 2016), by the rank of a merge or
 * by the score of its result. Immutable and thread-safe.
 */
final class Merging implements TokenModel {
    /** Pieces of a single character of these, the most frequent, are found in a table. */
    private static final int TABLE = 0x250;

    private final Vocabulary vocabulary;
    private final MergeRule rule;
    private final int[] values = new int[TABLE];
    private final boolean wholeWords;
    private final int[] bytes; // [byte] ids, or null
    private final int unknown;
    private final boolean fuseUnknown;
    /** Characters that are no pieces are dropped before anything is merged. */
    private final boolean drops;

    /**
     * @param vocabulary the pieces that have ids
     * @param rule what is merged
     * @param wholeWords whether a word that is a piece is taken as it is, whatever the merges say
     * @param bytes the ids that characters which are no pieces are spelled with, byte by byte of UTF-8; null if they are not
     * @param unknown the id of what cannot be spelled otherwise, or -1 to drop it
     * @param fuseUnknown whether neighbours of that kind are one token
     */
    Merging(Vocabulary vocabulary, MergeRule rule, boolean wholeWords, int[] bytes, int unknown, boolean fuseUnknown) {
        this.vocabulary = vocabulary;
        this.rule = rule;
        this.wholeWords = wholeWords;
        this.bytes = bytes;
        this.unknown = unknown;
        this.fuseUnknown = fuseUnknown;
        drops = bytes == null && unknown == PieceTrie.NONE;
        for (int c = 0; c < TABLE; c++) {
            values[c] = rule.value(c);
        }
    }

    @Override
    public void encode(NormalizedText text, int from, int to, int typeId, Tokens out) {
        char[] chars = text.chars;
        if (wholeWords) {
            int id = vocabulary.trie().find(chars, from, to);
            if (id != PieceTrie.NONE) {
                out.addNormalized(text, id, typeId, from, to);
                return;
            }
        }
        Symbols symbols = out.symbols;
        symbols.begin(chars);
        for (int at = from; at < to;) {
            int c = text.codePointAt(at, to);
            int end = at + Character.charCount(c);
            int value = c < TABLE ? values[c] : rule.value(c);
            if (value != PieceTrie.NONE || !drops) {
                symbols.add(value, at, end);
            }
            at = end;
        }
        symbols.merge(rule);
        int unknownFrom = -1;
        int unknownTo = -1;
        for (int i = 0; i >= 0 && i < symbols.size; i = symbols.next(i)) {
            int id = rule.id(symbols.values[i]);
            int start = symbols.starts[i];
            int end = symbols.ends[i];
            if (id == PieceTrie.NONE && bytes == null) {
                if (unknownFrom >= 0 && !fuseUnknown) {
                    addUnknown(text, unknownFrom, unknownTo, typeId, out);
                    unknownFrom = -1;
                }
                unknownFrom = unknownFrom < 0 ? start : unknownFrom;
                unknownTo = end;
                continue;
            }
            if (unknownFrom >= 0) {
                addUnknown(text, unknownFrom, unknownTo, typeId, out);
                unknownFrom = -1;
            }
            if (id >= vocabulary.size()) {
                addUnknown(text, start, end, typeId, out);
            } else if (id == PieceTrie.NONE) {
                addBytes(text, text.codePointAt(start, end), start, end, bytes, typeId, out);
            } else {
                out.addNormalized(text, id, typeId, start, end);
            }
        }
        if (unknownFrom >= 0) {
            addUnknown(text, unknownFrom, unknownTo, typeId, out);
        }
    }

    private void addUnknown(NormalizedText text, int from, int to, int typeId, Tokens out) {
        if (unknown != PieceTrie.NONE) {
            out.addNormalized(text, unknown, typeId, from, to);
        }
    }

    /** Spells a character byte by byte; each byte stands for the same part of the text. */
    static void addBytes(NormalizedText text, int c, int from, int to, int[] bytes, int typeId, Tokens out) {
        if (c < 0x80) {
            out.addNormalized(text, bytes[c], typeId, from, to);
            return;
        }
        if (c < 0x800) {
            out.addNormalized(text, bytes[0xC0 | c >> 6], typeId, from, to);
        } else {
            if (c < 0x10000) {
                out.addNormalized(text, bytes[0xE0 | c >> 12], typeId, from, to);
            } else {
                out.addNormalized(text, bytes[0xF0 | c >> 18], typeId, from, to);
                out.addNormalized(text, bytes[0x80 | c >> 12 & 0x3F], typeId, from, to);
            }
            out.addNormalized(text, bytes[0x80 | c >> 6 & 0x3F], typeId, from, to);
        }
        out.addNormalized(text, bytes[0x80 | c & 0x3F], typeId, from, to);
    }
}
