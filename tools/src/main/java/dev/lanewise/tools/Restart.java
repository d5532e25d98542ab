package dev.lanewise.tools;

import dev.lanewise.tools.command.Commands;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jline.utils.Signals;

/**
 * Runs the command again in a JVM with the vector module. A jar cannot ask for a module, and without this one everything is
 * several times slower; the launcher adds the flag itself, so this is for {@code java -jar}.
 */
final class Restart {
    private static final String MODULE = "jdk.incubator.vector";
    /** The restarted process is told who started it, so that it ends when its parent does, however that ends. */
    private static final String PARENT = "lanewise.parent";

    private Restart() {}

    static boolean isNeeded(String[] args) {
        String parent = System.getProperty(PARENT);
        if (parent != null) {
            endWith(Long.parseLong(parent));
            return false;
        }
        return Commands.computes(args) && ModuleLayer.boot().findModule(MODULE).isEmpty()
                && java.lang.module.ModuleFinder.ofSystem().find(MODULE).isPresent();
    }

    /** Runs it and waits for its end. */
    static int run(String[] args) {
        ProcessBuilder builder = new ProcessBuilder(command(args)).inheritIO();
        if (!isUtf8(System.getProperty("sun.jnu.encoding"))) {
            // So that the child can name files that this process cannot.
            builder.environment().put("LC_ALL", "C.UTF-8");
        }
        try {
            if (Commands.handlesInterrupts(args)) {
                // The terminal sends Ctrl-C to both processes; it is the child's to answer.
                Signals.register("INT", () -> {
                });
            }
            Process child = builder.start();
            Thread end = new Thread(() -> {
                child.destroy();
                try {
                    child.waitFor();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            Runtime.getRuntime().addShutdownHook(end);
            return child.waitFor();
        } catch (IOException e) {
            System.err.println("lanewise: cannot start a JVM with --add-modules " + MODULE + " (" + e.getMessage()
                    + "); start it so yourself: java --add-modules " + MODULE + " -jar ...");
            return Commands.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Commands.FAILED;
        }
    }

    private static List<String> command(String[] args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!flag.startsWith("-agentlib:") && !flag.startsWith("-javaagent:")) {
                command.add(flag);
            }
        }
        command.add("--add-modules=" + MODULE);
        command.add("-D" + PARENT + "=" + ProcessHandle.current().pid());
        command.add("-D" + Arguments.PROPERTY + "=" + Arguments.encode(args));
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Main.class.getName());
        return command;
    }

    private static void endWith(long parent) {
        ProcessHandle.of(parent).ifPresentOrElse(
                process -> process.onExit().thenRun(() -> Runtime.getRuntime().halt(Commands.FAILED)),
                () -> Runtime.getRuntime().halt(Commands.FAILED));
    }

    private static boolean isUtf8(String charset) {
        return Charset.isSupported(charset) && Charset.forName(charset).equals(StandardCharsets.UTF_8);
    }
}
