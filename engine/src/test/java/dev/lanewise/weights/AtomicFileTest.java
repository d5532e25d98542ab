package dev.lanewise.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file appears whole or not at all, and nothing else of the writing remains. */
class AtomicFileTest {
    @TempDir
    Path folder;

    @Test
    void theTargetAppearsWithTheCommit() throws IOException {
        Path target = folder.resolve("target");
        try (AtomicFile file = new AtomicFile(target)) {
            write(file, 1);
            assertEquals(false, Files.exists(target));
            file.commit();
        }
        assertArrayEquals(new byte[]{1}, Files.readAllBytes(target));
        assertEquals(List.of("target"), names());
    }

    @Test
    void withoutCommitAnOldTargetStaysAndNothingElse() throws IOException {
        Path target = folder.resolve("target");
        Files.write(target, new byte[]{7});
        try (AtomicFile file = new AtomicFile(target)) {
            write(file, 1);
        }
        assertArrayEquals(new byte[]{7}, Files.readAllBytes(target));
        assertEquals(List.of("target"), names());
    }

    @Test
    void aFolderAsTargetAndAMissingFolderAreRefused() throws IOException {
        Path sub = Files.createDirectory(folder.resolve("sub"));
        assertThrows(IOException.class, () -> new AtomicFile(sub).close());
        assertThrows(NoSuchFileException.class, () -> new AtomicFile(folder.resolve("missing/target")).close());
        assertEquals(List.of("sub"), names());
    }

    @Test
    void anUnwritableFolderIsRefused() throws IOException {
        Path sub = Files.createDirectory(folder.resolve("sub"));
        assumeTrue(sub.toFile().setWritable(false) && !Files.isWritable(sub),
                "skipped: this user may write everywhere (root, perhaps)");
        try {
            assertThrows(IOException.class, () -> new AtomicFile(sub.resolve("target")).close());
        } finally {
            sub.toFile().setWritable(true);
        }
    }

    @Test
    void whatADeadProcessLeftIsRemovedWhoeverHasItsNumberNow() throws IOException {
        Path target = folder.resolve("target");
        // Names of a process that lives (this one), of one that cannot be, and of another form.
        Files.write(folder.resolve(".target." + ProcessHandle.current().pid() + ".abc.part"), new byte[3]);
        Files.write(folder.resolve(".target.99999999999.abc.part"), new byte[3]);
        Files.write(folder.resolve(".target.x.part"), new byte[3]);
        Files.write(folder.resolve(".other.1.abc.part"), new byte[3]);
        try (AtomicFile file = new AtomicFile(target)) {
            file.commit();
        }
        assertEquals(List.of(".other.1.abc.part", "target"), names());
    }

    @Test
    void writersOfOneTargetDoNotDisturbEachOther() throws Exception {
        Path target = folder.resolve("target");
        Path again = folder.resolve("../" + folder.getFileName() + "/target"); // the same by another path
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Void>> writers = Stream.iterate(0, i -> i + 1).limit(200)
                    .map(i -> threads.<Void>submit(() -> {
                        try (AtomicFile file = new AtomicFile(i % 2 == 0 ? target : again)) {
                            write(file, 5);
                            file.commit();
                        }
                        return null;
                    })).toList();
            for (Future<Void> writer : writers) {
                writer.get();
            }
        }
        assertArrayEquals(new byte[]{5}, Files.readAllBytes(target));
        assertEquals(List.of("target"), names());
    }

    @Test
    void theFileOfAnotherLivingProcessIsLeftAlone() throws Exception {
        Path target = folder.resolve("target");
        Process other = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), Holder.class.getName(), target.toString()).start();
        try {
            assertEquals('!', other.getInputStream().read());
            try (AtomicFile file = new AtomicFile(target)) {
                write(file, 1);
                file.commit();
            }
            assertEquals(2, names().size(), () -> "its file is gone: " + other);
            other.getOutputStream().write('!');
            other.getOutputStream().flush();
            assertEquals(0, other.waitFor());
        } finally {
            other.destroyForcibly();
        }
        assertArrayEquals(new byte[]{2}, Files.readAllBytes(target));
        assertEquals(List.of("target"), names());
    }

    /** Begins a file, says so, and commits it when told. */
    static final class Holder {
        public static void main(String[] arguments) throws IOException {
            try (AtomicFile file = new AtomicFile(Path.of(arguments[0]))) {
                write(file, 2);
                System.out.print('!');
                System.out.flush();
                if (System.in.read() == '!') {
                    file.commit();
                }
            }
        }
    }

    private static void write(AtomicFile file, int value) throws IOException {
        file.channel().write(ByteBuffer.wrap(new byte[]{(byte) value}));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
