package dev.lanewise.tokenizer;

import java.util.ArrayList;
import java.util.List;

/** A small BERT tokenizer for tests. */
final class SmallTokenizer {
    static final String[] VOCABULARY = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "cafe",
            "hello", "world", ",", "!", "\u4E2D", "\u6587", "a", "##a", "", "i", "##\u0307", "\u0130x", "\uD83D\uDE00",
            "##\uD83D\uDE00", "[", "]", "sep", "'", "s", "\uFFFD", "foo", "##b"};
    static final Template SINGLE = new Template(new int[]{2, Template.A, 3}, new int[]{0, 0, 0});
    static final Template PAIR = new Template(new int[]{2, Template.A, 3, Template.B, 3}, new int[]{0, 0, 0, 1, 1});
    static final BertNormalizer UNCASED = new BertNormalizer(true, true, true, true);
    static final BertNormalizer CASED = new BertNormalizer(true, true, false, false);
    static final BertNormalizer NOTHING = new BertNormalizer(false, false, false, false);

    private SmallTokenizer() {}

    static TokenizerSpec spec(BertNormalizer normalizer, AddedToken... more) {
        List<AddedToken> added = new ArrayList<>();
        for (int id = 0; id < 5; id++) {
            added.add(AddedToken.special(id, VOCABULARY[id]));
        }
        added.addAll(List.of(more));
        return TokenizerSpec.wordPiece(VOCABULARY.clone(), "[UNK]", "##", 100, normalizer, added, SINGLE, PAIR, true);
    }

    static Tokenizer uncased(AddedToken... more) {
        return new Tokenizer(spec(UNCASED, more));
    }

    /** Tokens as text: each piece with its offsets. */
    static String show(Tokenizer tokenizer, Tokens tokens) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < tokens.size(); i++) {
            out.append(i > 0 ? " " : "").append(tokenizer.piece(tokens.id(i))).append(':').append(tokens.start(i))
                    .append('-').append(tokens.end(i));
        }
        return out.toString();
    }
}
