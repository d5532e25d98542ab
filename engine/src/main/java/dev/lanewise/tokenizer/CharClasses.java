package dev.lanewise.tokenizer;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;

/** The sets of characters that patterns name: general categories, white space, digits, characters of words. */
final class CharClasses {
    private static final Map<String, CharSet> CATEGORIES = new ConcurrentHashMap<>();

    /** The general categories, each at its number of {@link Character#getType}; 17 is none, and '}' ends a name. */
    private static final String[] TYPES = ("Cn Lu Ll Lt Lm Lo Mn Me Mc Nd Nl No Zs Zl Zp Cc Cf } Co Cs Pd Ps Pe Pc Po Sm Sc Sk So"
            + " Pi Pf").split(" ");

    static final CharSet WHITESPACE = CharSet.where(FrozenUnicode::isWhitespace);

    private CharClasses() {}

    /**
     * A general category by its name of one letter or two, as {@code L} or {@code Nd}, or what BERT counts as punctuation,
     * {@code BertPunctuation}, or {@code Alphabetic}; null if there is none.
     */
    static CharSet category(String name) {
        if (name.equals("Alphabetic")) {
            return known(name, Character::isAlphabetic);
        }
        if (name.equals("BertPunctuation")) {
            return known(name, c -> FrozenUnicode.category(FrozenUnicode.properties(c)) == FrozenUnicode.PUNCTUATION);
        }
        int mask = mask(name);
        return mask == 0 ? null : known(name, c -> (mask >>> Character.getType(c) & 1) != 0);
    }

    /**
     * What {@code \w} means to the reference's regular expressions: alphabetic characters, marks, digits and connectors (UTS 18,
     * annex C), and of other numbers those of Latin-1, which it has in a table of its own.
     */
    static CharSet word() {
        int mask = mask("M") | mask("Nd") | mask("Pc");
        return known("\\w", c -> Character.isAlphabetic(c) || (mask >>> Character.getType(c) & 1) != 0
                || c < 0x100 && Character.getType(c) == Character.OTHER_NUMBER);
    }

    /** The set of a name, made when it is first asked for. */
    private static CharSet known(String name, IntPredicate isIn) {
        CharSet set = CATEGORIES.get(name);
        if (set == null) {
            set = CharSet.where(isIn);
            CATEGORIES.put(name, set);
        }
        return set;
    }

    /** A bit for each number that {@link Character#getType} has for what a name means; 0 if there is no such name. */
    private static int mask(String name) {
        int mask = 0;
        for (int type = 0; type < TYPES.length; type++) {
            if (TYPES[type].equals(name) || name.length() == 1 && TYPES[type].startsWith(name)) {
                mask |= 1 << type;
            }
        }
        return mask;
    }
}
