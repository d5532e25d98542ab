package dev.lanewise.weights;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A file that appears under its name whole or not at all: written beside its target, forced to disk, then renamed. What a
 * killed process left behind is removed by the next one that writes the same target: a living writer holds a lock on its file.
 */
public final class AtomicFile implements AutoCloseable {
    private static final String SUFFIX = ".part";
    /** The temporary files that this process is writing now. */
    private static final Set<Path> LIVE = ConcurrentHashMap.newKeySet();
    /** How many temporary files this process began: the clock alone gives two threads the same name now and then. */
    private static final AtomicLong COUNT = new AtomicLong();

    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private boolean done;

    /**
     * Begins to write a file.
     *
     * @throws IOException if its folder is not there, or may not be written to
     */
    public AtomicFile(Path target) throws IOException {
        if (Files.isDirectory(target)) {
            throw new IOException(target + " is a folder; name a file");
        }
        Path parent = target.toAbsolutePath().getParent();
        if (!Files.isDirectory(parent)) {
            throw new NoSuchFileException(parent.toString(), null, "no such folder");
        }
        Path folder = parent.toRealPath(); // one name for one file, as LIVE needs
        this.target = folder.resolve(target.getFileName());
        removeAbandoned(folder);
        for (;;) {
            // The count tells the writers of this process apart, the clock those of another one with the same number.
            Path name = folder.resolve(prefix() + ProcessHandle.current().pid() + "." + COUNT.incrementAndGet() + "."
                    + Long.toString(System.nanoTime(), Character.MAX_RADIX) + SUFFIX);
            LIVE.add(name);
            FileChannel opened = null;
            try {
                opened = FileChannel.open(name, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                opened.lock();
                if (Files.exists(name)) {
                    temporary = name;
                    channel = opened;
                    return;
                }
                // Between its creation and the lock, another writer of the same target took it for abandoned.
                opened.close();
                LIVE.remove(name);
            } catch (AccessDeniedException e) {
                LIVE.remove(name);
                throw new AccessDeniedException(folder.toString(), null, "this folder may not be written to");
            } catch (IOException | RuntimeException e) {
                if (opened != null) {
                    opened.close();
                    Files.deleteIfExists(name);
                }
                LIVE.remove(name);
                throw e;
            }
        }
    }

    /** Where to write. */
    public FileChannel channel() {
        return channel;
    }

    /** Forces the file to disk and renames it. */
    public void commit() throws IOException {
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

    private void removeAbandoned(Path folder) throws IOException {
        String prefix = prefix();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder)) {
            for (Path part : found) {
                String name = part.getFileName().toString();
                // Looking at the lock of a file of this very process would release it, so these are told by name.
                if (name.startsWith(prefix) && name.endsWith(SUFFIX) && !LIVE.contains(part)) {
                    removeUnlocked(part);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /**
     * Removes a file if no living process writes it: the system releases the lock of one that died. A process number would
     * tell less: it is given to another process in time, and means nothing to another container or machine.
     */
    private static void removeUnlocked(Path part) {
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                Files.deleteIfExists(part);
            }
        } catch (IOException | OverlappingFileLockException e) {
            // Gone meanwhile, not ours to open, or in use by a second copy of this class: not ours to remove.
        }
    }
}
