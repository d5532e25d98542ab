package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.BertNormalizer;
import dev.lanewise.tokenizer.Normalizer;
import dev.lanewise.tokenizer.PreTokenizer;
import dev.lanewise.tokenizer.PreTokenizer.Behavior;
import dev.lanewise.tokenizer.PreTokenizer.BertSplit;
import dev.lanewise.tokenizer.PreTokenizer.ByteLevel;
import dev.lanewise.tokenizer.PreTokenizer.Metaspace;
import dev.lanewise.tokenizer.PreTokenizer.PatternSplit;
import dev.lanewise.tokenizer.PreTokenizer.Prefix;
import dev.lanewise.tokenizer.UnicodeForm;
import dev.lanewise.tools.convert.sentencepiece.CharsmapReader;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** The sections {@code normalizer} and {@code pre_tokenizer} of a {@code tokenizer.json}. */
final class TokenizerSteps {
    /** How GPT-2 divides text; what the byte level does unless told otherwise. */
    private static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String PUNCTUATION = "\\p{BertPunctuation}";
    /** The marks of Unicode 9, which are what the reference drops: today's without those of later versions, and two that were. */
    private static final String MARKS = "[^\\P{M}\u07FD\u0897-\u08D3\u09FE\u0AFA-\u0AFF\u0B55\u0C04-\u0C3C\u0CF3-\u0D00\u0D3B-\u0D3C\u0D81"
            + "\u0EBA\u0ECE\u1715\u180F\u1ABF-\u1ACE\u1CF7\u1DF6-\u1DFA\uA82C\uA8FF\uD803\uDD24-\uD803\uDF85\uD804\uDC70-\uD804\uDC74"
            + "\uD804\uDCC2\uD804\uDD45-\uD804\uDD46\uD804\uDDC9\uD804\uDDCE-\uD804\uDDCF\uD804\uDE41\uD804\uDF3B"
            + "\uD804\uDFB8-\uD804\uDFE2\uD805\uDC5E\uD806\uDC2C-\uD806\uDE99\uD807\uDD31-\uD818\uDD2F\uD81B\uDF4F"
            + "\uD81B\uDF7F-\uD81B\uDF87\uD81B\uDFE4-\uD81B\uDFF1\uD833\uDF00-\uD833\uDF46\uD838\uDC8F-\uD839\uDDEF]"
            + "|[\u1CF2\u1CF3]";
    private static final String NUMBER = "\\p{N}";

    private TokenizerSteps() {}

    /** The steps of the section {@code normalizer}; none if it is missing. */
    static List<Normalizer> normalizers(StrictJson json) {
        List<Normalizer> steps = new ArrayList<>();
        if (json.has("normalizer")) {
            addNormalizer(json.object("normalizer"), steps);
        }
        return steps;
    }

    /** The steps of the section {@code pre_tokenizer}; none if it is missing. */
    static List<PreTokenizer> preTokenizers(StrictJson json) {
        List<PreTokenizer> steps = new ArrayList<>();
        if (json.has("pre_tokenizer")) {
            addPreTokenizer(json.object("pre_tokenizer"), steps);
        }
        return steps;
    }

    private static void addNormalizer(StrictJson step, List<Normalizer> steps) {
        String type = step.text("type");
        switch (type) {
            case "Sequence" -> {
                step.only("type", "normalizers");
                step.objects("normalizers").forEach(part -> addNormalizer(part, steps));
            }
            case "BertNormalizer" -> {
                step.only("type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase");
                boolean lowercase = step.bool("lowercase");
                // Accents go where case goes, unless the file says otherwise.
                steps.add(new BertNormalizer(step.bool("clean_text"), step.bool("handle_chinese_chars"),
                        step.bool("strip_accents", lowercase), lowercase));
            }
            case "NFC", "NFD", "NFKC", "NFKD" -> {
                step.only("type");
                steps.add(new UnicodeForm(Form.valueOf(type)));
            }
            case "Precompiled" -> {
                step.only("type", "precompiled_charsmap");
                steps.add(CharsmapReader.read(step.file(), base64(step, "precompiled_charsmap"), true));
            }
            case "Prepend" -> {
                step.only("type", "prepend");
                steps.add(new Normalizer.Prepend(step.text("prepend")));
            }
            case "Replace" -> {
                step.only("type", "pattern", "content");
                steps.add(supported(step, () -> new Normalizer.Replace(pattern(step), step.text("content"))));
            }
            case "Lowercase" -> {
                step.only("type");
                steps.add(new Normalizer.Lowercase());
            }
            case "StripAccents" -> {
                step.only("type");
                steps.add(new Normalizer.Replace(MARKS, ""));
            }
            case "Strip" -> {
                step.only("type", "strip_left", "strip_right");
                steps.add(new Normalizer.Strip(step.bool("strip_left"), step.bool("strip_right")));
            }
            default -> throw unsupported(step, "normalizer", type, "BertNormalizer, Sequence, NFC, NFD, NFKC, NFKD, "
                    + "Precompiled, Prepend, Replace, Lowercase, Strip and StripAccents");
        }
    }

    private static byte[] base64(StrictJson step, String key) {
        try {
            return Base64.getDecoder().decode(step.text(key));
        } catch (IllegalArgumentException e) {
            throw step.bad(key, "base 64", "another text");
        }
    }

