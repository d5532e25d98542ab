package dev.lanewise.bench.scenario;

import dev.lanewise.bench.Checkout;
import dev.lanewise.bench.Maven;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What may happen where threads meet in the scheduler, seen by jcstress, which is fetched and built first. */
final class StressScenario implements Scenario {
    /** Tests, times the ways in which they are compiled and share processors, each in a JVM of its own. */
    private static final int CONFIGURATIONS = 12;
    private static final int FEWEST_MILLIS = 500;

    @Override
    public String name() {
        return "stress";
    }

    @Override
    public String purpose() {
        return "a scheduler's hand-over, cancel against complete, close against submit, many million times (jcstress)";
    }

    @Override
    public List<String> peers() {
        return List.of();
    }

    @Override
    public void run(Run run) throws Exception {
        Checkout checkout = run.checkout()
                .orElseThrow(() -> new IOException("the tests are built in a checkout of Lanewise"));
        Path project = checkout.root().resolve("bench/stress");
        run.report().note("fetching and building the tests (the first time this takes a while)...");
        Maven.run(checkout.root(), "-f", project.resolve("pom.xml").toString(), "-Dmaven.test.skip=true", "package");
        Path target = project.resolve("target");
        String classPath = target.resolve("stress.jar") + File.pathSeparator
                + Files.readString(target.resolve("stress.classpath")).strip();
        int millis = Math.max(FEWEST_MILLIS, (int) (1000 * run.seconds() / CONFIGURATIONS));
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-cp", classPath, "org.openjdk.jcstress.Main", "-m", "quick",
                "-sc", "false", "-f", "1", "-iters", "1", "-time", Integer.toString(millis),
                // A test of the end starts threads for every sample: few at a time.
                "-strideSize", "8", "-strideCount", "1", "-v", "-r", target.resolve("results").toString())
                .directory(target.toFile()).redirectErrorStream(true).start();
        process.getOutputStream().close();
        boolean results = false;
        boolean passed = false;
        for (String line : (Iterable<String>) process.inputReader().lines()::iterator) {
            results |= line.startsWith("RUN RESULTS");
            passed |= results && line.contains("Failed tests: No matches");
            if (results && !line.isBlank()) {
                run.report().line("%s", line);
            }
        }
        if (process.waitFor() != 0 || !passed) {
            throw new IllegalStateException("something happened that must not; see " + target.resolve("results"));
        }
    }
}
