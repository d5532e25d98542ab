package dev.lanewise.writer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.BertNormalizer;
import dev.lanewise.tokenizer.ByteLevelDecoder;
import dev.lanewise.tokenizer.Charsmap;
import dev.lanewise.tokenizer.ControlTokens;
import dev.lanewise.tokenizer.Normalizer;
import dev.lanewise.tokenizer.PieceDecoder;
import dev.lanewise.tokenizer.PieceModel;
import dev.lanewise.tokenizer.PieceModel.Fallback;
import dev.lanewise.tokenizer.PreTokenizer;
import dev.lanewise.tokenizer.PreTokenizer.Behavior;
import dev.lanewise.tokenizer.PreTokenizer.Prefix;
import dev.lanewise.tokenizer.SentenceDecoder;
import dev.lanewise.tokenizer.SentenceDecoder.Strip;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.tokenizer.TokenizerSpec.Offsets;
import dev.lanewise.tokenizer.UnicodeForm;
import dev.lanewise.tokenizer.WordPieceDecoder;
import dev.lanewise.weights.Metadata;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is written is read: the writer is in another jar than the reader, and both spell every key. */
class TokenizerWriterTest {
    private static final String[] VOCABULARY = vocabulary();
    private static final String[] OTHERS = {"xy", "yz"};
    private static final Fallback BYTES = new Fallback(true, "u", false);
    private static final Fallback FUSED = new Fallback(false, "a", true);

    private static String[] vocabulary() {
        List<String> pieces = new ArrayList<>(List.of("u", "a", "b", "ab", "ba"));
        for (int b = 0; b < 256; b++) {
            pieces.add(String.format(Locale.ROOT, "<0x%02X>", b));
        }
        return pieces.toArray(String[]::new);
    }

    static List<TokenizerSpec> specs() {
        List<AddedToken> added = List.of(new AddedToken(300, "s", true, false, false, false, false),
                new AddedToken(301, "l", false, true, false, false, false),
                new AddedToken(302, "r", false, false, true, false, false),
                new AddedToken(303, "n", false, false, false, true, false),
                new AddedToken(304, "t", false, false, false, false, true));
        List<TokenizerSpec> all = new ArrayList<>();
        all.add(TokenizerSpec.wordPiece(VOCABULARY, "u", "##", 100, new BertNormalizer(true, false, true, false), added,
                new Template(new int[]{1, Template.A}, new int[]{0, 1}),
                new Template(new int[]{2, Template.B, Template.A}, new int[]{0, 3, 2}), true)
                .withControl(new ControlTokens(1, 2, new int[]{2, 3})));
        all.add(TokenizerSpec.wordPiece(VOCABULARY, "a", "@", 50, new BertNormalizer(false, true, false, true),
                List.of(), Template.PLAIN, Template.PLAIN_PAIR, false));
        all.add(spec(
                List.of(new BertNormalizer(true, false, true, false), new BertNormalizer(false, true, false, true)),
                List.of(new PreTokenizer.BertSplit()), new PieceModel.WordPieceModel("u", "##", 10),
                new WordPieceDecoder("#", true), Offsets.WHOLE));
        all.add(spec(List.of(new Charsmap("a\0b", "c\0d", true), new Charsmap("e", "", false)),
                List.of(new PreTokenizer.ByteLevel(), new PreTokenizer.PrefixSpace()),
                new PieceModel.MergesModel(new int[]{1, 2, 3}, true, BYTES), new ByteLevelDecoder(), Offsets.TRIMMED));
        all.add(spec(
                List.of(new Normalizer.Spaces(true, false, true, '_'), new Normalizer.Spaces(false, true, false, '.'),
                        new Normalizer.Prepend("_"), new Normalizer.Prepend(" "), new Normalizer.Replace("a+", "b"),
                        new Normalizer.Replace("b", ""), new Normalizer.Lowercase(), new Normalizer.Strip(true, false),
                        new Normalizer.Strip(false, true)),
                List.of(new PreTokenizer.Metaspace('_', Prefix.ALWAYS), new PreTokenizer.Metaspace('.', Prefix.FIRST),
                        new PreTokenizer.Metaspace('_', Prefix.NEVER)),
                new PieceModel.MergesModel(new int[]{1, 2, 3, 2, 1, 4}, false, FUSED),
                new SentenceDecoder('_', true, Strip.SPACE), Offsets.TRIMMED_BEHIND_PREFIX));
        List<Normalizer> forms = new ArrayList<>();
        for (Form form : Form.values()) {
            forms.add(new UnicodeForm(form));
        }
        List<PreTokenizer> splits = new ArrayList<>();
        for (Behavior behavior : Behavior.values()) {
            splits.add(new PreTokenizer.PatternSplit("a+", behavior, true));
            splits.add(new PreTokenizer.PatternSplit(" b", behavior, false));
        }
        all.add(spec(forms, splits, new PieceModel.ScoresModel(new float[]{1, Float.NEGATIVE_INFINITY, -2.5f}, OTHERS,
                BYTES), new SentenceDecoder('.', false, Strip.NOTHING), Offsets.WHOLE));
        all.add(spec(List.of(), List.of(), new PieceModel.ScoresModel(new float[]{3, 4}, FUSED),
                new SentenceDecoder('_', true, Strip.SPACES), Offsets.WHOLE));
        all.add(spec(List.of(), List.of(), new PieceModel.UnigramModel(new double[]{0.1, -0.0, Double.MIN_VALUE,
                Double.NEGATIVE_INFINITY}, OTHERS, -9.25, true, BYTES),
                new SentenceDecoder('_', true, Strip.FIRST_PIECE), Offsets.WHOLE));
        all.add(spec(List.of(), List.of(), new PieceModel.UnigramModel(new double[]{-0.5, -1.5}, new String[0], -3.1,
                false, FUSED), new SentenceDecoder('_', true, Strip.SPACE), Offsets.WHOLE));
        return all;
    }

    private static TokenizerSpec spec(List<Normalizer> normalizers, List<PreTokenizer> preTokenizers, PieceModel model,
            PieceDecoder decoder, Offsets offsets) {
        return new TokenizerSpec(VOCABULARY, List.of(), normalizers, preTokenizers, model, decoder, Template.PLAIN,
                Template.PLAIN_PAIR, offsets, ControlTokens.NONE);
    }

    @ParameterizedTest
    @MethodSource("specs")
    void whatIsWritten_isRead(TokenizerSpec spec) throws ReflectiveOperationException {
        Metadata.Builder out = Metadata.builder();
        TokenizerWriter.write(new Tokenizer(spec), out);
        Tokenizer read = Tokenizer.read(out.build().reader(TokenizerSpec.PREFIX));
        assertEquals(Parts.describe(spec), Parts.describe(read.spec()));
    }

    /** Every part, but for the vocabulary, has two values at least above: one that the writer forgets would be missed. */
    @Test
    void nothingIsLeftOut() throws ReflectiveOperationException {
        Map<String, Set<String>> values = new TreeMap<>();
        for (TokenizerSpec spec : specs()) {
            Parts.collect(spec, values);
        }
        assertTrue(values.size() > 60, values.size() + ": " + values.keySet());
        values.values().removeIf(different -> different.size() > 1);
        assertEquals(Set.of("TokenizerSpec.vocabulary"), values.keySet());
    }
}
