package dev.lanewise.tokenizer;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.PatternNode.Choice;
import dev.lanewise.tokenizer.PatternNode.Next;
import dev.lanewise.tokenizer.PatternNode.One;
import dev.lanewise.tokenizer.PatternNode.Repeat;
import dev.lanewise.tokenizer.PatternNode.Sequence;
import dev.lanewise.weights.Metadata;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the part of the syntax of regular expressions that published tokenizers use: characters, classes with ranges,
 * negation and intersection, categories, groups, alternatives, greedy and possessive repetition, and a look at the one
 * character that comes next. Everything else is refused by name. Not thread-safe.
 */
final class PatternParser {
    private static final int LONGEST = 10_000;
    private static final int DEEPEST = 20;
    /** Parts repeated often are copied so often; bounds what a pattern can grow to. */
    private static final int MOST_REPEATS = 1000;

    private final String pattern;
    private int at;
    private int depth;
    private boolean ignoreCase;

    private PatternParser(String pattern) {
        this.pattern = pattern;
    }

    /**
     * Parses a pattern.
     *
     * @throws UnsupportedModelException if it is no pattern, or uses what is not supported
     */
    static PatternNode parse(String pattern) {
        if (pattern.isEmpty() || pattern.length() > LONGEST) {
            throw new UnsupportedModelException("the tokenizer's pattern has " + pattern.length()
                    + " characters; supported are 1 to " + LONGEST);
        }
        PatternParser parser = new PatternParser(pattern);
        PatternNode node = parser.choice();
        if (parser.at < pattern.length()) {
            throw parser.unsupported("a ')' without its '('");
        }
        if (node.nullable()) {
            throw parser.unsupported("a match of nothing");
        }
        return node;
    }

    private PatternNode choice() {
        if (++depth > DEEPEST) {
            throw unsupported("more than " + DEEPEST + " groups in each other");
        }
        List<PatternNode> parts = new ArrayList<>();
        do {
            parts.add(sequence());
        } while (take('|'));
        depth--;
        return parts.size() == 1 ? parts.getFirst() : new Choice(List.copyOf(parts));
    }

