package dev.lanewise.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.tokenizer.Normalizer.Spaces;
import dev.lanewise.tokenizer.PieceModel.Fallback;
import dev.lanewise.tokenizer.PieceModel.UnigramModel;
import dev.lanewise.tokenizer.TokenizerSpec.Offsets;
import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;
import dev.lanewise.writer.TokenizerWriter;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The unigram model, and SentencePiece's normalisation, by hand-made vocabularies. */
class UnigramTest {
    private static final EncodeOptions PLAIN = new EncodeOptions(false, false);
    private static final double NEVER = Double.NEGATIVE_INFINITY;

    private static Tokenizer tokenizer(List<String> pieces, UnigramModel model, Normalizer... normalizers) {
        String[] vocabulary = pieces.toArray(String[]::new);
        return new Tokenizer(new TokenizerSpec(vocabulary,
                List.of(AddedToken.special(vocabulary.length, "<s>"), AddedToken.special(0, vocabulary[0])),
                List.of(normalizers), List.of(), model,
                new SentenceDecoder('\u2581', true, SentenceDecoder.Strip.SPACES), Template.PLAIN, Template.PLAIN_PAIR,
                Offsets.WHOLE, ControlTokens.NONE));
    }

    private static UnigramModel model(boolean floats, String[] others, double... scores) {
        return new UnigramModel(scores, others, -20, floats, new Fallback(false, "<unk>", true));
    }

    private static Tokenizer letters(Normalizer... normalizers) {
        return tokenizer(List.of("<unk>", "a", "b", "c", "d", "cd", "ab", "abc", "abcd", "x"),
                model(false, new String[]{"de"}, 0, 0, 0, 0, 0, 1, 2, 5, 10, NEVER, 3), normalizers);
    }

    private static String show(Tokenizer tokenizer, String text) {
        return SmallTokenizer.show(tokenizer, tokenizer.encode(text, PLAIN));
    }

    @Test
    void theGreatestSumWins_andWhatIsUnknownIsOne() {
        // The example of the reference's own documentation, with a character beyond the plane.
        assertEquals("abcd:0-4 a:4-5 cd:5-7 <unk>:7-11", show(letters(), "abcdacdyy\uD83D\uDE00"));
        assertEquals("abcd:0-4 <unk>:4-5", show(letters(), "abcdz"));
        // No text is cut into it, but what is left over may be it.
        assertEquals("abcd:0-4 x:4-5", show(letters(), "abcdx"));
        assertEquals("", show(letters(), ""));
    }

    @Test
    void piecesWithoutIdAreUnknown_eachByItself() {
        assertEquals("abc:0-3 <unk>:3-5", show(letters(), "abcde"));
        assertEquals("c:0-1 <unk>:1-3 <unk>:3-5 <unk>:5-6", show(letters(), "cdedee"));
    }

    @Test
    void ofEqualSumsTheFirstIsTaken() {
        Tokenizer tokenizer = tokenizer(List.of("<unk>", "a", "aa", "aaa"), model(true, new String[0], 0, -1, -2, -3));
        assertEquals("aaa:0-3", show(tokenizer, "aaa"));
        assertEquals("a:0-1 aaa:1-4", show(tokenizer, "aaaa"));
    }

    @Test
    void sumsOfFloatsAreRounded() {
        // In floats 2^24 + 1 is 2^24, so that the later way is no better; in doubles it is.
        double[] scores = {0, 0x1p24, 1, 0x1p24, 0.5};
        List<String> pieces = List.of("<unk>", "a", "b", "ab", "x");
        assertEquals("ab:0-2", show(tokenizer(pieces, model(true, new String[0], scores)), "ab"));
        assertEquals("a:0-1 b:1-2", show(tokenizer(pieces, model(false, new String[0], scores)), "ab"));
    }

    @Test
    void spelledSpecialTokensAreText_unlessParsed() {
        List<String> pieces = List.of("<unk>", "<", "u", "n", "k", ">");
        Tokenizer tokenizer = tokenizer(pieces, model(false, new String[0], 0, -1, -1, -1, -1, -1));
        assertEquals("<:0-1 u:1-2 n:2-3 k:3-4 >:4-5", show(tokenizer, "<unk>"));
        assertArrayEquals(new int[]{0}, tokenizer.encode("<unk>", EncodeOptions.DEFAULT).copyOfIds());
        Tokenizer sure = tokenizer(List.of("</s>", "<unk>", "a"), model(false, new String[0], 0, 0, -1));
        assertEquals("a:0-1 <unk>:1-5", show(sure, "a</s>"));
    }

