package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {

    @Test
    void examples_areTheCodeThatCompiles() throws IOException {
        same("../README.md", "ReadmeExample");
        same("../docs/generate.md", "GenerateExample");
        same("../docs/transcribe.md", "TranscribeExample");
    }

    private static void same(String document, String example) throws IOException {
        String readme = Files.readString(Path.of(document));
        String source = Files.readString(Path.of("src/test/java/dev/lanewise/" + example + ".java"));
        assertEquals(between(source, "// begin\n", "        // end").stripTrailing().stripIndent(),
                between(readme, "```java\n", "```").strip());
    }

    private static String between(String text, String begin, String end) {
        int from = text.indexOf(begin) + begin.length();
        return text.substring(from, text.indexOf(end, from));
    }
}
