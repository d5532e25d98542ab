package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {

    @Test
    void examples_areTheCodeThatCompiles() throws IOException {
        same("../README.md", "src/test/java/dev/lanewise/ReadmeExample.java");
        same("../docs/rerank.md", "src/test/java/dev/lanewise/RerankExample.java");
        same("../docs/generate.md", "../models/src/test/java/dev/lanewise/models/chat/GenerateExample.java");
        same("../docs/embed-in-a-service.md", "src/test/java/dev/lanewise/ServiceExample.java");
        same("../docs/embed-in-a-service.md", "src/test/java/dev/lanewise/VirtualThreadsExample.java",
                "## Virtual threads");
        same("../docs/transcribe.md", "src/test/java/dev/lanewise/TranscribeExample.java");
        same("../docs/translate.md", "src/test/java/dev/lanewise/TranslateExample.java");
    }

    private static void same(String document, String example) throws IOException {
        same(document, example, "");
    }

    /** Compares an example with the first one behind a heading. */
    private static void same(String document, String example, String heading) throws IOException {
        String readme = Files.readString(Path.of(document));
        assertTrue(readme.contains(heading), heading);
        readme = readme.substring(readme.indexOf(heading));
        String source = Files.readString(Path.of(example));
        assertEquals(between(source, "// begin\n", "        // end").stripTrailing().stripIndent(),
                between(readme, "```java\n", "```").strip());
    }

    private static String between(String text, String begin, String end) {
        int from = text.indexOf(begin) + begin.length();
        return text.substring(from, text.indexOf(end, from));
    }
}
