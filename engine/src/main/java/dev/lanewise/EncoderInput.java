package dev.lanewise;

import dev.lanewise.error.TextTooLongException;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokens;
import java.util.Objects;

/** How texts and ids get into a batch, what all that ask an encoder share. Immutable. */
final class EncoderInput {
    /** Tokens computed together, at most, unless a single text has more: enough for full speed, and it bounds the memory. */
    static final int BATCH_TOKENS = 1024;

    private final Model model;
    private final int maxTokens;
    private final Truncation truncation;

    /** @param said how many tokens a text may have by the model's file, 0 for as many as the model takes */
    EncoderInput(Model model, int said, Truncation truncation) {
        this.model = model;
        maxTokens = said == 0 ? model.maxTokens() : Math.min(said, model.maxTokens());
        this.truncation = Objects.requireNonNull(truncation, "truncation");
    }

    int maxTokens() {
        return maxTokens;
    }

    /**
     * Adds a text, or a pair of texts.
     *
     * @param second null for none
     * @return whether it was cut
     */
    boolean add(SessionPool.Lease lease, CharSequence first, CharSequence second) {
        Tokens tokens = lease.tokens();
        boolean cut = encode(tokens, first, second);
        lease.session().batch().add(tokens.ids(), hasTypes() ? tokens.typeIds() : null, 0, tokens.size());
        return cut;
    }

    /** Whether the types of tokens matter. */
    boolean hasTypes() {
        return model.spec().embedding().tokenTypes() > 1;
    }

    /**
     * The tokens of a text, or a pair of texts.
     *
     * @param second null for none
     * @return whether it was cut
     */
    boolean encode(Tokens tokens, CharSequence first, CharSequence second) {
        if (second == null) {
            model.tokenizer().encode(first, EncodeOptions.DEFAULT, tokens);
        } else {
            model.tokenizer().encode(first, second, EncodeOptions.DEFAULT, tokens);
        }
        boolean cut = tokens.size() > maxTokens;
        if (cut) {
            boolean ofSecond = truncation == Truncation.SECOND && second != null;
            if (truncation == Truncation.REFUSE || ofSecond && tokens.sizeWithoutSecond() >= maxTokens) {
                throw new TextTooLongException(tokens.size(), maxTokens);
            }
            if (ofSecond) {
                tokens.truncateSecond(maxTokens);
            } else {
                tokens.truncate(maxTokens);
            }
        }
        if (tokens.size() == 0) {
            throw new IllegalArgumentException("the text has no tokens: there is nothing to compute");
        }
        return cut;
    }

    /**
     * Makes a batch of token ids.
     *
     * @param types as long as the ids, or null for all 0
     */
    void ids(SessionPool.Lease lease, int[] ids, int[] types, int from, int to) {
        lease.session().batch().clear();
        lease.session().batch().add(ids, types, from, to);
    }

    void check(int[] ids, int[] tokenTypes, int from, int to) {
        Objects.checkFromToIndex(from, to, ids.length);
        if (from == to) {
            throw new IllegalArgumentException("there are no ids: there is nothing to compute");
        }
        if (to - from > model.maxTokens()) {
            throw new TextTooLongException(to - from, model.maxTokens());
        }
        int types = model.spec().embedding().tokenTypes();
        if (tokenTypes != null && (types == 0 || tokenTypes.length != ids.length)) {
            throw new IllegalArgumentException(types == 0
                    ? "the model has no token types"
                    : tokenTypes.length + " token types for " + ids.length + " ids");
        }
        model.checkIds(ids, from, to);
        for (int i = from; i < to; i++) {
            if (tokenTypes != null && (tokenTypes[i] < 0 || tokenTypes[i] >= types)) {
                throw new IllegalArgumentException("token type " + tokenTypes[i] + " at " + i
                        + ": the model has types 0 to " + (types - 1));
            }
        }
    }
}
