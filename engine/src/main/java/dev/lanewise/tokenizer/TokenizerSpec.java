package dev.lanewise.tokenizer;

import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Everything that makes a tokenizer, as data: written by the converter, stored as metadata under {@value #PREFIX}, checked
 * when the tokenizer is made of it. One kind so far: BERT's, with the WordPiece model.
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
public record TokenizerSpec(String[] vocabulary, String unknown, String continuation, int maxWord,
        BertNormalizer normalizer, List<AddedToken> added, Template single, Template pair, boolean cleanUp) {

    /** The prefix of all its keys. */
    public static final String PREFIX = "tokenizer.";
    /** The longest word that a file may ask to be cut into pieces: it bounds the time that a character can take. */
    private static final int LONGEST_WORD = 1000;

    private static final int SINGLE_WORD = 1;
    private static final int STRIP_LEFT = 2;
    private static final int STRIP_RIGHT = 4;
    private static final int NORMALIZED = 8;
    private static final int SPECIAL = 16;

    /** How a model cuts words into pieces. */
    private enum Kind {
        WORDPIECE
    }

    /** Checks that nothing is missing. */
    public TokenizerSpec {
        Objects.requireNonNull(vocabulary);
        Objects.requireNonNull(unknown);
        Objects.requireNonNull(continuation);
        Objects.requireNonNull(normalizer);
        added = List.copyOf(added);
        Objects.requireNonNull(single);
        Objects.requireNonNull(pair);
        if (maxWord < 1 || maxWord > LONGEST_WORD) {
            throw bad("max_word", "1 to " + LONGEST_WORD, maxWord + "");
        }
        if (continuation.length() > Vocabulary.LONGEST) {
            throw bad("continuation", "at most " + Vocabulary.LONGEST + " characters", continuation.length() + "");
        }
    }

    static TokenizerSpec read(Metadata.Reader in) {
        in.word("kind", Kind.class);
        TokenizerSpec spec = new TokenizerSpec(in.strings("vocabulary"), in.string("unknown"),
                in.string("continuation"),
                in.integer("max_word", 1, LONGEST_WORD),
                new BertNormalizer(in.bool("normalizer.clean_text"), in.bool("normalizer.space_chinese"),
                        in.bool("normalizer.strip_accents"), in.bool("normalizer.lowercase")),
                readAdded(in), Template.read(in, "template.single"), Template.read(in, "template.pair"),
                in.bool("decoder.clean_up"));
        in.finish();
        return spec;
    }

    /** Writes it as metadata. */
    void write(Metadata.Builder out) {
        out.put(PREFIX + "kind", Kind.WORDPIECE).put(PREFIX + "vocabulary", vocabulary).put(PREFIX + "unknown", unknown)
                .put(PREFIX + "continuation", continuation).put(PREFIX + "max_word", maxWord)
                .put(PREFIX + "normalizer.clean_text", normalizer.cleanText())
                .put(PREFIX + "normalizer.space_chinese", normalizer.spaceChinese())
                .put(PREFIX + "normalizer.strip_accents", normalizer.stripAccents())
                .put(PREFIX + "normalizer.lowercase", normalizer.lowercase())
                .put(PREFIX + "added.ids", added.stream().mapToInt(AddedToken::id).toArray())
                .put(PREFIX + "added.contents", added.stream().map(AddedToken::content).toArray(String[]::new))
                .put(PREFIX + "added.flags", added.stream().mapToInt(TokenizerSpec::flags).toArray())
                .put(PREFIX + "decoder.clean_up", cleanUp);
        single.write(out, PREFIX + "template.single");
        pair.write(out, PREFIX + "template.pair");
    }

    /** A value that is wrong; the key without the prefix. */
    static MetadataException bad(String key, String expected, String found) {
        return new MetadataException(PREFIX + key, expected, found);
    }

    /** A text of a stranger, made safe and short for a message. */
    static String quoted(String s) {
        StringBuilder out = new StringBuilder("'");
        s.codePoints().limit(60).forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return out.append(s.length() > 60 ? "...'" : "'").toString();
    }

    private static List<AddedToken> readAdded(Metadata.Reader in) {
        int[] ids = in.integers("added.ids");
        String[] contents = in.strings("added.contents");
        int[] flags = in.integers("added.flags");
        if (contents.length != ids.length || flags.length != ids.length) {
            throw bad("added.ids", "as many as contents and flags",
                    ids.length + ", " + contents.length + ", " + flags.length);
        }
        List<AddedToken> added = new ArrayList<>(ids.length);
        for (int i = 0; i < ids.length; i++) {
            int f = flags[i];
            if (f < 0 || f >= SPECIAL << 1) {
                throw bad("added.flags", "0 to " + ((SPECIAL << 1) - 1), f + "");
            }
            added.add(new AddedToken(ids[i], contents[i], (f & SINGLE_WORD) != 0, (f & STRIP_LEFT) != 0,
                    (f & STRIP_RIGHT) != 0, (f & NORMALIZED) != 0, (f & SPECIAL) != 0));
        }
        return added;
    }

    private static int flags(AddedToken token) {
        return (token.singleWord() ? SINGLE_WORD : 0) | (token.stripLeft() ? STRIP_LEFT : 0)
                | (token.stripRight() ? STRIP_RIGHT : 0) | (token.normalized() ? NORMALIZED : 0)
                | (token.special() ? SPECIAL : 0);
    }
}
