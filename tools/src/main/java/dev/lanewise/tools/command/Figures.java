package dev.lanewise.tools.command;

import dev.lanewise.FinishReason;
import dev.lanewise.Generation;
import dev.lanewise.Generation.Timing;
import dev.lanewise.tools.console.Console;
import java.util.Locale;

/** What a generation took, in a line for a person. */
final class Figures {
    private Figures() {}

    /** A reason as the command line spells it. */
    static String name(FinishReason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    static void say(Console console, Generation made) {
        Timing timing = made.timing();
        StringBuilder line = new StringBuilder();
        line.append(tokens(made.ids().length)).append(" (").append(name(made.finish())).append("); first after ")
                .append(seconds(timing.prefillNanos())).append(" (").append(tokens(timing.prefillTokens())).append(", ")
                .append(rate(timing.prefillRate())).append(")");
        if (timing.decodeTokens() > 0) {
            line.append("; then ").append(rate(timing.decodeRate()));
        }
        console.say(line.toString());
    }

    private static String tokens(int count) {
        return count + (count == 1 ? " token" : " tokens");
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.3f s", nanos / 1e9);
    }

    private static String rate(double tokens) {
        return String.format(Locale.ROOT, "%.1f tokens/s", tokens);
    }
}
