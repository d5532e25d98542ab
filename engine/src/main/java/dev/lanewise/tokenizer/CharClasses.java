package dev.lanewise.tokenizer;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The sets of characters that patterns name: general categories, white space, digits, characters of words. */
final class CharClasses {
    private static final Map<String, CharSet> CATEGORIES = new ConcurrentHashMap<>();

    static final CharSet WHITESPACE = CharSet.where(FrozenUnicode::isWhitespace);

    private CharClasses() {}

    /**
     * A general category by its name of one letter or two, as {@code L} or {@code Nd}, or what BERT counts as punctuation,
     * {@code BertPunctuation}, or {@code Alphabetic}; null if there is none.
     */
    static CharSet category(String name) {
        if (name.equals("Alphabetic")) {
            return CATEGORIES.computeIfAbsent(name, _ -> CharSet.where(Character::isAlphabetic));
        }
        if (name.equals("BertPunctuation")) {
            return CATEGORIES.computeIfAbsent(name, _ -> CharSet.where(
                    c -> FrozenUnicode.category(FrozenUnicode.properties(c)) == FrozenUnicode.PUNCTUATION));
        }
        int mask = mask(name);
        return mask == 0
                ? null
                : CATEGORIES.computeIfAbsent(name, _ -> CharSet.where(c -> (mask >>> Character.getType(c) & 1) != 0));
    }

    /**
     * What {@code \w} means to the reference's regular expressions: alphabetic characters, marks, digits and connectors (UTS 18,
     * annex C), and of other numbers those of Latin-1, which it has in a table of its own.
     */
    static CharSet word() {
        int mask = mask("M") | mask("Nd") | mask("Pc");
        return CATEGORIES.computeIfAbsent("\\w",
                _ -> CharSet.where(c -> Character.isAlphabetic(c) || (mask >>> Character.getType(c) & 1) != 0
                        || c < 0x100 && Character.getType(c) == Character.OTHER_NUMBER));
    }

    private static int mask(String name) {
        return switch (name) {
            case "L" -> mask("Lu") | mask("Ll") | mask("Lt") | mask("Lm") | mask("Lo");
            case "Lu" -> 1 << Character.UPPERCASE_LETTER;
            case "Ll" -> 1 << Character.LOWERCASE_LETTER;
            case "Lt" -> 1 << Character.TITLECASE_LETTER;
            case "Lm" -> 1 << Character.MODIFIER_LETTER;
            case "Lo" -> 1 << Character.OTHER_LETTER;
            case "M" -> mask("Mn") | mask("Mc") | mask("Me");
            case "Mn" -> 1 << Character.NON_SPACING_MARK;
            case "Mc" -> 1 << Character.COMBINING_SPACING_MARK;
            case "Me" -> 1 << Character.ENCLOSING_MARK;
            case "N" -> mask("Nd") | mask("Nl") | mask("No");
            case "Nd" -> 1 << Character.DECIMAL_DIGIT_NUMBER;
            case "Nl" -> 1 << Character.LETTER_NUMBER;
            case "No" -> 1 << Character.OTHER_NUMBER;
            case "P" -> mask("Pc") | mask("Pd") | mask("Ps") | mask("Pe") | mask("Pi") | mask("Pf") | mask("Po");
            case "Pc" -> 1 << Character.CONNECTOR_PUNCTUATION;
            case "Pd" -> 1 << Character.DASH_PUNCTUATION;
            case "Ps" -> 1 << Character.START_PUNCTUATION;
            case "Pe" -> 1 << Character.END_PUNCTUATION;
            case "Pi" -> 1 << Character.INITIAL_QUOTE_PUNCTUATION;
            case "Pf" -> 1 << Character.FINAL_QUOTE_PUNCTUATION;
            case "Po" -> 1 << Character.OTHER_PUNCTUATION;
            case "S" -> mask("Sm") | mask("Sc") | mask("Sk") | mask("So");
            case "Sm" -> 1 << Character.MATH_SYMBOL;
            case "Sc" -> 1 << Character.CURRENCY_SYMBOL;
            case "Sk" -> 1 << Character.MODIFIER_SYMBOL;
            case "So" -> 1 << Character.OTHER_SYMBOL;
            case "Z" -> mask("Zs") | mask("Zl") | mask("Zp");
            case "Zs" -> 1 << Character.SPACE_SEPARATOR;
            case "Zl" -> 1 << Character.LINE_SEPARATOR;
            case "Zp" -> 1 << Character.PARAGRAPH_SEPARATOR;
            case "Cc" -> 1 << Character.CONTROL;
            case "Cf" -> 1 << Character.FORMAT;
            default -> 0;
        };
    }
}
