package dev.lanewise.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;
import dev.lanewise.writer.TokenizerWriter;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TokenizerSpecTest {

    private static Metadata metadata(Tokenizer tokenizer) {
        Metadata.Builder out = Metadata.builder().put("other.key", 1);
        TokenizerWriter.write(tokenizer, out);
        return out.build();
    }

    private static Tokenizer read(Metadata metadata) {
        return Tokenizer.read(metadata.reader(TokenizerSpec.PREFIX));
    }

    /** The same values but for one, which is left out if null. */
    private static Metadata with(Metadata metadata, String key, Object value) {
        Map<String, Object> values = new TreeMap<>(metadata.values());
        values.remove(key);
        if (value != null) {
            values.put(key, value);
        }
        Metadata.Builder out = Metadata.builder();
        values.forEach((k, v) -> {
            switch (v) {
                case Boolean b -> out.put(k, b.booleanValue());
                case Long n -> out.put(k, n.longValue());
                case String s -> out.put(k, s);
                case int[] a -> out.put(k, a);
                case String[] a -> out.put(k, a);
                default -> throw new IllegalStateException(k);
            }
        });
        return out.build();
    }

    @Test
    void readsWhatItWrote() {
        Tokenizer tokenizer = SmallTokenizer
                .uncased(new AddedToken(31, "F\u00D3\u00D3!", true, true, true, true, false));
        Metadata metadata = metadata(tokenizer);
        Tokenizer again = read(metadata);
        String text = "Hello F\u00F3o! unaffable [SEP] \u4E2D\u6587 caf\u00E9";
        assertEquals(SmallTokenizer.show(tokenizer, tokenizer.encode(text, EncodeOptions.DEFAULT)),
                SmallTokenizer.show(again, again.encode(text, EncodeOptions.DEFAULT)));
        Metadata second = metadata(again);
        assertEquals(metadata.values().keySet(), second.values().keySet());
        metadata.values().forEach((key, value) -> assertTrue(
                Arrays.deepEquals(new Object[]{value}, new Object[]{second.values().get(key)}), key));
    }

    static Stream<Arguments> hostileValues() {
        String[] v = SmallTokenizer.VOCABULARY;
        String[] twice = v.clone();
        twice[17] = "hello";
        String[] surrogate = v.clone();
        surrogate[17] = "x\uD800";
        String[] large = v.clone();
        large[17] = "x".repeat(1001);
        String[] none = v.clone();
        none[1] = "";
        int[] ids = {0, 1, 2, 3, 4};
        String[] contents = Arrays.copyOf(v, 5);
        return Stream.of(Arguments.of("vocabulary", twice, "vocabulary"),
                Arguments.of("vocabulary", surrogate, "vocabulary"), Arguments.of("vocabulary", large, "vocabulary"),
                Arguments.of("vocabulary", new String[(1 << 21) + 1], "vocabulary"),
                Arguments.of("vocabulary", "text", "vocabulary"), Arguments.of("vocabulary", null, "vocabulary"),
                Arguments.of("vocabulary", new String[0], "unknown"), Arguments.of("unknown", "nowhere", "unknown"),
                Arguments.of("unknown", "", "unknown"), Arguments.of("kind", "bpe", "kind"),
                Arguments.of("max_word", 0L, "max_word"), Arguments.of("max_word", Long.MAX_VALUE, "max_word"),
                Arguments.of("max_word", 1001L, "max_word"),
                Arguments.of("continuation", "#".repeat(1001), "continuation"),
                Arguments.of("normalizer.lowercase", 1L, "normalizer.lowercase"),
                Arguments.of("normalizer.clean_text", null, "normalizer.clean_text"),
                Arguments.of("added.ids", new int[]{0, 1, 2, 3}, "added.ids"),
                Arguments.of("added.ids", new int[]{0, 1, 2, 3, -1}, "added.ids"),
                Arguments.of("added.ids", new int[]{0, 1, 2, 3, Integer.MAX_VALUE}, "added.ids"),
                Arguments.of("added.ids", new int[]{0, 1, 2, 3, 9}, "added.ids"),
                Arguments.of("added.ids", new int[]{0, 1, 2, 3, 40}, "added.ids"),
                Arguments.of("added.ids", new int[]{0, 1, 2, 3, 3}, "added.ids"),
                Arguments.of("added.contents", new String[]{"[PAD]", "[UNK]", "[CLS]", "[SEP]", ""},
                        "added.contents"),
                Arguments.of("added.contents", new String[]{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "hello"}, "added.ids"),
                Arguments.of("added.flags", new int[]{0, 0, 0, 0, 32}, "added.flags"),
                Arguments.of("added.flags", new int[]{0, 0, 0, 0, -1}, "added.flags"),
                Arguments.of("template.single.ids", new int[]{2, 3, 3}, "template.single.ids"),
                Arguments.of("template.single.ids", new int[]{2, -1, -1}, "template.single.ids"),
                Arguments.of("template.single.ids", new int[]{2, -1, -2}, "template.single.ids"),
                Arguments.of("template.single.ids", new int[]{2, -1, -3}, "template.single.ids"),
                Arguments.of("template.single.ids", new int[]{2, -1, 31}, "template.single.ids"),
                Arguments.of("template.single.ids", new int[]{2, -1, 17}, "template.single.ids"),
                Arguments.of("template.single.ids", new int[2000], "template.single.ids"),
                Arguments.of("template.single.type_ids", new int[]{0}, "template.single.type_ids"),
                Arguments.of("template.single.type_ids", new int[]{0, -1, 0}, "template.single.type_ids"),
                Arguments.of("template.pair.ids", new int[]{2, -1, 3, -1, 3}, "template.pair.ids"),
                Arguments.of("decoder.clean_up", null, "decoder.clean_up"),
                Arguments.of("from_the_future", 1L, "from_the_future"));
    }

    @ParameterizedTest
    @MethodSource("hostileValues")
    void wrongValues_areRefusedByTheirKey(String key, Object value, String named) {
        Object clean = value instanceof String[] a
                ? Arrays.stream(a).map(s -> s == null ? "" : s).toArray(String[]::new)
                : value;
        Metadata metadata = with(metadata(SmallTokenizer.uncased()), TokenizerSpec.PREFIX + key, clean);
        MetadataException e = assertThrows(MetadataException.class, () -> read(metadata));
        assertEquals(TokenizerSpec.PREFIX + named, e.key());
    }

    @Test
    void addedTokens_thatNormaliseToTheSame_areRefused() {
        AddedToken upper = new AddedToken(31, "FOO!", false, false, false, true, false);
        AddedToken lower = new AddedToken(32, "foo!", false, false, false, true, false);
        AddedToken nothing = new AddedToken(31, "\u0301", false, false, false, true, false);
        assertThrows(MetadataException.class, () -> SmallTokenizer.uncased(upper, lower));
        assertThrows(MetadataException.class, () -> SmallTokenizer.uncased(nothing));
        assertEquals(33, new Tokenizer(SmallTokenizer.spec(SmallTokenizer.CASED, upper, lower)).size());
    }
}
