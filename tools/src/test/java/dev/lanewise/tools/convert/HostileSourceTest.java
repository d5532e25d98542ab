package dev.lanewise.tools.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Thousands of damaged foreign files, each met by one of two exceptions, all within 64 MB of heap and a bounded time. */
class HostileSourceTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"onnx", "safetensors", "config"})
    void damagedFilesAreRefusedWithin64Megabytes(String kind) throws Exception {
        Process child = ChildJvm.start("-Xmx64m", HostileSource.class, kind, folder.toString());
        String output = new String(child.getInputStream().readAllBytes());
        assertTrue(child.waitFor(5, TimeUnit.MINUTES), "it hangs");
        assertEquals(0, child.exitValue(), output);
        System.out.print(output);
    }
}
