package dev.lanewise.weights;

import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.writer.LaneWriter;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.error.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file is input from a stranger: whatever is in it, one exception says what is wrong, soon and with little memory. */
class HostileLaneTest {
    @TempDir
    Path folder;
    private Path path;

    @BeforeEach
    void write() throws IOException {
        path = folder.resolve("tiny.lane");
        TinyEncoder.write(path, DataType.F32);
    }

    @Test
    void everyDamageOfTheHeadIsMetWithin64Megabytes() throws Exception {
        Process child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp", System.getProperty("java.class.path"), HostileLane.class.getName(), folder.toString())
                .redirectErrorStream(true).start();
        String output = new String(child.getInputStream().readAllBytes());
        assertTrue(child.waitFor(5, TimeUnit.MINUTES), "it hangs");
        assertEquals(0, child.exitValue(), output);
        System.out.print(output);
    }

    @Test
    void damagedWeightsAreFoundByVerifyAndNamed() throws IOException {
        byte[] sound = Files.readAllBytes(path);
        List<LaneFile.Entry> entries;
        try (LaneFile file = LaneFile.open(path)) {
            entries = List.copyOf(file.directory().values());
        }
        for (LaneFile.Entry entry : entries) {
            for (long at : new long[]{entry.offset(), entry.offset() + entry.length() / 2,
                    entry.offset() + entry.length() - 1}) {
                assertEquals("checksum of tensor " + entry.info().name(), damage(sound, at).field());
            }
        }
    }

    @Test
    void damagedGapsAreFoundByVerifyAndNamed() throws IOException {
        TensorInfo first = new TensorInfo("first", DataType.BF16, Layout.PANELS, List.of(1, 1));
        TensorInfo second = new TensorInfo("second", DataType.F32, Layout.ROWS, List.of(1));
        try (LaneWriter writer = new LaneWriter(path, Metadata.builder().put("x", "not aligned").build(),
                List.of(first, second))) {
            writer.write((row, into) -> into[0] = 1);
            writer.write((row, into) -> into[0] = 1);
            writer.finish();
        }
        byte[] sound = Files.readAllBytes(path);
        long begin;
        try (LaneFile file = LaneFile.open(path)) {
            begin = file.directory().get("first").offset();
        }
        assertEquals("gap before tensor first", damage(sound, begin - 1).field());
    }

    private ModelFormatException damage(byte[] sound, long at) throws IOException {
        byte[] file = sound.clone();
        file[(int) at] ^= 0x10;
        Files.write(path, file);
        try (LaneFile lane = LaneFile.open(path)) {
            return assertThrows(ModelFormatException.class, lane::verify);
        } finally {
            Files.write(path, sound);
        }
    }

    @Test
    void overlappingTensorsAreRefused() throws IOException {
        byte[] file = Files.readAllBytes(path);
        java.nio.ByteBuffer head = java.nio.ByteBuffer.wrap(file).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        long first;
        long second;
        try (LaneFile lane = LaneFile.open(path)) {
            List<LaneFile.Entry> entries = List.copyOf(lane.directory().values());
            first = entries.get(0).offset();
            second = entries.get(1).offset();
        }
        int headEnd = (int) (64 + head.getLong(24) + head.getLong(32));
        for (int at = 64; at + 8 <= headEnd; at++) {
            if (head.getLong(at) == second) {
                head.putLong(at, first);
                break;
            }
        }
        java.util.zip.CRC32C checksum = new java.util.zip.CRC32C();
        checksum.update(file, 16, headEnd - 16);
        head.putInt(12, (int) checksum.getValue());
        Files.write(path, file);
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> LaneFile.open(path));
        assertTrue(e.field().endsWith("offset"), e.getMessage());
        assertEquals(Long.toString(second), e.expected());
        assertEquals(Long.toString(first), e.found());
    }

    @Test
    void aFileCutShortWhileItIsOpenIsToldByVerify() throws IOException {
        TensorInfo large = new TensorInfo("large", DataType.F32, Layout.PANELS, List.of(512, 512));
        try (LaneWriter writer = new LaneWriter(path, Metadata.builder().build(), List.of(large))) {
            writer.write((row, into) -> into[0] = 1);
            writer.finish();
        }
        try (LaneFile file = LaneFile.open(path)) {
            try (var channel = java.nio.channels.FileChannel.open(path, java.nio.file.StandardOpenOption.WRITE)) {
                channel.truncate(8192);
            } catch (IOException e) {
                assumeTrue(false, "this system does not let a mapped file be cut short: " + e);
            }
            ModelFormatException e = assertThrows(ModelFormatException.class, file::verify);
            assertTrue(e.getMessage().contains("cut short"), e.getMessage());
        }
    }

    @Test
    void otherThingsThanFilesOfOursAreNamed() throws Exception {
        assertThrows(NoSuchFileException.class, () -> LaneFile.open(folder.resolve("missing.lane")));
        found("a folder", folder);
        Files.write(path, new byte[0]);
        found("0", path);
        Files.writeString(path, "GGUF" + "x".repeat(100));
        found("a GGUF file (convert it first)", path);
        Files.writeString(path, "PK" + "x".repeat(100));
        found("a ZIP archive", path);
        Files.writeString(path, "x".repeat(100));
        assertThrows(ModelFormatException.class, () -> LaneFile.open(path));
    }

    @Test
    void aPipeIsRefusedInsteadOfWaitedFor() throws Exception {
        Path pipe = folder.resolve("pipe");
        try {
            assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "no mkfifo here");
        } catch (IOException e) {
            assumeTrue(false, "no mkfifo here");
        }
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10), () -> found("a device or a pipe", pipe));
    }

    private static void found(String what, Path file) {
        assertEquals(what, assertThrows(ModelFormatException.class, () -> LaneFile.open(file)).found());
    }
}
