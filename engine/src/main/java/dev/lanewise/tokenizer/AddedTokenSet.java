package dev.lanewise.tokenizer;

import java.util.List;

/** Added tokens to look for in one kind of text, plain or normalised. Immutable and thread-safe. */
final class AddedTokenSet {
    private final PieceTrie trie = new PieceTrie(0);
    private final AddedToken[] tokens;
    /** A bit for each first character, by its lowest six bits: most texts are passed over without a walk. */
    private long firsts;

    /**
     * @param tokens the tokens
     * @param patterns what each looks like in the text; none is empty, none is there twice
     */
    AddedTokenSet(List<AddedToken> tokens, List<String> patterns) {
        this.tokens = tokens.toArray(new AddedToken[0]);
        for (int i = 0; i < this.tokens.length; i++) {
            trie.add(patterns.get(i), i);
            firsts |= 1L << patterns.get(i).charAt(0);
        }
    }

    boolean mayStart(char c) {
        return (firsts & 1L << c) != 0;
    }

    /** The longest token at a place: {@code index << 32 | end}; or {@link PieceTrie#NONE}. */
    long longest(char[] chars, int from, int to) {
        return trie.match(chars, from, to, true);
    }

    AddedToken token(long found) {
        return tokens[(int) (found >>> 32)];
    }
}
