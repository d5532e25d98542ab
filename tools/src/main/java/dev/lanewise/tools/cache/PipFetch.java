package dev.lanewise.tools.cache;

import dev.lanewise.models.CatalogueEntry.PythonSource;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Gets a source distribution through pip itself, so that the index, proxies and credentials of the user's settings apply. */
final class PipFetch {
    private static final boolean WINDOWS = File.separatorChar == '\\';

    private final Map<String, String> environment;

    PipFetch(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * Puts the archive into a folder.
     *
     * @param folder an empty folder
     * @throws FetchException if there is no pip, or it cannot get the archive
     */
    Path fetch(PythonSource source, Path folder) throws IOException {
        // With the checksum pip refuses another file before it looks into it: to know what a source distribution is, it
        // runs the build that is in it.
        Path requirements = Files.writeString(folder.resolve("requirements.txt"),
                source.coordinates() + " --hash=sha256:" + source.file().sha256() + "\n");
        List<String> command = List.of(executable().toString(), "download", "--no-deps", "--no-binary",
                source.project(), "--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--dest",
                folder.toString(), "--requirement", requirements.toString());
        List<String> errors = new ArrayList<>();
        boolean well = RegistryClient.run("pip", "install Python with pip", command, folder, line -> {
            if (line.startsWith("ERROR: ")) {
                errors.add(line.substring("ERROR: ".length()).strip());
            }
        });
        if (!well) {
            throw new FetchException(RegistryClient.shortened(
                    errors.isEmpty() ? "pip failed without a word" : errors.getFirst()));
        }
        Files.delete(requirements);
        Path archive = folder.resolve(source.file().path());
        if (!Files.isRegularFile(archive)) {
            throw new FetchException("pip ended well, but did not deliver " + source.file().path());
        }
        return archive;
    }

    /** The pip of the virtual environment that is active, or the first on the path. */
    private Path executable() throws FetchException {
        Stream<Path> active = Stream.ofNullable(environment.get("VIRTUAL_ENV")).filter(home -> !home.isBlank())
                .map(home -> Path.of(home, WINDOWS ? "Scripts" : "bin"));
        Stream<Path> path = Stream.ofNullable(environment.get("PATH"))
                .flatMap(Pattern.compile(Pattern.quote(File.pathSeparator))::splitAsStream)
                .filter(folder -> !folder.isBlank()).map(Path::of);
        List<String> names = WINDOWS ? List.of("pip.exe", "pip3.exe") : List.of("pip", "pip3");
        return Stream.concat(active, path).flatMap(folder -> names.stream().map(folder::resolve))
                .filter(Files::isRegularFile).filter(Files::isExecutable).findFirst()
                .orElseThrow(() -> new FetchException(
                        "this model comes through pip, and there is none on the PATH: install Python with pip"));
    }
}
