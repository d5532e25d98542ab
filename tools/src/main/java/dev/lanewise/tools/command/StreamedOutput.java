package dev.lanewise.tools.command;

import dev.lanewise.tools.console.Console;
import dev.lanewise.tools.console.Console.OutputException;

/** Text on the standard output that is seen at once, piece by piece, printed where nothing may be thrown. */
final class StreamedOutput {
    private final Console console;
    private OutputException failure;

    StreamedOutput(Console console) {
        this.console = console;
    }

    void print(String piece) {
        console.out().print(piece);
        try {
            console.flush();
        } catch (OutputException e) {
            failure = e;
        }
    }

    /** Whether a piece could not be written, so that it makes no sense to go on. */
    boolean hasFailed() {
        return failure != null;
    }

    /** @throws OutputException if a piece could not be written */
    void check() throws OutputException {
        if (failure != null) {
            throw failure;
        }
    }
}
