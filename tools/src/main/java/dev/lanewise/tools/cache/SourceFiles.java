package dev.lanewise.tools.cache;

import dev.lanewise.tools.convert.ctranslate2.ModelBin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which files a foreign model may consist of, told without opening it. Rather one too many than one too few: a file that
 * changes and does not matter costs a conversion, one that matters and is overlooked gives the results of another model.
 */
final class SourceFiles {
    /** What describes a model: configuration, vocabulary, and the card with the licence. */
    private static final Set<String> DESCRIPTIONS = Set.of("json", "txt", "md", "model", "spm", "jinja");
    /** The ending of weights that come in several files, or with a configuration beside them. */
    private static final String SHARDS = "safetensors";
    /** The endings of the files that an ONNX graph may keep its weights in. */
    private static final Set<String> EXTERNAL = Set.of("data", "onnx_data", "bin", "weight", "weights");
    /** What a checkpoint of llama2.c, a file of type bin, keeps its vocabulary in. */
    private static final String VOCABULARY = "tokenizer.bin";
    /** A folder, and the folders in it that sentence-transformers writes. */
    private static final int DEPTH = 2;

    private SourceFiles() {}

    /** The folder that has all of them. */
    static Path root(Path source) {
        Path absolute = source.toAbsolutePath().normalize();
        if (Files.isDirectory(absolute)) {
            return absolute;
        }
        Path folder = absolute.getParent();
        // Published models keep graphs in a folder "onnx" within the folder that has everything else.
        return folder.endsWith("onnx") && folder.getParent() != null ? folder.getParent() : folder;
    }

    /** All of them, sorted, as absolute paths. */
    static List<Path> of(Path source) throws IOException {
        Path absolute = source.toAbsolutePath().normalize();
        boolean sharded = Files.isDirectory(absolute) || extension(absolute).equals(SHARDS);
        boolean external = extension(absolute).equals("onnx");
        boolean checkpoint = extension(absolute).equals("bin");
        try (Stream<Path> files = Files.walk(root(source), DEPTH)) {
            return files.filter(file -> {
                String extension = extension(file);
                return file.equals(absolute) || DESCRIPTIONS.contains(extension)
                        || sharded && (extension.equals(SHARDS) || file.equals(absolute.resolve(ModelBin.NAME)))
                        || external && EXTERNAL.contains(extension) && file.getParent().equals(absolute.getParent())
                        || checkpoint && file.equals(absolute.resolveSibling(VOCABULARY));
            }).filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static String extension(Path file) {
        String name = file.getFileName() == null ? "" : file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
