package dev.lanewise.tools.command;

import dev.lanewise.tools.console.Console;

/**
 * The simplest {@code embed}, understood without the parser: a model, one text, {@code --json}, {@code --threads}. The parser
 * takes longer to load and to read its annotations (140 ms) than everything else that such a command does. Whatever is not
 * plainly right goes to the parser, which has the last word.
 */
final class SimpleEmbed {
    private static final int MOST_DIGITS = 4;

    private SimpleEmbed() {}

    /** The command, or null if it is not that simple. */
    static EmbedCommand of(String[] args, Console console) {
        if (args.length < 3 || !args[0].equals("embed")) {
            return null;
        }
        String model = null;
        String text = null;
        boolean json = false;
        int threads = 0;
        for (int i = 1; i < args.length; i++) {
            String arg = args[i];
            if (arg.equals("--json") && !json) {
                json = true;
            } else if (arg.equals("--threads") && threads == 0 && i + 1 < args.length && isCount(args[i + 1])) {
                threads = Integer.parseInt(args[++i]);
            } else if (!isPlain(arg) || text != null) {
                return null;
            } else if (model == null) {
                model = arg;
            } else {
                text = arg;
            }
        }
        return text == null
                ? null
                : new EmbedCommand(console, model, text, json,
                        threads > 0 ? threads : Runtime.getRuntime().availableProcessors());
    }

    /** Neither empty nor an option, and nothing that the parser would take apart. */
    private static boolean isPlain(String arg) {
        return !arg.isBlank() && arg.charAt(0) != '-' && arg.indexOf('"') < 0 && arg.indexOf('\'') < 0;
    }

    /** A whole number above 0, written plainly. */
    private static boolean isCount(String arg) {
        return arg.length() <= MOST_DIGITS && !arg.isEmpty() && arg.charAt(0) != '0'
                && arg.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
