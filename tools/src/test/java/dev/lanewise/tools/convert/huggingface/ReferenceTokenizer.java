package dev.lanewise.tools.convert.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.Tokens;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Hugging Face's own tokenizers, through DJL, beside ours, both made of the same {@code tokenizer.json}. */
final class ReferenceTokenizer implements AutoCloseable {
    private static final int BATCH = 256;

    final Tokenizer ours;
    private final HuggingFaceTokenizer theirs;

    ReferenceTokenizer(byte[] json) throws IOException {
        this(json, Map.of("truncation", "false", "padding", "false"));
    }

    /** @param options of theirs */
    ReferenceTokenizer(byte[] json, Map<String, String> options) throws IOException {
        ours = TokenizerJson.parse("tokenizer.json", json);
        theirs = open(json, options);
    }

    /** The native library is unpacked from the jar; where there is none for the machine, the test is skipped. */
    private static HuggingFaceTokenizer open(byte[] json, Map<String, String> options) throws IOException {
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options);
        } catch (UnsatisfiedLinkError | ExceptionInInitializerError | NoClassDefFoundError | IllegalStateException e) {
            return abort("skipped: the native library of ai.djl.huggingface:tokenizers does not load here: " + e);
        }
    }

    /** Compares ids, types and offsets; says which text differs, and where. Theirs takes most of the time, so all processors do. */
    void assertSame(List<String> texts, boolean addTemplate) {
        // What fails is thrown when all have ended: whoever is told closes theirs, and no thread may still be in it then.
        IntStream.range(0, Math.ceilDiv(texts.size(), BATCH)).parallel()
                .mapToObj(number -> difference(
                        texts.subList(number * BATCH, Math.min(texts.size(), (number + 1) * BATCH)), addTemplate))
                .toList().stream().filter(Objects::nonNull).findFirst().ifPresent(difference -> {
                    throw difference;
                });
    }

    /** The first difference, or null. */
    private AssertionError difference(List<String> batch, boolean addTemplate) {
        try {
            Encoding[] expected = theirs.batchEncode(batch, addTemplate, false);
            Tokens tokens = new Tokens();
            for (int i = 0; i < expected.length; i++) {
                ours.encode(batch.get(i), new EncodeOptions(addTemplate, true), tokens);
                assertSame(batch.get(i), expected[i], tokens);
            }
            return null;
        } catch (AssertionError e) {
            return e;
        } catch (RuntimeException e) {
            return new AssertionError("one of both fails: " + e, e);
        }
    }

    /**
     * Compares ids and types of pairs of texts, after something was done to ours.
     *
     * @param change says whether the pair is to be compared
     */
    void assertSamePairs(List<String> first, List<String> second, Predicate<Tokens> change) {
        Tokens tokens = new Tokens();
        for (int i = 0; i < first.size(); i++) {
            ours.encode(first.get(i), second.get(i), EncodeOptions.DEFAULT, tokens);
            if (!change.test(tokens)) {
                continue;
            }
            Encoding expected = theirs.encode(first.get(i), second.get(i), true, false);
            String pair = first.get(i) + " | " + second.get(i);
            assertArrayEquals(expected.getIds(), longs(tokens, tokens.ids()), pair);
            assertArrayEquals(expected.getTypeIds(), longs(tokens, tokens.typeIds()), pair);
        }
    }

    /**
     * Compares ids and types of pairs of texts: whole, and some of them with the longer or the second text cut short.
     *
     * @param json a {@code tokenizer.json}
     */
    static void assertSamePairs(byte[] json, List<String> first, List<String> second) throws IOException {
        try (ReferenceTokenizer both = new ReferenceTokenizer(json)) {
            both.assertSamePairs(first, second, tokens -> true);
        }
        for (int most : new int[]{7, 24, 64, 65}) {
            List<String> some = first.subList(0, first.size() / 5);
            try (ReferenceTokenizer both = new ReferenceTokenizer(json, truncation("LONGEST_FIRST", most))) {
                both.assertSamePairs(some, second, tokens -> tokens.truncate(most) || true);
            }
            List<String> queries = some.stream().map(text -> text.codePoints().limit(2)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString())
                    .toList();
            try (ReferenceTokenizer both = new ReferenceTokenizer(json, truncation("ONLY_SECOND", most))) {
                both.assertSamePairs(queries, second, tokens -> {
                    // Theirs fails where nothing of the second text would remain.
                    boolean fits = tokens.sizeWithoutSecond() < most;
                    if (fits) {
                        tokens.truncateSecond(most);
                    }
                    return fits;
                });
            }
        }
    }

    private static Map<String, String> truncation(String strategy, int most) {
        return Map.of("truncation", strategy, "maxLength", Integer.toString(most), "padding", "false");
    }

    private static long[] longs(Tokens tokens, int[] values) {
        return Arrays.stream(values, 0, tokens.size()).asLongStream().toArray();
    }

    String decode(int[] ids, boolean skipSpecial) {
        return theirs.decode(Arrays.stream(ids).asLongStream().toArray(), skipSpecial);
    }

    @Override
    public void close() {
        theirs.close();
    }

    private static void assertSame(String text, Encoding expected, Tokens tokens) {
        long[] ids = expected.getIds();
        long[] types = expected.getTypeIds();
        CharSpan[] spans = expected.getCharTokenSpans();
        int[] utf16 = utf16(text);
        for (int i = 0; i < Math.min(ids.length, tokens.size()); i++) {
            // Theirs count code points, and give none for the tokens of the template.
            int start = spans[i] == null ? 0 : utf16[spans[i].getStart()];
            int end = spans[i] == null ? 0 : utf16[spans[i].getEnd()];
            if (tokens.id(i) != ids[i] || tokens.start(i) != start || tokens.end(i) != end
                    || tokens.typeId(i) != types[i]) {
                fail("token " + i + ": expected " + ids[i] + " of type " + types[i] + " at " + start + "-" + end
                        + ", found " + tokens.id(i) + " of type " + tokens.typeId(i) + " at " + tokens.start(i) + "-"
                        + tokens.end(i) + " in \"" + escaped(text, start - 20, end + 20) + "\"");
            }
        }
        if (ids.length != tokens.size()) {
            fail("expected " + ids.length + " tokens, found " + tokens.size() + " in \"" + escaped(text, 0, 200)
                    + "\"");
        }
    }

    /** [code point, and one more], where it begins in chars. */
    private static int[] utf16(String text) {
        int[] starts = new int[text.codePointCount(0, text.length()) + 1];
        int at = 0;
        for (int i = 0; i < starts.length; i++) {
            starts[i] = at;
            at += at < text.length() ? Character.charCount(text.codePointAt(at)) : 0;
        }
        return starts;
    }

    private static String escaped(String text, int from, int to) {
        StringBuilder out = new StringBuilder();
        text.substring(Math.max(0, from), Math.min(text.length(), Math.max(to, 0)))
                .codePoints()
                .forEach(c -> out.append(c > ' ' && c < 0x7F
                        ? "" + (char) c
                        : "\\u{" + Integer.toHexString(c)
                                + "}"));
        return out.toString();
    }
}
