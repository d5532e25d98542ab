package dev.lanewise.models.chat.template;

import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.util.Locale;

/** Dates as {@code strftime} of C writes them, in English. */
final class TimeFormat {
    private TimeFormat() {}

    static String format(Interpreter in, String format, ZonedDateTime time) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            boolean bare = format.startsWith("-", i + 1);
            i += bare ? 2 : 1;
            String part = i < format.length() ? part(format.charAt(i), time) : null;
            if (part == null) {
                throw in.error("the format of a time '" + format + "' has a part that is not known");
            }
            out.append(bare && part.length() > 1 && part.startsWith("0") ? part.substring(1) : part);
        }
        in.payText(out.length());
        return out.toString();
    }

    /** Or null. */
    private static String part(char letter, ZonedDateTime time) {
        return switch (letter) {
            case 'Y' -> Integer.toString(time.getYear());
            case 'y' -> two(time.getYear() % 100);
            case 'm' -> two(time.getMonthValue());
            case 'd' -> two(time.getDayOfMonth());
            case 'e' -> String.format("%2d", time.getDayOfMonth());
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'H' -> two(time.getHour());
            case 'I' -> two((time.getHour() + 11) % 12 + 1);
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'M' -> two(time.getMinute());
            case 'S' -> two(time.getSecond());
            case 'j' -> String.format("%03d", time.getDayOfYear());
            case 'F' -> time.getYear() + "-" + two(time.getMonthValue()) + "-" + two(time.getDayOfMonth());
            case 'T' -> two(time.getHour()) + ":" + two(time.getMinute()) + ":" + two(time.getSecond());
            case '%' -> "%";
            default -> null;
        };
    }

    private static String two(int n) {
        return n < 10 ? "0" + n : Integer.toString(n);
    }
}
