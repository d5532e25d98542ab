package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.ControlTokens;
import dev.lanewise.tokenizer.Normalizer;
import dev.lanewise.tokenizer.PieceDecoder;
import dev.lanewise.tokenizer.PieceModel;
import dev.lanewise.tokenizer.PieceModel.Fallback;
import dev.lanewise.tokenizer.PieceModel.MergesModel;
import dev.lanewise.tokenizer.PieceModel.WordPieceModel;
import dev.lanewise.tokenizer.PreTokenizer;
import dev.lanewise.tokenizer.PreTokenizer.Behavior;
import dev.lanewise.tokenizer.PreTokenizer.Metaspace;
import dev.lanewise.tokenizer.PreTokenizer.PatternSplit;
import dev.lanewise.tokenizer.SentenceDecoder;
import dev.lanewise.tokenizer.SentenceDecoder.Strip;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.tokenizer.TokenizerSpec.Offsets;
import dev.lanewise.tokenizer.WordPieceDecoder;
import dev.lanewise.weights.Metadata.MetadataException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A tokenizer of a vocabulary alone, with nothing that says how a text is divided: white space does it, and what lies between is
 * a token or unknown. Where tokens are single characters, a word that is no token is its characters.
 */
public final class VocabularyTokenizer {
    /** No piece begins with it, so that no word goes on with another piece. */
    private static final String NOTHING = "\uFFFE";
    private static final int LONGEST_WORD = 1000;

    private VocabularyTokenizer() {}

    /** How a text comes to be tokens. */
    public enum Units {
        /** Each character. */
        CHARACTERS,
        /** Each word. */
        WORDS,
        /** Each piece of SentencePiece, with white space between. */
        PIECES;

        /** What the tokens of a vocabulary are by their looks, those that steer the model aside. */
        public static Units of(List<String> tokens, Set<String> special) {
            boolean characters = true;
            for (String token : tokens) {
                if (!special.contains(token)) {
                    if (token.startsWith("" + Metaspace.SPACE)) {
                        return PIECES;
                    }
                    characters &= token.codePointCount(0, token.length()) <= 1;
                }
            }
            return characters ? CHARACTERS : WORDS;
        }
    }

    /**
     * The tokenizer.
     *
     * @param file the name that failures give
     * @param tokens by id; an id that has none has the empty text
     * @param special those that steer the model
     * @param unknown the one that stands for what is no token
     * @param read what a text is made of
     * @param written what a text is made of that is decoded: words are parted by spaces
     * @param lowercase whether the case of letters is lowered
     * @param single what is put around a text
     * @throws ModelFormatException if a token is there twice, or none is unknown
     */
    public static Tokenizer of(String file, List<String> tokens, Set<String> special, String unknown, Units read,
            Units written, boolean lowercase, Template single) {
        List<AddedToken> added = new ArrayList<>();
        String[] vocabulary = tokens.toArray(String[]::new);
        for (int id = 0; id < vocabulary.length; id++) {
            if (special.contains(vocabulary[id])) {
                added.add(AddedToken.special(id, vocabulary[id]));
                // A word that is unknown is a piece as well.
                vocabulary[id] = vocabulary[id].equals(unknown) ? unknown : "";
            }
        }
        boolean byCharacter = read == Units.CHARACTERS;
        PieceModel model = byCharacter
                ? new MergesModel(new int[0], true, new Fallback(false, unknown, false))
                : new WordPieceModel(unknown, NOTHING, LONGEST_WORD);
        PieceDecoder decoder = written == Units.WORDS
                ? new WordPieceDecoder(NOTHING, false)
                : new SentenceDecoder(written == Units.PIECES ? Metaspace.SPACE : ' ', false,
                        written == Units.PIECES ? Strip.SPACE : Strip.NOTHING);
        List<PreTokenizer> words = List.of(new PatternSplit("\\s", Behavior.REMOVED, false));
        int[] pair = Arrays.copyOf(single.ids(), single.ids().length + 1);
        pair[pair.length - 1] = Template.B;
        try {
            return new Tokenizer(new TokenizerSpec(vocabulary, added,
                    lowercase ? List.of(new Normalizer.Lowercase()) : List.of(), words, model, decoder, single,
                    new Template(pair, new int[pair.length]), Offsets.WHOLE, ControlTokens.NONE));
        } catch (MetadataException e) {
            throw new ModelFormatException(file, -1, e.key(), e.expected(), e.found());
        }
    }
}
