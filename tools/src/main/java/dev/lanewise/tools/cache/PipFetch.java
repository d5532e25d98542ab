package dev.lanewise.tools.cache;

import dev.lanewise.models.CatalogueEntry.PythonSource;
import dev.lanewise.models.CatalogueEntry.PythonWheels;
import dev.lanewise.models.CatalogueEntry.PythonWheels.Wheel;
import dev.lanewise.models.CatalogueEntry.Source;
import dev.lanewise.models.CatalogueEntry.SourceFile;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Gets packages through pip itself, so that the index, proxies and credentials of the user's settings apply. */
final class PipFetch {
    private static final boolean WINDOWS = File.separatorChar == '\\';

    private final Map<String, String> environment;

    PipFetch(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * Puts a source distribution into a folder.
     *
     * @param folder an empty folder
     * @throws FetchException if there is no pip, or it cannot get the archive
     */
    void fetch(PythonSource source, Path folder) throws IOException {
        // With the checksum pip refuses another file before it looks into it: to know what a source distribution is, it
        // runs the build that is in it.
        fetch(source, requirement(source.coordinates(), source.file()), List.of("--no-binary", source.project()),
                folder);
    }

    /**
     * Puts wheels into a folder.
     *
     * @param folder an empty folder
     * @throws FetchException if there is no pip, or it cannot get them
     */
    void fetch(PythonWheels source, Path folder) throws IOException {
        StringBuilder requirements = new StringBuilder();
        for (Wheel wheel : source.wheels()) {
            requirements.append(requirement(wheel.project() + "==" + wheel.version(), wheel.file()));
        }
        fetch(source, requirements.toString(), List.of("--only-binary", ":all:"), folder);
    }

    private static String requirement(String coordinates, SourceFile file) {
        return coordinates + " --hash=sha256:" + file.sha256() + "\n";
    }

    private void fetch(Source source, String requirements, List<String> kind, Path folder) throws IOException {
        Path list = Files.writeString(folder.resolve("requirements.txt"), requirements);
        List<String> command = new ArrayList<>(List.of(executable().toString(), "download", "--no-deps"));
        command.addAll(kind);
        command.addAll(List.of("--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--dest",
                folder.toString(), "--requirement", list.toString()));
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
        Files.delete(list);
        for (SourceFile file : source.packages()) {
            if (!Files.isRegularFile(folder.resolve(file.path()))) {
                throw new FetchException("pip ended well, but did not deliver " + file.path());
            }
        }
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
