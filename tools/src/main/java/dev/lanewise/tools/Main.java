package dev.lanewise.tools;

import dev.lanewise.tools.command.Commands;
import dev.lanewise.tools.console.Console;

/** The entry of the executable jar. */
public final class Main {
    private Main() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] args) {
        String[] exact = Arguments.exact(args);
        int code = Restart.isNeeded(exact) ? Restart.run(exact) : Commands.run(exact, Console.ofProcess());
        System.exit(code);
    }
}
