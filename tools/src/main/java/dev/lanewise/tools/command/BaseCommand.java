package dev.lanewise.tools.command;

import dev.lanewise.tools.console.Console;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command has: the options that are the same everywhere, and a console. */
abstract class BaseCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "print the result as JSON")
    boolean json;

    @Option(names = "--debug", description = "print the stack trace of a failure")
    private boolean debug;

    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--threads", paramLabel = "N", description = "how many threads compute (default: one a processor); the result does not depend on it")
    private void setThreads(int n) {
        if (n < 1) {
            throw wrongUsage("--threads must be at least 1, and is " + n);
        }
        threads = n;
    }

    final Console console;

    BaseCommand(Console console) {
        this.console = console;
    }

    BaseCommand(Console console, boolean json, int threads) {
        this.console = console;
        this.json = json;
        this.threads = threads;
    }

    final int threads() {
        return threads;
    }

    final ParameterException wrongUsage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** Does the work; a failure is thrown. */
    abstract void run() throws Exception;

    @Override
    public Integer call() throws Exception {
        run();
        return exitCode();
    }

    /** The exit code after {@link #run} has returned. */
    int exitCode() {
        return 0;
    }
}
