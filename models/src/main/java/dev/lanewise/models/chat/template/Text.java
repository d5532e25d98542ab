package dev.lanewise.models.chat.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** What Python's strings can do, on code points. */
final class Text {
    private Text() {}

    /** Without the given characters at its ends; of null, without white space. */
    static String strip(String text, String characters, boolean left, boolean right) {
        int from = 0;
        int to = text.length();
        while (left && from < to && isStripped(text.codePointAt(from), characters)) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (right && from < to && isStripped(text.codePointBefore(to), characters)) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    private static boolean isStripped(int c, String characters) {
        return characters == null ? isSpace(c) : characters.indexOf(c) >= 0;
    }

    static boolean isSpace(int c) {
        return c == ' ' || c >= '\t' && c <= '\r' || c >= 0x1C && c <= 0x1F || c == 0x85 || Character.isSpaceChar(c);
    }

    /**
     * The parts between separators.
     *
     * @param separator or null for white space of any length, which then gives no empty parts
     * @param most how many separators count, or -1 for all
     */
    static List<Object> split(String text, String separator, long most) {
        List<Object> parts = new ArrayList<>();
        if (separator == null) {
            splitAtSpace(text, most, parts);
            return parts;
        }
        int from = 0;
        for (int at = text.indexOf(separator); at >= 0 && (most < 0 || parts.size() < most); at = text
                .indexOf(separator, from)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static void splitAtSpace(String text, long most, List<Object> parts) {
        for (int at = skip(text, 0, true); at < text.length();) {
            if (most >= 0 && parts.size() >= most) {
                parts.add(text.substring(at));
                return;
            }
            int end = skip(text, at, false);
            parts.add(text.substring(at, end));
            at = skip(text, end, true);
        }
    }

    /** Where the white space, or the word, ends that begins here. */
    private static int skip(String text, int from, boolean space) {
        int end = from;
        while (end < text.length() && isSpace(text.charAt(end)) == space) {
            end++;
        }
        return end;
    }

    /** As {@link #split}, from the end. */
    static List<Object> splitFromEnd(String text, String separator, long most) {
        List<Object> parts = new ArrayList<>();
        int to = text.length();
        for (int at = text.lastIndexOf(separator); at >= 0 && (most < 0 || parts.size() < most);) {
            parts.add(text.substring(at + separator.length(), to));
            to = at;
            at = at >= separator.length() ? text.lastIndexOf(separator, at - separator.length()) : -1;
        }
        parts.add(text.substring(0, to));
        Collections.reverse(parts);
        return parts;
    }

    static List<Object> lines(String text, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n' || c == '\r' || c == 0x0B || c == '\f' || c >= 0x1C && c <= 0x1E || c == 0x85 || c == 0x2028
                    || c == 0x2029) {
                int end = i;
                if (c == '\r' && text.startsWith("\n", i + 1)) {
                    i++;
                }
                lines.add(text.substring(from, keepEnds ? i + 1 : end));
                from = i + 1;
            }
        }
        if (from < text.length()) {
            lines.add(text.substring(from));
        }
        return lines;
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int end = text.offsetByCodePoints(0, 1);
        return title(text.codePointAt(0)) + text.substring(end).toLowerCase(Locale.ROOT);
    }

    /** Every word with a large letter in front. */
    static String title(String text, boolean atSpaceAlone) {
        StringBuilder out = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            out.append(inWord ? Character.toString(c).toLowerCase(Locale.ROOT) : title(c));
            inWord = atSpaceAlone ? !isSpace(c) && "-({[<".indexOf(c) < 0 : Character.isLetter(c);
        }
        return out.toString();
    }

    private static String title(int c) {
        int title = Character.toTitleCase(c);
        return title != c ? Character.toString(title) : Character.toString(c).toUpperCase(Locale.ROOT);
    }

    static boolean isLower(String text) {
        return text.chars().anyMatch(Character::isLowerCase)
                && text.chars().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
    }

    static boolean isUpper(String text) {
        return text.chars().anyMatch(Character::isUpperCase)
                && text.chars().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
    }

    /** How often a text occurs, without overlaps. */
    static long count(String text, String part) {
        if (part.isEmpty()) {
            return text.codePointCount(0, text.length()) + 1L;
        }
        long count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    /** With the first occurrences of a part replaced; of all, if {@code most} is negative. */
    static String replace(String text, String part, String by, long most) {
        StringBuilder out = new StringBuilder();
        int from = 0;
        long done = 0;
        if (part.isEmpty()) {
            for (int i = 0; i <= text.length(); i = i < text.length() ? text.offsetByCodePoints(i, 1) : i + 1) {
                if (most >= 0 && done == most) {
                    break;
                }
                out.append(text, from, i).append(by);
                from = i;
                done++;
            }
            return out.append(text, Math.min(from, text.length()), text.length()).toString();
        }
        for (int at = text.indexOf(part); at >= 0 && (most < 0 || done < most); at = text.indexOf(part, from)) {
            out.append(text, from, at).append(by);
            from = at + part.length();
            done++;
        }
        return out.append(text, from, text.length()).toString();
    }
}
