package dev.lanewise.tokenizer;

import static dev.lanewise.tokenizer.TokenizerSpec.bad;
import static dev.lanewise.weights.Metadata.quoted;

import dev.lanewise.tokenizer.Normalizer.Lowercase;
import dev.lanewise.tokenizer.Normalizer.Prepend;
import dev.lanewise.tokenizer.Normalizer.Replace;
import dev.lanewise.tokenizer.Normalizer.Spaces;
import dev.lanewise.tokenizer.Normalizer.Strip;
import dev.lanewise.tokenizer.PreTokenizer.Behavior;
import dev.lanewise.tokenizer.PreTokenizer.BertSplit;
import dev.lanewise.tokenizer.PreTokenizer.ByteLevel;
import dev.lanewise.tokenizer.PreTokenizer.Metaspace;
import dev.lanewise.tokenizer.PreTokenizer.PatternSplit;
import dev.lanewise.tokenizer.PreTokenizer.Prefix;
import dev.lanewise.tokenizer.PreTokenizer.PrefixSpace;
import dev.lanewise.weights.Metadata;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads the steps of a tokenizer from metadata: a word and two texts each, what they mean depends on the word. */
final class StepReader {
    private static final String CLUSTERS = "charsmap_of_clusters";
    private static final String INVERTED = " inverted";

    private StepReader() {}

    static List<Normalizer> normalizers(Metadata.Reader in) {
        List<Normalizer> all = new ArrayList<>();
        String[][] steps = steps(in, "normalizer");
        for (int i = 0; i < steps[0].length; i++) {
            all.add(normalizer(steps[0][i], steps[1][i], steps[2][i]));
        }
        return all;
    }

    static List<PreTokenizer> preTokenizers(Metadata.Reader in) {
        List<PreTokenizer> all = new ArrayList<>();
        String[][] steps = steps(in, "pre_tokenizer");
        for (int i = 0; i < steps[0].length; i++) {
            all.add(preTokenizer(steps[0][i], steps[1][i], steps[2][i]));
        }
        return all;
    }

    private static Normalizer normalizer(String kind, String first, String second) {
        return switch (kind) {
            case "bert" -> {
                List<String> flags = List.of(first.split(" "));
                yield new BertNormalizer(flags.contains("clean_text"), flags.contains("space_chinese"),
                        flags.contains("strip_accents"), flags.contains("lowercase"));
            }
            case "charsmap", CLUSTERS -> new Charsmap(first, second, kind.equals(CLUSTERS));
            case "spaces" -> {
                List<String> flags = List.of(second.split(" "));
                yield new Spaces(flags.contains("merged"), flags.contains("before"), flags.contains("after"),
                        character("normalizer.first", first));
            }
            case "nfc" -> new UnicodeForm(Form.NFC);
            case "nfd" -> new UnicodeForm(Form.NFD);
            case "nfkc" -> new UnicodeForm(Form.NFKC);
            case "nfkd" -> new UnicodeForm(Form.NFKD);
            case "prepend" -> new Prepend(first);
            case "replace" -> new Replace(first, second);
            case "lowercase" -> new Lowercase();
            case "strip" -> new Strip(first.equals("left"), second.equals("right"));
            default -> throw bad("normalizer.kinds", "steps that this release knows (a newer one may)",
                    quoted(kind));
        };
    }

    private static PreTokenizer preTokenizer(String kind, String first, String second) {
        return switch (kind) {
            case "bert" -> new BertSplit();
            case "split" -> {
                boolean inverted = second.endsWith(INVERTED);
                String behavior = inverted
                        ? second.substring(0, second.length() - INVERTED.length())
                        : second;
                yield new PatternSplit(first, word(behavior, Behavior.values()), inverted);
            }
            case "prefix_space" -> new PrefixSpace();
            case "byte_level" -> new ByteLevel();
            case "metaspace" -> new Metaspace(character("pre_tokenizer.first", first),
                    word(second, Prefix.values()));
            default -> throw bad("pre_tokenizer.kinds", "steps that this release knows (a newer one may)",
                    quoted(kind));
        };
    }

    private static <E extends Enum<E>> E word(String word, E[] known) {
        for (E constant : known) {
            if (constant.name().toLowerCase(Locale.ROOT).equals(word)) {
                return constant;
            }
        }
        throw bad("pre_tokenizer.second", "words that this release knows (a newer one may)", quoted(word));
    }

    static char character(String key, String text) {
        if (text.length() != 1 || Character.isSurrogate(text.charAt(0))) {
            throw bad(key, "one character", quoted(text));
        }
        return text.charAt(0);
    }

    /** Words, first texts, second texts. */
    private static String[][] steps(Metadata.Reader in, String name) {
        String[][] steps = {in.strings(name + ".kinds"), in.strings(name + ".first"), in.strings(name + ".second")};
        int count = steps[0].length;
        if (steps[1].length != count || steps[2].length != count || count > TokenizerSpec.MOST_STEPS) {
            throw bad(name + ".kinds", "as many as first and second, and at most " + TokenizerSpec.MOST_STEPS,
                    count + ", " + steps[1].length + ", " + steps[2].length);
        }
        return steps;
    }
}
