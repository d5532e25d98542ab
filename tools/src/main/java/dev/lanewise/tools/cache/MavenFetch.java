package dev.lanewise.tools.cache;

import dev.lanewise.models.CatalogueEntry.MavenArtifact;
import dev.lanewise.tools.console.Progress;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Gets a jar through Maven itself, so that the mirrors, proxies and credentials of the user's settings apply, and a jar that is
 * in the local repository is not fetched again.
 */
final class MavenFetch {
    private static final String COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";
    /** Maven's own progress: "Progress (1): 12/83 MB", or with the file's name and parentheses around the figures. */
    private static final Pattern TRANSFER = Pattern.compile("(\\d+(?:\\.\\d+)?)/(\\d+(?:\\.\\d+)?) MB");
    private static final double MEGABYTE = 1e6;

    private final Map<String, String> environment;

    MavenFetch(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * Puts the jar into a folder.
     *
     * @param folder an empty folder, without a {@code pom.xml}, which Maven is run in
     * @throws FetchException if Maven cannot be run, or cannot get it
     */
    void fetch(MavenArtifact artifact, Path folder, Progress progress) throws IOException {
        List<String> command = List.of(executable(), "-Dstyle.color=never", COPY,
                "-Dartifact=" + artifact.coordinates(), "-DoutputDirectory=" + folder);
        List<String> errors = new ArrayList<>();
        boolean well = RegistryClient.run("Maven", "install it, or point MAVEN_HOME at it", command, folder,
                line -> hear(line, artifact.file().bytes(), progress, errors));
        if (!well) {
            throw new FetchException(reason(errors));
        }
        if (!Files.isRegularFile(folder.resolve(artifact.file().path()))) {
            throw new FetchException("Maven ended well, but did not deliver " + artifact.file().path());
        }
    }

    private String executable() {
        String name = File.separatorChar == '\\' ? "mvn.cmd" : "mvn";
        String home = environment.get("MAVEN_HOME");
        if (home == null || home.isBlank()) {
            return name;
        }
        Path own = Path.of(home, "bin", name);
        return Files.isExecutable(own) ? own.toString() : name;
    }

    /** Passes Maven's progress on, and keeps what it calls errors. */
    private static void hear(String line, long bytes, Progress progress, List<String> errors) {
        Matcher transfer = TRANSFER.matcher(line);
        if (transfer.find()) {
            // It also fetches parts of itself: only a file of this size is ours.
            if (Math.abs(Double.parseDouble(transfer.group(2)) * MEGABYTE - bytes) <= MEGABYTE) {
                progress.at((long) (Double.parseDouble(transfer.group(1)) * MEGABYTE));
            }
        } else if (line.startsWith("[ERROR]")) {
            errors.add(line.substring("[ERROR]".length()).strip());
        }
    }

    /** The line that says what went wrong; the others say how to learn more about Maven. */
    private static String reason(List<String> errors) {
        String first = errors.isEmpty() ? "Maven failed without a word" : errors.getFirst();
        // "Failed to execute goal PLUGIN (default-cli) on project standalone-pom: What is wrong -> [Help 1]", where what is
        // wrong may be a chain that ends with the transfer that failed.
        return RegistryClient
                .shortened(first.replaceFirst("^Failed to execute goal \\S+ \\([^)]*\\) on project \\S+ ", "")
                        .replaceFirst("^.*(?=Could not transfer )", "").replaceFirst(" -> \\[Help \\d+].*", ""));
    }
}
