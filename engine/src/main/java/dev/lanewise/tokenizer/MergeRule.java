package dev.lanewise.tokenizer;

/** Which neighbours are merged, and which first. Immutable and thread-safe. */
sealed interface MergeRule {
    /** The two are not merged. */
    long NONE = Long.MAX_VALUE;

    /**
     * What becomes of two neighbours.
     *
     * @return {@code order << 32 | value}: the least order is merged first, and the value is what the whole is known by; or
     *         {@link #NONE}
     */
    long find(Symbols symbols, int left, int right);

    /** What a character is known by, or -1 if it is not known at all. */
    int value(int codePoint);

    /** The id of a value, or -1 if it is none of a piece. */
    int id(int value);

    /** By a list of merges, the first of which comes first; symbols are known by their ids. */
    record ByRank(PairTable merges, PieceTrie pieces) implements MergeRule {
        @Override
        public long find(Symbols symbols, int left, int right) {
            int first = symbols.values[left];
            int second = symbols.values[right];
            long merge = first < 0 || second < 0 ? PairTable.NONE : merges.find(first, second);
            return merge == PairTable.NONE ? NONE : merge;
        }

        @Override
        public int value(int codePoint) {
            int node = pieces.node(codePoint);
            return node == PieceTrie.NONE ? PieceTrie.NONE : pieces.id(node);
        }

        @Override
        public int id(int value) {
            return value;
        }
    }

    /**
     * By the score of the whole, the highest of which comes first; symbols are known by their nodes in the vocabulary.
     *
     * @param pieces the vocabulary
     * @param orders by id, ascending where scores descend; {@link #NEVER} for pieces that nothing is merged to
     */
    record ByScore(PieceTrie pieces, int[] orders) implements MergeRule {
        /** The order of what is never merged. */
        static final int NEVER = Integer.MAX_VALUE;

        @Override
        public long find(Symbols symbols, int left, int right) {
            int node = symbols.values[left];
            for (int at = symbols.starts[right]; at < symbols.ends[right] && node != PieceTrie.NONE; at++) {
                node = pieces.child(node, symbols.chars[at]);
            }
            if (node == PieceTrie.NONE || pieces.id(node) == PieceTrie.NONE || orders[pieces.id(node)] == NEVER) {
                return NONE;
            }
            return (long) orders[pieces.id(node)] << 32 | node;
        }

        @Override
        public int value(int codePoint) {
            return pieces.node(codePoint);
        }

        @Override
        public int id(int value) {
            return value == PieceTrie.NONE ? PieceTrie.NONE : pieces.id(value);
        }
    }
}
