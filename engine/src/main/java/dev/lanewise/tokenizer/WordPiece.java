package dev.lanewise.tokenizer;

/**
 * The WordPiece model: a word is cut into the longest pieces that the vocabulary has, from its beginning on; a word that
 * cannot be cut to its end is unknown as a whole (Wu et al. 2016, section 4.1; Devlin et al. 2018). Immutable and thread-safe.
 */
final class WordPiece implements TokenModel {
    private final PieceTrie pieces;
    /** Where the walk begins inside a word: behind the prefix that marks continuing pieces. */
    private final int continuation;
    private final int unknown;
    private final int maxWord;

    /**
     * @param pieces the vocabulary
     * @param prefix what continuing pieces begin with
     * @param unknown the id of unknown words
     * @param maxWord words of more characters are unknown
     */
    WordPiece(PieceTrie pieces, String prefix, int unknown, int maxWord) {
        this.pieces = pieces;
        this.continuation = pieces.node(prefix);
        this.unknown = unknown;
        this.maxWord = maxWord;
    }

    @Override
    public void encode(NormalizedText text, int from, int to, int typeId, Tokens out) {
        char[] chars = text.chars;
        int before = out.size();
        boolean known = to - from <= maxWord || Character.codePointCount(chars, from, to - from) <= maxWord;
        for (int start = from; known && start < to;) {
            int id = PieceTrie.NONE;
            int end = start;
            int node = start == from ? PieceTrie.ROOT : continuation;
            for (int at = start; at < to && node != PieceTrie.NONE;) {
                node = pieces.child(node, chars[at++]);
                if (node != PieceTrie.NONE && pieces.id(node) != PieceTrie.NONE) {
                    id = pieces.id(node);
                    end = at;
                }
            }
            known = id != PieceTrie.NONE;
            if (known) {
                out.addNormalized(text, id, typeId, start, end);
                start = end;
            }
        }
        if (!known) {
            out.shrinkTo(before);
            out.addNormalized(text, unknown, typeId, from, to);
        }
    }
}
