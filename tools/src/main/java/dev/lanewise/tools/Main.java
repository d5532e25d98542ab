package dev.lanewise.tools;

import dev.lanewise.tools.command.Commands;
import dev.lanewise.tools.console.Console;

/** The entry of the executable jar. */
public final class Main {
    private Main() {}

    /** Runs a command; the process ends with its exit code, as no thread outlives a command. */
    public static void main(String[] args) {
        String[] exact = Arguments.exact(args);
        int code = Restart.isNeeded(exact) ? Restart.run(exact) : Commands.run(exact, Console.ofProcess());
        if (code != 0) {
            System.exit(code); // logs, and looks for a logger: 20 ms
        }
    }
}