    @Test
    void charactersThatAreNoPiecesAreBytes() {
        List<String> pieces = new ArrayList<>(List.of("<unk>", "a"));
        double[] scores = new double[258];
        Arrays.fill(scores, NEVER);
        scores[1] = -1;
        for (int b = 0; b < 256; b++) {
            pieces.add(SentenceDecoder.piece(b));
        }
        Tokenizer tokenizer = tokenizer(pieces,
                new UnigramModel(scores, new String[0], -20, true, new Fallback(true, "<unk>", true)));
        int[] ids = tokenizer.encode("a\u00E9\uD83D\uDE00", PLAIN).copyOfIds();
        assertArrayEquals(new int[]{1, 2 + 0xC3, 2 + 0xA9, 2 + 0xF0, 2 + 0x9F, 2 + 0x98, 2 + 0x80}, ids);
        assertEquals("a\u00E9\uD83D\uDE00", tokenizer.decode(ids, true));
    }

    @Test
    void rules_theLongest_orTheShortestOfACluster() {
        String patterns = String.join("\0", "b", "bb", "a\u0301", "\uFFFD");
        String contents = String.join("\0", "x", "y", "c", "");
        List<String> pieces = List.of("<unk>", "a", "c", "x", "y", "\u0301");
        UnigramModel model = model(false, new String[0], 0, -1, -1, -1, -1, -1);
        Tokenizer longest = tokenizer(pieces, model, new Charsmap(patterns, contents, false));
        assertEquals("y:0-1 x:2-3 c:3-4 a:5-6", show(longest, "bbba\u0301a\uD800"));
        Tokenizer shortest = tokenizer(pieces, model, new Charsmap(patterns, contents, true));
        // The accent is lost with the character that it stands on.
        assertEquals("x:0-1 x:1-2 c:2-3 x:4-5", show(shortest, "bba\u0301b\u0301"));
    }

    @Test
    void spaces() {
        List<String> pieces = List.of("<unk>", "\u2581", "a");
        UnigramModel model = model(false, new String[0], 0, -1, -1);
        Tokenizer merged = tokenizer(pieces, model, new Spaces(true, true, false, '\u2581'));
        assertEquals("\u2581:0-1 a:2-3 \u2581:3-4 a:5-6", show(merged, "  a  a "));
        assertEquals("", show(merged, "   "));
        Tokenizer behind = tokenizer(pieces, model, new Spaces(false, false, true, '\u2581'));
        assertEquals("\u2581:0-1 a:1-2 \u2581:1-2", show(behind, " a"));
        assertEquals("a", merged.decode(new int[]{1, 1, 2}, true));
    }

    @Test
    void survivesTheFile_withAllBitsOfItsScores() {
        Tokenizer tokenizer = tokenizer(List.of("<unk>", "a"),
                model(false, new String[]{"b"}, 0, -0.1, -Math.PI), new Charsmap("x", "y", true),
                new Spaces(true, false, true, '_'));
        Metadata.Builder out = Metadata.builder();
        TokenizerWriter.write(tokenizer, out);
        Metadata first = out.build();
        Metadata.Builder again = Metadata.builder();
        TokenizerWriter.write(Tokenizer.read(first.reader(TokenizerSpec.PREFIX)), again);
        assertEquals(first.values().keySet(), again.build().values().keySet());
        first.values().forEach((key, value) -> assertTrue(
                Arrays.deepEquals(new Object[]{value}, new Object[]{again.build().values().get(key)}), key));
    }

    @Test
    void wrongValuesAreRefused() {
        List<String> pieces = List.of("<unk>", "a");
        assertThrows(MetadataException.class, () -> model(true, new String[0], Double.NaN));
        assertThrows(MetadataException.class, () -> model(true, new String[0], Double.POSITIVE_INFINITY));
        assertThrows(MetadataException.class, () -> tokenizer(pieces, model(true, new String[0], 0, 0, 0, 0)));
        assertThrows(MetadataException.class, () -> tokenizer(pieces, model(true, new String[]{"b"})));
        assertThrows(MetadataException.class, () -> tokenizer(pieces, model(true, new String[]{"a"}, 0, 0, 0)));
        assertThrows(MetadataException.class, () -> tokenizer(pieces, model(true, new String[]{""}, 0, 0, 0)));
        assertThrows(MetadataException.class, () -> new Charsmap("a\0b", "c", true));
        assertThrows(MetadataException.class, () -> new Charsmap("a\0a", "b\0c", true));
        assertThrows(MetadataException.class, () -> new Charsmap("a", "b".repeat(1001), true));
        assertThrows(MetadataException.class, () -> new Charsmap("", "", true));
    }

    @Test
    void allocatesNothingOnceItHasMetATextOfThisLength() {
        Tokenizer tokenizer = letters(new Charsmap("y", "a", false), new Spaces(true, true, false, '\u2581'));
        String text = "abcdacdy yx cdeabc ".repeat(50);
        Tokens tokens = new Tokens();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 200; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            tokenizer.encode(text, PLAIN, tokens);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least);
    }
}
