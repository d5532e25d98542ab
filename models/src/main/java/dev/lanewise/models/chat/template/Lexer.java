package dev.lanewise.models.chat.template;

import dev.lanewise.models.chat.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a template into words, with the rules for spaces that templates are written for ({@code trim_blocks} and
 * {@code lstrip_blocks}): a newline behind a block goes, as do spaces between the beginning of a line and a block; a minus
 * inside a tag takes all white space on its side, a plus none.
 */
final class Lexer {
    private static final List<String> SIGNS = List.of("==", "!=", "<=", ">=", "//", "**", "<", ">", "=", "+", "-", "*",
            "/", "%", "~", "|", ".", ",", ":", "(", ")", "[", "]", "{", "}");

    private final Source source;
    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private boolean lineStarts = true;

    private Lexer(Source source) {
        this.source = source;
        this.text = source.text();
    }

    /** All words, {@link Kind#END} last. */
    static List<Token> read(Source source) {
        Lexer lexer = new Lexer(source);
        lexer.read();
        return lexer.tokens;
    }

    private void read() {
        while (at < text.length()) {
            int tag = nextTag();
            if (tag < 0) {
                data(at, text.length());
                at = text.length();
                break;
            }
            char kind = text.charAt(tag + 1);
            char sign = tag + 2 < text.length() ? text.charAt(tag + 2) : ' ';
            data(at, endOfData(tag, kind, sign));
            at = tag + (sign == '-' || sign == '+' && kind != '{' ? 3 : 2);
            switch (kind) {
                case '#' -> comment(tag);
                case '{' -> tag(tag, Kind.PRINT_BEGIN, Kind.PRINT_END, "}}");
                default -> {
                    if (!raw(tag)) {
                        tag(tag, Kind.BLOCK_BEGIN, Kind.BLOCK_END, "%}");
                    }
                }
            }
        }
        tokens.add(new Token(Kind.END, "the end of the template", text.length()));
    }

