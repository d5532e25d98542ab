package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.Metadata;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** After a warm-up what a model needs is compiled, which shows in what the first calls allocate: some hundred MB without. */
class WarmUpTest {
    /** Besides what later calls do. */
    private static final long MOST_BYTES = 100_000_000;

    @TempDir
    static Path folder;

    @Test
    void hears() throws Exception {
        check(RandomHearing.several(folder.resolve("hears.lane")));
    }

    @Test
    void embeds() throws Exception {
        check(new TinyEncoder(TinyEncoder.spec(4, 384, 12, 32, 1536, Activation.GELU,
                new PoolingSpec(PoolingSpec.Kind.MEAN, true)), DataType.F32, 1).write(folder.resolve("embeds.lane")));
    }

    /** With keys and values of every type, behind more than a page of them. */
    @Test
    void generates() throws Exception {
        check(RandomDecoder.write(folder.resolve("generates.lane"), RandomDecoder.grouped(), DataType.F32, 7));
    }

    @Test
    void translates() throws Exception {
        check(RandomTranslator.write(folder.resolve("translates.lane"), RandomTranslator.paper(), Metadata.builder()));
    }

    /** In a JVM of its own, as other tests have everything compiled; up to three, as a busy machine compiles late. */
    private static void check(Path lane) throws Exception {
        List<String> said = new ArrayList<>();
        do {
            Process child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--add-modules", "jdk.incubator.vector", "-cp", System.getProperty("java.class.path"),
                    WarmUpAllocation.class.getName(), lane.toString()).redirectErrorStream(true).start();
            said.add(new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            assertEquals(0, child.waitFor(), said.getLast());
        } while (!isWarm(said.getLast()) && said.size() < 3);
        assertTrue(isWarm(said.getLast()), said.toString());
    }

    private static boolean isWarm(String said) {
        String[] bytes = said.substring(said.indexOf("allocated ")).strip().split(" ");
        return Long.parseLong(bytes[1]) < Long.parseLong(bytes[2]) + MOST_BYTES;
    }

    @Test
    void whatCannotBeUsed_saysWhy() throws IOException {
        try (Model model = Model.open(RandomHearing.timeless(folder.resolve("timeless.lane")))) {
            Throwable why = assertThrows(CompletionException.class, () -> model.warmUp().join()).getCause();
            assertTrue(assertInstanceOf(UnsupportedModelException.class, why).getMessage().contains("control tokens"));
        }
    }
}
