package dev.lanewise.tokenizer;

import dev.lanewise.tokenizer.PieceModel.WordPieceModel;
import dev.lanewise.tokenizer.PreTokenizer.BertSplit;
import dev.lanewise.weights.Metadata.MetadataException;
import java.util.List;
import java.util.Objects;

/**
 * Everything that makes a tokenizer, as data: written by the converter, stored as metadata under {@value #PREFIX}, checked
 * when the tokenizer is made of it.
 *
 * @param vocabulary the pieces of the model by id; empty where an id has none; not to be changed
 * @param added the tokens that are found in the text before the model sees it
 * @param normalizers what is done to the text first, in this order
 * @param preTokenizers how it is divided and written then, in this order
 * @param model what turns the pieces into tokens
 * @param decoder what turns tokens into text
 * @param single what is put around a text
 * @param pair what is put around a pair of texts
 * @param offsets which part of the text a token stands for that has spaces at its ends
 * @param control the tokens by which texts begin and end
 */
public record TokenizerSpec(String[] vocabulary, List<AddedToken> added, List<Normalizer> normalizers,
        List<PreTokenizer> preTokenizers, PieceModel model, PieceDecoder decoder, Template single, Template pair,
        Offsets offsets, ControlTokens control) {

    /** The prefix of all its keys. */
    public static final String PREFIX = "tokenizer.";
    /**
     * Stands before {@value #PREFIX} in the keys of a second tokenizer: of what an encoder-decoder writes, where that is not
     * of the source's kind.
     */
    public static final String TARGET = "target_";
    /** Of each kind: published tokenizers have up to six. */
    static final int MOST_STEPS = 16;

    /** Which part of the text a token stands for that has spaces at its ends. */
    public enum Offsets {
        /** All of it. */
        WHOLE,
        /** It without the spaces. */
        TRIMMED,
        /** It without the spaces, but for the one that was put before the text. */
        TRIMMED_BEHIND_PREFIX
    }

    /** Checks that nothing is missing. */
    public TokenizerSpec {
        Objects.requireNonNull(vocabulary);
        added = List.copyOf(added);
        normalizers = List.copyOf(normalizers);
        preTokenizers = List.copyOf(preTokenizers);
        Objects.requireNonNull(model);
        Objects.requireNonNull(decoder);
        Objects.requireNonNull(single);
        Objects.requireNonNull(pair);
        Objects.requireNonNull(offsets);
        Objects.requireNonNull(control);
        if (normalizers.size() > MOST_STEPS || preTokenizers.size() > MOST_STEPS) {
            throw bad("pre_tokenizer.kinds", "at most " + MOST_STEPS + " steps",
                    Math.max(normalizers.size(), preTokenizers.size()) + "");
        }
    }

    /**
     * BERT's.
     *
     * @param vocabulary the pieces of the model by id; empty where an id has none; not to be changed
     * @param unknown the piece that stands for unknown words
     * @param continuation what the pieces that continue a word begin with
     * @param maxWord words of more characters than this are unknown
     * @param normalizer what is done to the text before the model sees it
     * @param added the tokens that are found in the text before that
     * @param single what is put around a text
     * @param pair what is put around a pair of texts
     * @param cleanUp whether decoding takes back the spaces that splitting puts before English punctuation and contractions
     */
    public static TokenizerSpec wordPiece(String[] vocabulary, String unknown, String continuation, int maxWord,
            BertNormalizer normalizer, List<AddedToken> added, Template single, Template pair, boolean cleanUp) {
        return new TokenizerSpec(vocabulary, added, List.of(normalizer), List.of(new BertSplit()),
                new WordPieceModel(unknown, continuation, maxWord), new WordPieceDecoder(continuation, cleanUp),
                single, pair, Offsets.WHOLE, ControlTokens.NONE);
    }

    /** The same with other tokens by which texts begin and end. */
    public TokenizerSpec withControl(ControlTokens other) {
        return new TokenizerSpec(vocabulary, added, normalizers, preTokenizers, model, decoder, single, pair, offsets,
                other);
    }

    /** A value that is wrong; the key without the prefix. */
    static MetadataException bad(String key, String expected, String found) {
        return new MetadataException(PREFIX + key, expected, found);
    }
}