    private PatternNode sequence() {
        List<PatternNode> parts = new ArrayList<>();
        while (at < pattern.length() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
            parts.add(repeated(part()));
        }
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i) instanceof Repeat repeat && repeat.possessive()) {
                PatternNode rest = new Sequence(parts.subList(i + 1, parts.size()));
                // Greedy is possessive where nothing that follows could want back what was taken.
                if (!rest.nullable() && !repeat.first().and(rest.first()).isEmpty()) {
                    throw unsupported("a possessive repetition of what may follow it");
                }
            }
        }
        return new Sequence(List.copyOf(parts));
    }

    private PatternNode repeated(PatternNode part) {
        int least;
        int most;
        if (take('?')) {
            least = 0;
            most = 1;
        } else if (take('*')) {
            least = 0;
            most = Repeat.UNBOUNDED;
        } else if (take('+')) {
            least = 1;
            most = Repeat.UNBOUNDED;
        } else if (at + 1 < pattern.length() && pattern.charAt(at) == '{'
                && (isDigit(pattern.charAt(at + 1)) || pattern.charAt(at + 1) == ',')) {
            at++;
            least = pattern.charAt(at) == ',' ? 0 : number();
            most = least;
            if (take(',')) {
                most = at < pattern.length() && isDigit(pattern.charAt(at)) ? number() : Repeat.UNBOUNDED;
            }
            need('}');
            if (most != Repeat.UNBOUNDED && most < least) {
                throw unsupported("a repetition of at least " + least + " and at most " + most);
            }
            if (at < pattern.length() && (pattern.charAt(at) == '+' || pattern.charAt(at) == '?')) {
                throw unsupported("'" + pattern.charAt(at) + "' behind a counted repetition");
            }
        } else {
            return part;
        }
        if (part instanceof Next) {
            throw unsupported("a repeated look at what comes next");
        }
        if (take('?')) {
            throw unsupported("a lazy repetition");
        }
        boolean possessive = take('+');
        if (at < pattern.length() && "*+?".indexOf(pattern.charAt(at)) >= 0) {
            throw unsupported("a repetition of a repetition");
        }
        return new Repeat(part, least, most, possessive);
    }

    private PatternNode part() {
        char c = pattern.charAt(at);
        switch (c) {
            case '(' -> {
                return group();
            }
            case '[' -> {
                at++;
                return new One(set());
            }
            case '.' -> {
                at++;
                return new One(CharSet.of('\n').not());
            }
            case '$' -> {
                at++;
                return new Next(CharSet.of('\n'), true);
            }
            case '^', '*', '+', '?' -> throw unsupported("'" + c + "' here");
            default -> {
                return new One(c == '\\' ? escape(false) : literal());
            }
        }
    }

    private PatternNode group() {
        at++;
        boolean outer = ignoreCase;
        PatternNode node;
        if (!take('?')) {
            node = choice();
        } else if (take(':')) {
            node = choice();
        } else if (pattern.startsWith("i:", at)) {
            at += 2;
            ignoreCase = true;
            node = choice();
        } else if (take('=')) {
            node = next(choice(), true);
        } else if (take('!')) {
            node = next(choice(), false);
        } else {
            throw unsupported("the group '(?" + Metadata.quoted(pattern.substring(at)).substring(1));
        }
        ignoreCase = outer;
        need(')');
        return node;
    }

    /** A look at what comes next. Only one character can be looked at. */
    private PatternNode next(PatternNode looked, boolean wanted) {
        PatternNode node = looked instanceof Sequence sequence && sequence.parts().size() == 1
                ? sequence.parts().getFirst()
                : looked;
        CharSet set;
        boolean end;
        switch (node) {
            case One one -> {
                set = one.set();
                end = false;
            }
            case Next next -> {
                set = next.set();
                end = next.end();
            }
            default -> throw unsupported("a look at more than the next character");
        }
        return wanted ? new Next(set, end) : new Next(set.not(), !end);
    }

    /** A class, behind its opening bracket. */
    private CharSet set() {
        if (++depth > DEEPEST) {
            throw unsupported("more than " + DEEPEST + " groups in each other");
        }
        boolean negated = take('^');
        CharSet whole = null;
        CharSet set = CharSet.NONE;
        boolean first = true;
        while (first || at < pattern.length() && pattern.charAt(at) != ']') {
            if (at >= pattern.length()) {
                break;
            }
            if (pattern.startsWith("&&", at)) {
                at += 2;
                whole = whole == null ? set : whole.and(set);
                set = CharSet.NONE;
            } else if (pattern.startsWith("[:", at)) {
                throw unsupported("a POSIX bracket");
            } else if (take('[')) {
                set = set.or(set());
            } else {
                set = set.or(rangeOrOne());
            }
            first = false;
        }
        need(']');
        depth--;
        whole = whole == null ? set : whole.and(set);
        return negated ? whole.not() : whole;
    }

    private CharSet rangeOrOne() {
        CharSet from = member();
        if (at + 1 < pattern.length() && pattern.charAt(at) == '-' && pattern.charAt(at + 1) != ']'
                && from.bounds().length == 2 && from.bounds()[1] == from.bounds()[0] + 1) {
            at++;
            CharSet to = member();
            if (to.bounds().length != 2 || to.bounds()[1] != to.bounds()[0] + 1
                    || to.bounds()[0] < from.bounds()[0]) {
                throw unsupported("a range without two ends in order");
            }
            return CharSet.range(from.bounds()[0], to.bounds()[0]);
        }
        return from;
    }

    private CharSet member() {
        if (pattern.charAt(at) == '\\') {
            return escape(true);
        }
        if (ignoreCase) {
            throw unsupported("a class in a group that ignores case");
        }
        return literal();
    }

    private CharSet literal() {
        int c = pattern.codePointAt(at);
        at += Character.charCount(c);
        if (!ignoreCase) {
            return CharSet.of(c);
        }
        if (c >= 0x80) {
            throw unsupported("a character other than ASCII in a group that ignores case");
        }
        CharSet both = CharSet.of(Character.toLowerCase(c)).or(CharSet.of(Character.toUpperCase(c)));
        return switch (Character.toLowerCase(c)) {
            // The two characters beyond ASCII that fold to one in it: long s and the Kelvin sign.
            case 's' -> both.or(CharSet.of(0x17F));
            case 'k' -> both.or(CharSet.of(0x212A));
            default -> both;
        };
    }

    private CharSet escape(boolean inSet) {
        at++;
        if (at == pattern.length()) {
            throw unsupported("a backslash at the end");
        }
        char c = pattern.charAt(at++);
        return switch (c) {
            case 's' -> CharClasses.WHITESPACE;
            case 'S' -> CharClasses.WHITESPACE.not();
            case 'd' -> CharClasses.category("Nd");
            case 'D' -> CharClasses.category("Nd").not();
            case 'w' -> CharClasses.word();
            case 'W' -> CharClasses.word().not();
            case 'r' -> CharSet.of('\r');
            case 'n' -> CharSet.of('\n');
            case 't' -> CharSet.of('\t');
            case 'f' -> CharSet.of('\f');
            case 'v' -> CharSet.of(0x0B);
            case 'p', 'P' -> category(c == 'P');
            case 'x' -> CharSet.of(take('{') ? hexadecimal(6, true) : hexadecimal(2, false));
            case 'u' -> CharSet.of(hexadecimal(4, false));
            default -> {
                if (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80) {
                    throw unsupported("'\\" + c + "'" + (inSet ? " in a class" : ""));
                }
                yield CharSet.of(c);
            }
        };
    }

    private CharSet category(boolean negated) {
        need('{');
        boolean not = negated ^ take('^');
        int close = pattern.indexOf('}', at);
        String name = close < 0 ? pattern.substring(at) : pattern.substring(at, close);
        CharSet set = CharClasses.category(name);
        if (set == null || close < 0) {
            throw unsupported("the property " + Metadata.quoted(name));
        }
        at = close + 1;
        return not ? set.not() : set;
    }

    private int hexadecimal(int most, boolean closed) {
        int from = at;
        int value = 0;
        while (at < pattern.length() && at - from < most && Character.digit(pattern.charAt(at), 16) >= 0) {
            value = value << 4 | Character.digit(pattern.charAt(at++), 16);
        }
        if (at == from || !closed && at - from < most || value > Character.MAX_CODE_POINT) {
            throw unsupported("a character by a number that is none");
        }
        if (closed) {
            need('}');
        }
        return value;
    }

    private int number() {
        int value = 0;
        while (at < pattern.length() && isDigit(pattern.charAt(at))) {
            value = value * 10 + pattern.charAt(at++) - '0';
            if (value > MOST_REPEATS) {
                throw unsupported("a repetition of more than " + MOST_REPEATS);
            }
        }
        return value;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private boolean take(char c) {
        if (at < pattern.length() && pattern.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void need(char c) {
        if (!take(c)) {
            throw unsupported("no '" + c + "' where it must be");
        }
    }

    private UnsupportedModelException unsupported(String what) {
        return new UnsupportedModelException("the tokenizer's pattern " + Metadata.quoted(pattern) + " has "
                + what + " (at character " + at + "), which is not supported");
    }
}
