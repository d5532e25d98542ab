package dev.lanewise.tools.cache;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which files a foreign model may consist of. Rather one too many than one too few: a file that changes and does not matter
 * costs a conversion, one that matters and is overlooked gives the results of another model.
 */
final class SourceFiles {
    private static final Set<String> PARTS = Set.of("json", "txt", "safetensors", "model", "onnx", "onnx_data", "gguf",
            "bin", "spm", "jinja");
    /** Beside a single file, only what describes it: other weights there are other models. */
    private static final Set<String> BESIDE = Set.of("json", "txt", "onnx_data", "spm", "jinja");
    /** As deep as the folders of sentence-transformers. */
    private static final int DEPTH = 2;

    private SourceFiles() {}

    /** The folder that their names are relative to. */
    static Path root(Path source) {
        Path absolute = source.toAbsolutePath();
        return Files.isDirectory(absolute) ? absolute : absolute.getParent();
    }

    /** All of them, sorted, as absolute paths. */
    static List<Path> of(Path source) throws IOException {
        Path absolute = source.toAbsolutePath();
        boolean folder = Files.isDirectory(absolute);
        try (Stream<Path> files = Files.walk(root(source), folder ? DEPTH : 1)) {
            return files.filter(file -> file.equals(absolute) || (folder ? PARTS : BESIDE).contains(extension(file)))
                    .filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static String extension(Path file) {
        String name = file.getFileName() == null ? "" : file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
