package dev.lanewise.weights;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file that appears under its name whole or not at all: written beside its target, forced to disk, then renamed. What a
 * killed process left behind is removed by the next one that writes the same target: the name of the temporary file holds
 * the process, and a living writer holds a lock on it.
 */
final class AtomicFile implements AutoCloseable {
    /** The temporary files that this process is writing now. */
    private static final Set<Path> LIVE = ConcurrentHashMap.newKeySet();

    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private boolean done;

    AtomicFile(Path target) throws IOException {
        this.target = target.toAbsolutePath();
        if (Files.isDirectory(this.target)) {
            throw new IOException(target + " is a folder; name a file");
        }
        Path folder = this.target.getParent();
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString(), null, "no such folder");
        }
        removeStale(folder);
        temporary = folder.resolve(prefix() + ProcessHandle.current().pid() + "."
                + Long.toString(System.nanoTime(), Character.MAX_RADIX) + ".part");
        LIVE.add(temporary);
        try {
            channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException e) {
            LIVE.remove(temporary);
            throw e;
        }
        try {
            channel.lock();
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Where to write. */
    FileChannel channel() {
        return channel;
    }

    /** Forces the file to disk and renames it. */
    void commit() throws IOException {
        channel.force(true);
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        done = true;
        // The name itself reaches the disk with the folder; not every system lets a folder be opened for that.
        if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("win")) {
            try (FileChannel folder = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
                folder.force(true);
            }
        }
    }

    /** Without {@link #commit} before it, removes what was written. */
    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            LIVE.remove(temporary);
            if (!done) {
                Files.deleteIfExists(temporary);
            }
        }
    }

    private String prefix() {
        return "." + target.getFileName() + ".";
    }

    private void removeStale(Path folder) throws IOException {
        String prefix = prefix();
        DirectoryStream.Filter<Path> parts = path -> {
            String name = path.getFileName().toString();
            return name.startsWith(prefix) && name.endsWith(".part");
        };
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, parts)) {
            for (Path part : found) {
                if (!isLive(part, part.getFileName().toString().substring(prefix.length())) && isUnlocked(part)) {
                    Files.deleteIfExists(part);
                }
            }
        }
    }

    /** Whether the process that a temporary file is named after still writes it, as far as can be seen from here. */
    private static boolean isLive(Path part, String processAndTime) {
        try {
            long process = Long.parseLong(processAndTime.substring(0, processAndTime.indexOf('.')));
            return process == ProcessHandle.current().pid()
                    ? LIVE.contains(part)
                    : ProcessHandle.of(process).isPresent();
        } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
            return true; // not named by us: leave it alone
        }
    }

    /** The lock also speaks for a writer on another machine or in another container, whose process is not seen here. */
    private static boolean isUnlocked(Path part) {
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (IOException e) {
            return false;
        }
    }
}
