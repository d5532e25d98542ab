package dev.lanewise.bench.measure;

import dev.lanewise.Lanewise;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** What a run ran on, for people and for the raw samples. */
public final class Machine {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    private Machine() {}

    /**
     * Machine, JDK, live vector width, threads and commit, in the order in which they are printed.
     *
     * @param checkout the checkout of Lanewise, or null if it is not known
     */
    public static Map<String, String> describe(Path checkout, int threads) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("machine", processor() + ", " + Runtime.getRuntime().availableProcessors() + " processors, "
                + System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        facts.put("jdk", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version") + " ("
                + System.getProperty("java.vendor") + ")");
        Lanewise.Runtime live = Lanewise.runtime();
        facts.put("vectors", live.vectorBits() == 0 ? live.path() : live.vectorBits() + " bits, " + live.path());
        facts.put("threads", Integer.toString(threads));
        facts.put("commit", commit(checkout));
        return facts;
    }

    private static String processor() {
        try (Stream<String> lines = Files.lines(PROCESSORS)) {
            return lines.filter(line -> line.startsWith("model name")).findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse("unknown processor");
        } catch (IOException e) {
            return "unknown processor"; // not a Linux
        }
    }

    private static String commit(Path checkout) {
        String head = checkout == null ? "" : git(checkout, "rev-parse", "--short=12", "HEAD");
        if (head.isEmpty()) {
            return "unknown";
        }
        return git(checkout, "status", "--porcelain", "--untracked-files=no").isEmpty() ? head : head + " with changes";
    }

    /** What git says, or nothing if it cannot be asked. */
    private static String git(Path checkout, String... arguments) {
        try {
            Process process = new ProcessBuilder(
                    Stream.concat(Stream.of("git"), Stream.of(arguments)).toList()).directory(checkout.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? out : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
