package dev.lanewise.tools.convert;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs programs of the tests in a JVM of their own. */
public final class ChildJvm {
    private ChildJvm() {}

    /** @param options of the JVM, with spaces between them */
    public static Process start(String options, Class<?> main, String... arguments) throws IOException {
        return new ProcessBuilder(command(options, main, arguments)).redirectErrorStream(true).start();
    }

    static List<String> command(String options, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options.split(" ")));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }
}
