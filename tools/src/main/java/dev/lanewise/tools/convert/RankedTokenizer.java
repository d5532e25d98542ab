package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.ByteLevelDecoder;
import dev.lanewise.tokenizer.ControlTokens;
import dev.lanewise.tokenizer.PieceModel.Fallback;
import dev.lanewise.tokenizer.PieceModel.MergesModel;
import dev.lanewise.tokenizer.PreTokenizer.Behavior;
import dev.lanewise.tokenizer.PreTokenizer.ByteLevel;
import dev.lanewise.tokenizer.PreTokenizer.PatternSplit;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.weights.Metadata.MetadataException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Whisper's tokenizer of its vocabulary alone: as with tiktoken, the id of a piece says when it is merged, whatever two pieces it is
 * made of, and a word that is a piece is taken as it is.
 */
public final class RankedTokenizer {
    private static final String WORDS = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+"
            + "|\\s+(?!\\S)|\\s+";
    private static final String FIRST_CONTROL = "<|endoftext|>";
    /** Longer pieces, of which there are none, are words as they are or nothing. */
    private static final int LONGEST = 256;

    private RankedTokenizer() {}

    /**
     * The tokenizer.
     *
     * @param file where the vocabulary is from, for messages
     * @param tokens by id: pieces in GPT-2's alphabet, then control tokens
     * @throws ModelFormatException if there are no control tokens, or a piece is there twice
     */
    public static Tokenizer of(String file, List<String> tokens) {
        int control = tokens.indexOf(FIRST_CONTROL);
        if (control < 0) {
            throw new ModelFormatException(file, -1, "vocabulary", FIRST_CONTROL + ", and more control tokens",
                    tokens.size() + " tokens without it");
        }
        Map<String, Integer> ids = HashMap.newHashMap(control);
        for (int id = 0; id < control; id++) {
            if (!tokens.get(id).isEmpty() && ids.put(tokens.get(id), id) != null) {
                throw new ModelFormatException(file, -1, "token " + id, "pieces that differ",
                        Json.quoted(tokens.get(id)) + " twice");
            }
        }
        List<AddedToken> added = IntStream.range(control, tokens.size())
                .mapToObj(id -> AddedToken.special(id, tokens.get(id))).toList();
        try {
            return new Tokenizer(new TokenizerSpec(tokens.subList(0, control).toArray(String[]::new), added, List.of(),
                    List.of(new PatternSplit(WORDS, Behavior.ISOLATED, false), new ByteLevel()),
                    new MergesModel(merges(tokens, ids), true, Fallback.NONE),
                    new ByteLevelDecoder(), Template.PLAIN, Template.PLAIN_PAIR, TokenizerSpec.Offsets.WHOLE,
                    ControlTokens.NONE));
        } catch (MetadataException e) {
            throw new ModelFormatException(file, -1, e.key(), e.expected(), e.found());
        }
    }

    private static int[] merges(List<String> tokens, Map<String, Integer> ids) {
        List<int[]> merges = new ArrayList<>();
        for (int id = 0; id < ids.size(); id++) {
            String piece = tokens.get(id);
            for (int i = 1; i < piece.length() && piece.length() <= LONGEST; i++) {
                Integer left = ids.get(piece.substring(0, i));
                Integer right = ids.get(piece.substring(i));
                if (left != null && right != null) {
                    merges.add(new int[]{left, right, id});
                }
            }
        }
        return merges.stream().flatMapToInt(IntStream::of).toArray();
    }
}