    private int nextTag() {
        for (int i = text.indexOf('{', at); i >= 0 && i + 1 < text.length(); i = text.indexOf('{', i + 1)) {
            char next = text.charAt(i + 1);
            if (next == '%' || next == '{' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    private int endOfData(int tag, char kind, char sign) {
        int end = tag;
        if (sign == '-') {
            while (end > at && isSpace(text.charAt(end - 1))) {
                end--;
            }
        } else if (sign != '+' && kind != '{') {
            int blank = tag;
            while (blank > at && text.charAt(blank - 1) != '\n' && isSpace(text.charAt(blank - 1))) {
                blank--;
            }
            if (blank > at ? text.charAt(blank - 1) == '\n' : lineStarts) {
                end = blank;
            }
        }
        return end;
    }

    private void data(int from, int to) {
        if (from < to) {
            tokens.add(new Token(Kind.DATA, text.substring(from, to), from));
        }
    }

    private void comment(int begin) {
        int end = text.indexOf("#}", at);
        if (end < 0) {
            throw source.error(begin, "this comment has no end");
        }
        char before = text.charAt(end - 1);
        at = end + 2;
        behindTag(end > begin + 2 ? before : ' ', true);
    }

    /** Skips what goes behind a tag. */
    private void behindTag(char sign, boolean block) {
        if (sign == '-') {
            while (at < text.length() && isSpace(text.charAt(at))) {
                at++;
            }
        } else if (sign != '+' && block && at < text.length() && text.charAt(at) == '\n') {
            at++;
        }
        lineStarts = text.charAt(at - 1) == '\n';
    }

    /** Text that is no template, if there is any here. */
    private boolean raw(int begin) {
        int i = skipSpaces(at);
        if (!text.startsWith("raw", i)) {
            return false;
        }
        i = skipSpaces(i + 3);
        boolean trims = text.startsWith("-", i);
        if (!text.startsWith("%}", trims ? i + 1 : i)) {
            return false;
        }
        at = i + (trims ? 3 : 2);
        if (trims) {
            behindTag('-', true);
        }
        for (int end = text.indexOf("{%", at); end >= 0; end = text.indexOf("{%", end + 2)) {
            boolean trimsBefore = text.startsWith("-", end + 2);
            int name = skipSpaces(end + (trimsBefore || text.startsWith("+", end + 2) ? 3 : 2));
            if (!text.startsWith("endraw", name)) {
                continue;
            }
            int close = skipSpaces(name + 6);
            char sign = close < text.length() ? text.charAt(close) : ' ';
            boolean signed = sign == '-' || sign == '+';
            if (!text.startsWith("%}", signed ? close + 1 : close)) {
                continue;
            }
            data(at, trimsBefore ? endOfData(end, '%', '-') : end);
            at = close + (signed ? 3 : 2);
            behindTag(signed ? sign : ' ', true);
            return true;
        }
        throw source.error(begin, "raw has no endraw");
    }

    private int skipSpaces(int from) {
        int i = from;
        while (i < text.length() && isSpace(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private void tag(int begin, Kind beginKind, Kind endKind, String end) {
        tokens.add(new Token(beginKind, text.substring(begin, begin + 2), begin));
        int open = 0; // brackets
        for (;;) {
            at = skipSpaces(at);
            if (at >= text.length()) {
                throw source.error(begin, "this tag has no " + end);
            }
            char c = text.charAt(at);
            boolean signed = (c == '-' || c == '+' && endKind == Kind.BLOCK_END) && text.startsWith(end, at + 1);
            if (open == 0 && (signed || text.startsWith(end, at))) {
                tokens.add(new Token(endKind, end, at));
                at += signed ? 3 : 2;
                behindTag(signed ? c : ' ', endKind == Kind.BLOCK_END);
                return;
            }
            if (c == '"' || c == '\'') {
                string(c);
            } else if (c >= '0' && c <= '9') {
                number();
            } else if (Character.isUnicodeIdentifierStart(c) || c == '_') {
                int from = at;
                while (at < text.length()
                        && (Character.isUnicodeIdentifierPart(text.charAt(at)) || text.charAt(at) == '_')) {
                    at++;
                }
                tokens.add(new Token(Kind.NAME, text.substring(from, at), from));
            } else {
                String sign = sign();
                open += "([{".contains(sign) ? 1 : ")]}".contains(sign) ? -1 : 0;
                tokens.add(new Token(Kind.SIGN, sign, at));
                at += sign.length();
            }
        }
    }

    private String sign() {
        for (String sign : SIGNS) {
            if (text.startsWith(sign, at)) {
                return sign;
            }
        }
        throw source.error(at, "the character '" + Character.toString(text.codePointAt(at)) + "' has no meaning here");
    }

    private void number() {
        int from = at;
        boolean whole = true;
        while (at < text.length() && isDigit(at)) {
            at++;
        }
        if (at + 1 < text.length() && text.charAt(at) == '.' && isDigit(at + 1)) {
            whole = false;
            at++;
            while (at < text.length() && isDigit(at)) {
                at++;
            }
        }
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            int exponent = at + 1;
            if (exponent < text.length() && (text.charAt(exponent) == '-' || text.charAt(exponent) == '+')) {
                exponent++;
            }
            if (exponent < text.length() && text.charAt(exponent) >= '0' && text.charAt(exponent) <= '9') {
                whole = false;
                at = exponent;
                while (at < text.length() && isDigit(at)) {
                    at++;
                }
            }
        }
        tokens.add(new Token(whole ? Kind.INTEGER : Kind.FLOAT, text.substring(from, at).replace("_", ""), from));
    }

    private boolean isDigit(int i) {
        return text.charAt(i) >= '0' && text.charAt(i) <= '9' || text.charAt(i) == '_';
    }

    private void string(char quote) {
        int from = at++;
        StringBuilder content = new StringBuilder();
        for (;;) {
            if (at >= text.length()) {
                throw source.error(from, "this string has no end");
            }
            char c = text.charAt(at++);
            if (c == quote) {
                tokens.add(new Token(Kind.STRING, content.toString(), from));
                return;
            }
            if (c == '\\' && at < text.length()) {
                escape(content);
            } else {
                content.append(c);
            }
        }
    }

    /** What Python's strings know; a backslash before anything else is a backslash. */
    private void escape(StringBuilder content) {
        char c = text.charAt(at++);
        switch (c) {
            case 'n' -> content.append('\n');
            case 't' -> content.append('\t');
            case 'r' -> content.append('\r');
            case 'b' -> content.append('\b');
            case 'f' -> content.append('\f');
            case '\\', '\'', '"' -> content.append(c);
            case '\n' -> {
                // A line that goes on.
            }
            case 'x' -> content.appendCodePoint(code(2));
            case 'u' -> content.appendCodePoint(code(4));
            case 'U' -> content.appendCodePoint(code(8));
            default -> content.append('\\').append(c);
        }
    }

    private int code(int digits) {
        try {
            int code = Integer.parseUnsignedInt(text, at, at + digits, 16);
            if (Character.isValidCodePoint(code)) {
                at += digits;
                return code;
            }
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            // Said below, with the place.
        }
        throw source.error(at - 2, "this escape needs " + digits + " hexadecimal digits of a character");
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c >= '\t' && c <= '\r' || c > 127 && (Character.isWhitespace(c) || Character.isSpaceChar(c));
    }
}
