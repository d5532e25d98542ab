package dev.lanewise.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tokenizer.PieceModel.Fallback;
import dev.lanewise.tokenizer.PieceModel.MergesModel;
import dev.lanewise.tokenizer.PieceModel.ScoresModel;
import dev.lanewise.tokenizer.PreTokenizer.Behavior;
import dev.lanewise.tokenizer.PreTokenizer.ByteLevel;
import dev.lanewise.tokenizer.PreTokenizer.PatternSplit;
import dev.lanewise.tokenizer.TokenizerSpec.Offsets;
import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;
import dev.lanewise.writer.TokenizerWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Byte pair encoding by hand-made vocabularies. */
class MergingTest {
    private static final EncodeOptions PLAIN = new EncodeOptions(false, false);
    private static final int STOP = 256 + 4;

    /** Every byte, "aa", "aaaa", "ab", "aab", and a special token. */
    private static Tokenizer byteLevel() {
        List<String> pieces = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            pieces.add("" + ByteAlphabet.character(b));
        }
        pieces.addAll(List.of("aa", "aaaa", "ab", "aab"));
        String[] vocabulary = pieces.toArray(String[]::new);
        MergesModel model = MergesModel.of(vocabulary, new String[]{"a", "aa", "a", "aa"},
                new String[]{"a", "aa", "b", "b"}, false, Fallback.NONE);
        return new Tokenizer(new TokenizerSpec(vocabulary, List.of(AddedToken.special(STOP, "<stop>")), List.of(),
                List.of(new PatternSplit(" ?\\p{L}+|\\s+", Behavior.ISOLATED, false), new ByteLevel()), model,
                new ByteLevelDecoder(), new Template(new int[]{STOP, Template.A}, new int[]{0, 0}), Template.PLAIN_PAIR,
                Offsets.WHOLE, new ControlTokens(STOP, STOP, new int[]{STOP, STOP})));
    }

    /** SentencePiece's, with all bytes. */
    private static Tokenizer sentence(Normalizer... normalizers) {
        List<String> pieces = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            pieces.add(SentenceDecoder.piece(b));
        }
        pieces.addAll(List.of("\u2581", "h", "e", "l", "o", "he", "ll", "llo", "hell", "\u2581hell"));
        String[] vocabulary = pieces.toArray(String[]::new);
        float[] scores = new float[vocabulary.length];
        for (int id = 256; id < scores.length; id++) {
            scores[id] = -id;
        }
        return new Tokenizer(new TokenizerSpec(vocabulary, List.of(AddedToken.special(scores.length, "<s>")),
                List.of(normalizers), List.of(), new ScoresModel(scores, new Fallback(true, "", false)),
                new SentenceDecoder('\u2581', true, SentenceDecoder.Strip.SPACE), Template.PLAIN, Template.PLAIN_PAIR,
                Offsets.WHOLE, ControlTokens.NONE));
    }

    private static Tokenizer copy(Tokenizer tokenizer) {
        Metadata.Builder out = Metadata.builder();
        TokenizerWriter.write(tokenizer, out);
        return Tokenizer.read(out.build().reader(TokenizerSpec.PREFIX));
    }

    @Test
    void theFirstMergeComesFirst_andOfSeveralTheLeftmost() {
        Tokenizer tokenizer = byteLevel();
        assertEquals("aa:0-2 ab:2-4", SmallTokenizer.show(tokenizer, tokenizer.encode("aaab", PLAIN)));
        assertEquals("aaaa:0-4 a:4-5", SmallTokenizer.show(tokenizer, tokenizer.encode("aaaaa", PLAIN)));
    }

    @Test
    void theHighestScoreComesFirst_andWhatIsNoPieceIsSpelledInBytes() {
        Tokenizer tokenizer = sentence(new Normalizer.Prepend(" "), Normalizer.Replace.spaces());
        Tokens tokens = tokenizer.encode("hello \u00E9", PLAIN);
        assertEquals("\u2581:0-1 he:0-2 llo:2-5 \u2581:5-6 <0xC3>:6-7 <0xA9>:6-7",
                SmallTokenizer.show(tokenizer, tokens));
        assertEquals("hello \u00E9", tokenizer.decode(tokens.copyOfIds(), true));
        // Text that spells a byte, or a token that steers the model, is text.
        assertEquals("<0x0A><s>", tokenizer.decode(tokenizer.encode("<0x0A><s>", PLAIN).copyOfIds(), true));
        assertEquals(1, tokenizer.encode("<s>", EncodeOptions.DEFAULT).size());
    }

    @Test
    void aLongWord_isMerged() {
        Tokenizer tokenizer = byteLevel();
        Tokens tokens = tokenizer.encode("a".repeat(1_000_000), PLAIN);
        assertEquals(250_000, tokens.size());
        String[] letters = {"a", "b", "c", "\u00E9", "\uD83D\uDE00"};
        SplittableRandom random = new SplittableRandom(20270202);
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < 500_000; i++) {
            word.append(letters[random.nextInt(letters.length)]);
        }
        assertEquals(word.toString(), tokenizer.decode(tokenizer.encode(word, PLAIN).copyOfIds(), true));
        Tokenizer sentence = sentence(Normalizer.Replace.spaces());
        String hello = "hello ".repeat(150_000);
        assertEquals(hello, sentence.decode(sentence.encode(hello, PLAIN).copyOfIds(), true));
    }

    @Test
    void specialTokens_areParsedOnlyWhenAsked() {
        Tokenizer tokenizer = byteLevel();
        assertEquals(6, tokenizer.encode("<stop>", PLAIN).size());
        assertArrayEquals(new int[]{STOP, STOP}, tokenizer.encode("<stop>", EncodeOptions.DEFAULT).copyOfIds());
        assertTrue(tokenizer.control().isStop(STOP));
        assertFalse(tokenizer.control().isStop(0));
    }

    /** Any ids, whatever nonsense their bytes are: a stream gives what decoding gives, and holds back no more than it must. */
    @Test
    void aStream_neverSplitsACharacter() {
        Tokenizer tokenizer = byteLevel();
        SplittableRandom random = new SplittableRandom(20270203);
        for (int i = 0; i < 20_000; i++) {
            int[] ids = random.ints(random.nextInt(12), 0, 256).map(b -> random.nextInt(2) == 0 ? b : b | 0x80)
                    .toArray();
            check(tokenizer, ids);
        }
        String text = "a\u00E9\u4E2D\uD83D\uDE00\u0301";
        check(tokenizer, tokenizer.encode(text, PLAIN).copyOfIds());
        StreamDecoder stream = new StreamDecoder(tokenizer, true);
        List<String> parts = Arrays.stream(tokenizer.encode("\uD83D\uDE00!", PLAIN).copyOfIds()).mapToObj(stream::push)
                .toList();
        assertEquals(List.of("", "", "", "\uD83D\uDE00", "!"), parts);
        stream.push(0xF0);
        assertEquals("\uFFFD", stream.finish());
    }

    private static void check(Tokenizer tokenizer, int[] ids) {
        StreamDecoder stream = new StreamDecoder(tokenizer, true);
        StringBuilder out = new StringBuilder();
        for (int id : ids) {
            out.append(stream.push(id));
        }
        out.append(stream.finish());
        assertEquals(tokenizer.decode(ids, true), out.toString());
    }

    @Test
    void metadata_keepAllOfIt() {
        for (Tokenizer tokenizer : List.of(byteLevel(), sentence(new UnicodeForm(java.text.Normalizer.Form.NFC),
                new Normalizer.Lowercase(), new Normalizer.Strip(true, false), new Normalizer.Prepend(" "),
                Normalizer.Replace.spaces(),
                new BertNormalizer(true, false, false, false)))) {
            Tokenizer copy = copy(tokenizer);
            for (String text : List.of("hello <stop> aaab\u00C9 \n x", "", " \u0130<s>", "\uD800a")) {
                Tokens expected = tokenizer.encode(text, EncodeOptions.DEFAULT);
                Tokens found = copy.encode(text, EncodeOptions.DEFAULT);
                assertEquals(SmallTokenizer.show(tokenizer, expected), SmallTokenizer.show(copy, found));
                assertEquals(tokenizer.decode(expected.copyOfIds(), false), copy.decode(found.copyOfIds(), false));
            }
            assertArrayEquals(tokenizer.control().stops(), copy.control().stops());
            assertEquals(tokenizer.control().begin(), copy.control().begin());
        }
    }

    @Test
    void contradictions_areRefused() {
        String[] vocabulary = {"a", "b", "ab", "abc"};
        assertThrows(MetadataException.class,
                () -> MergesModel.of(vocabulary, new String[]{"a"}, new String[]{"c"}, false, Fallback.NONE));
        for (int[] merges : new int[][]{{0, 1}, {0, 1, 3}, {0, 1, 4}, {-1, 1, 2}, {1, 0, 2}}) {
            assertThrows(MetadataException.class,
                    () -> tokenizer(vocabulary, new MergesModel(merges, false, Fallback.NONE)));
        }
        assertThrows(MetadataException.class,
                () -> tokenizer(vocabulary, new ScoresModel(new float[5], Fallback.NONE)));
        assertThrows(MetadataException.class, () -> new ScoresModel(new float[]{Float.NaN}, Fallback.NONE));
        assertThrows(MetadataException.class,
                () -> tokenizer(vocabulary, new ScoresModel(new float[4], new Fallback(true, "", false))));
        assertThrows(MetadataException.class,
                () -> tokenizer(vocabulary, new ScoresModel(new float[4], new Fallback(false, "x", false))));
        assertThrows(MetadataException.class, () -> tokenizer(vocabulary, new ScoresModel(new float[4], Fallback.NONE))
                .withControl(new ControlTokens(0, 0, new int[]{4})));
    }

    private static Tokenizer tokenizer(String[] vocabulary, PieceModel model) {
        return new Tokenizer(new TokenizerSpec(vocabulary, List.of(), List.of(), List.of(), model,
                new ByteLevelDecoder(), Template.PLAIN,
                Template.PLAIN_PAIR, Offsets.WHOLE, ControlTokens.NONE));
    }
}
