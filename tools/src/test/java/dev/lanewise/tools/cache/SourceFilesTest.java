package dev.lanewise.tools.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether the cache looks at the files that a model consists of. */
class SourceFilesTest {
    @TempDir
    Path folder;

    /** Whether its folder is named or its weights; other files of that ending may be anything. */
    @Test
    void weightsOfCTranslate2() throws IOException {
        for (String name : List.of("config.json", "model.bin", "optimizer.bin", "vocabulary.json")) {
            Files.writeString(folder.resolve(name), name);
        }
        List<String> expected = List.of("config.json", "model.bin", "vocabulary.json");
        assertEquals(expected, names(folder));
        assertEquals(expected, names(folder.resolve("model.bin")));
    }

    private static List<String> names(Path source) throws IOException {
        return SourceFiles.of(source).stream().map(file -> file.getFileName().toString()).toList();
    }
}
