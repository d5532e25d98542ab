package dev.lanewise.tools.convert;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs programs of the tests in a JVM of their own. */
final class ChildJvm {
    private ChildJvm() {}

    static Process start(String option, Class<?> main, String... arguments) throws IOException {
        return new ProcessBuilder(command(option, main, arguments)).redirectErrorStream(true).start();
    }

    static List<String> command(String option, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        option, "-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }
}
