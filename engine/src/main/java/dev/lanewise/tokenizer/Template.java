package dev.lanewise.tokenizer;

import dev.lanewise.weights.Metadata;

/**
 * What the model wants around a text or a pair of texts: BERT's {@code [CLS] A [SEP]}. Immutable and thread-safe.
 *
 * @param ids ids of the tokens, with {@link #A} and {@link #B} where the texts go; not to be changed
 * @param typeIds the type of each of them, and of all tokens of a text; not to be changed
 */
public record Template(int[] ids, int[] typeIds) {
    /** The place of the text, or of the first of two. */
    public static final int A = -1;
    /** The place of the second of two texts. */
    public static final int B = -2;
    /** The text alone, with type 0. */
    public static final Template PLAIN = new Template(new int[]{A}, new int[]{0});
    /** Two texts, with types 0 and 1. */
    public static final Template PLAIN_PAIR = new Template(new int[]{A, B}, new int[]{0, 1});

    private static final int LONGEST = 1024;
    private static final int MOST_TYPES = 1 << 16;

    static Template read(Metadata.Reader in, String key) {
        return new Template(in.integers(key + ".ids"), in.integers(key + ".type_ids"));
    }

    /** Checks that each text has one place, and that every token is known. */
    void check(String key, boolean pair, Vocabulary vocabulary) {
        if (ids.length > LONGEST) {
            throw TokenizerSpec.bad(key + ".ids", "at most " + LONGEST + " tokens", ids.length + "");
        }
        if (typeIds.length != ids.length) {
            throw TokenizerSpec.bad(key + ".type_ids", "as many as ids, " + ids.length, typeIds.length + "");
        }
        int a = 0;
        int b = 0;
        for (int i = 0; i < ids.length; i++) {
            a += ids[i] == A ? 1 : 0;
            b += ids[i] == B ? 1 : 0;
            if (ids[i] < B || ids[i] >= 0 && vocabulary.piece(ids[i]) == null) {
                throw TokenizerSpec.bad(key + ".ids", "ids of tokens, " + A + " and " + B, ids[i] + "");
            }
            if (typeIds[i] < 0 || typeIds[i] > MOST_TYPES) {
                throw TokenizerSpec.bad(key + ".type_ids", "0 to " + MOST_TYPES, typeIds[i] + "");
            }
        }
        if (a != 1 || b != (pair ? 1 : 0)) {
            throw TokenizerSpec.bad(key + ".ids", pair ? A + " and " + B + " once each" : A + " once, no " + B,
                    a + " and " + b + " of them");
        }
    }
}
