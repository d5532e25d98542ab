package dev.lanewise.tools.cache;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A folder for what is fetched and made, gone when it is closed. What a killed process left is removed by the next one that
 * makes the same thing: whoever creates such a folder holds the lock of that thing.
 */
final class TemporaryFolder implements AutoCloseable {
    private final Path path;

    private TemporaryFolder(Path path) {
        this.path = path;
    }

    /**
     * @param parent where to create it
     * @param purpose the beginning of its name; all folders of the same purpose are removed first
     */
    static TemporaryFolder create(Path parent, String purpose) throws IOException {
        Files.createDirectories(parent);
        try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, purpose + ".*")) {
            for (Path folder : left) {
                delete(folder);
            }
        }
        return new TemporaryFolder(Files.createTempDirectory(parent, purpose + "."));
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        delete(path);
    }

    private static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
