package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.Metadata;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A text for which the JVM has no memory ends alone, and nobody waits for ever. */
@Timeout(180)
class SchedulerMemoryTest {
    @TempDir
    static Path folder;

    /** In a JVM of its own, with a heap that is full before the scheduler's budget is used up. */
    @Test
    void whatTheHeapCannotHold_isRejected_andTheOthersGoOn() throws Exception {
        Path decoder = RandomDecoder.write(folder.resolve("decoder.lane"), RandomDecoder.manyHeads(2000), DataType.F32,
                7);
        Path both = RandomTranslator.write(folder.resolve("both.lane"), RandomTranslator.paper(), Metadata.builder());
        Process child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "--add-modules", "jdk.incubator.vector", "-cp", System.getProperty("java.class.path"),
                SchedulerMemory.class.getName(), decoder.toString(), both.toString()).redirectErrorStream(true).start();
        try {
            assertTrue(child.waitFor(150, TimeUnit.SECONDS), "it hangs");
            String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, child.exitValue(), said);
            assertTrue(said.contains("all is well"), said);
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void moreThanTheHeap_isNoBudget() throws Exception {
        Path file = RandomDecoder.write(folder.resolve("m.lane"), RandomDecoder.grouped(), DataType.F32, 7);
        long heap = java.lang.Runtime.getRuntime().maxMemory();
        try (Model model = Model.open(file)) {
            SchedulerOptions usual = SchedulerOptions.defaults().withThreads(1);
            String said = assertThrows(IllegalArgumentException.class,
                    () -> model.scheduler(usual.withCache(heap + 1, CacheType.F32))).getMessage();
            assertTrue(said.contains("-Xmx"), said);
            model.scheduler(usual.withCache(heap, CacheType.F32)).close();
        }
    }

    /** Activations of so many tokens are no array; those of the next text are. */
    @Test
    void aBatchThatCannotBe_leavesNothingBehind() throws Exception {
        Path file = RandomDecoder.write(folder.resolve("wide.lane"), RandomDecoder.wide(1 << 15, 70_000), DataType.F32,
                7);
        GenerationOptions few = GenerationOptions.builder().maxTokens(3).ignoreEnd(true).build();
        try (Model model = Model.open(file, ModelOptions.defaults().withThreads(1));
                Scheduler scheduler = model.scheduler(SchedulerOptions.defaults().withThreads(1)
                        .withBatch(65_536, 32).withCache(1 << 30, CacheType.F32))) {
            assertThrows(ArithmeticException.class,
                    () -> scheduler.generate(RandomDecoder.ids(1, 65_536), few));
            assertEquals(3, scheduler.generate(RandomDecoder.ids(1, 5), few).ids().length);
        }
    }
}