    private static void addPreTokenizer(StrictJson step, List<PreTokenizer> steps) {
        String type = step.text("type");
        switch (type) {
            case "Sequence" -> {
                step.only("type", "pretokenizers");
                step.objects("pretokenizers").forEach(part -> addPreTokenizer(part, steps));
            }
            case "BertPreTokenizer" -> {
                step.only("type");
                steps.add(new BertSplit());
            }
            case "ByteLevel" -> addByteLevel(step, steps);
            case "Split" -> {
                step.only("type", "pattern", "behavior", "invert");
                steps.add(supported(step, () -> new PatternSplit(pattern(step), behavior(step), step.bool("invert"))));
            }
            case "Digits" -> {
                step.only("type", "individual_digits");
                steps.add(new PatternSplit(NUMBER,
                        step.bool("individual_digits") ? Behavior.ISOLATED : Behavior.CONTIGUOUS, false));
            }
            case "Punctuation" -> {
                step.only("type", "behavior");
                steps.add(new PatternSplit(PUNCTUATION, behavior(step), false));
            }
            case "Metaspace" -> addMetaspace(step, steps);
            case "Whitespace" -> {
                step.only("type");
                steps.add(new PatternSplit(
                        "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200C\\u200D]+|[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200C\\u200D\\s]+",
                        Behavior.REMOVED, true));
            }
            case "WhitespaceSplit" -> {
                step.only("type");
                steps.add(new PatternSplit("\\s", Behavior.REMOVED, false));
            }
            case "CharDelimiterSplit" -> {
                step.only("type", "delimiter");
                steps.add(new PatternSplit(literal(step.text("delimiter")), Behavior.REMOVED, false));
            }
            default -> throw unsupported(step, "pre_tokenizer", type, "BertPreTokenizer, Sequence, ByteLevel, Split, "
                    + "Digits, Punctuation, Metaspace, Whitespace, WhitespaceSplit and CharDelimiterSplit");
        }
    }

    private static void addByteLevel(StrictJson step, List<PreTokenizer> steps) {
        step.only("type", "add_prefix_space", "trim_offsets", "use_regex");
        if (step.bool("add_prefix_space")) {
            steps.add(new PreTokenizer.PrefixSpace());
        }
        if (step.bool("use_regex", true)) {
            steps.add(new PatternSplit(GPT2, Behavior.ISOLATED, false));
        }
        steps.add(new ByteLevel());
    }

    private static void addMetaspace(StrictJson step, List<PreTokenizer> steps) {
        step.only("type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep");
        String replacement = step.text("replacement");
        if (replacement.length() != 1) {
            throw step.bad("replacement", "one character", "'" + StrictJson.shortened(replacement) + "'");
        }
        char space = replacement.charAt(0);
        steps.add(new Metaspace(space, prefix(step)));
        if (step.bool("split", true)) {
            steps.add(new PatternSplit(literal("" + space), Behavior.MERGED_WITH_NEXT, false));
        }
    }

    /** When a space is put before the text; files of before 2023 say only whether. */
    static Prefix prefix(StrictJson step) {
        if (!step.bool("add_prefix_space", true)) {
            return Prefix.NEVER;
        }
        return step.has("prepend_scheme")
                ? word(step, "prepend_scheme", Prefix.values(), name -> name.toLowerCase(Locale.ROOT))
                : Prefix.ALWAYS;
    }

    private static Behavior behavior(StrictJson step) {
        return word(step, "behavior", Behavior.values(), TokenizerSteps::camelCase);
    }

    private static String camelCase(String name) {
        StringBuilder out = new StringBuilder();
        for (String word : name.split("_")) {
            out.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
        }
        return out.toString();
    }

    private static <E extends Enum<E>> E word(StrictJson step, String key, E[] constants,
            UnaryOperator<String> spelling) {
        String word = step.text(key);
        for (E constant : constants) {
            if (spelling.apply(constant.name()).equals(word)) {
                return constant;
            }
        }
        throw step.bad(key, "one of " + String.join(", ",
                Arrays.stream(constants).map(constant -> spelling.apply(constant.name())).toList()),
                "'" + StrictJson.shortened(word) + "'");
    }

    /** A step with a pattern of the file's own; one that is refused is refused with the name of the file. */
    private static <T> T supported(StrictJson step, Supplier<T> maker) {
        try {
            return maker.get();
        } catch (UnsupportedModelException e) {
            throw new UnsupportedModelException(step.file() + ": " + e.getMessage());
        }
    }

    /** A pattern that is a text or a regular expression, as a regular expression. */
    static String pattern(StrictJson step) {
        StrictJson pattern = step.object("pattern");
        pattern.only("String", "Regex");
        return pattern.has("Regex") ? pattern.text("Regex") : literal(pattern.text("String"));
    }

    /** The regular expression that finds a text. */
    private static String literal(String text) {
        StringBuilder out = new StringBuilder();
        for (char c : text.toCharArray()) {
            boolean plain = c >= 0x80 || c <= ' ' || Character.isLetterOrDigit(c);
            out.append(plain ? "" : "\\").append(c);
        }
        return out.toString();
    }

    private static UnsupportedModelException unsupported(StrictJson step, String section, String type, String known) {
        return new UnsupportedModelException(step.file() + ": the tokenizer's " + section + " is '"
                + StrictJson.shortened(type) + "'; supported so far: " + known);
    }
}
