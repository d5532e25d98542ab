package dev.lanewise.tools.cache;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One process at a time makes a file of the cache. The system drops the lock of a process that dies; the empty file it is held
 * on stays, because deleting it would let two processes hold a lock on two files of one name.
 */
final class CacheLock implements AutoCloseable {
    private static final long POLL_MILLIS = 50;

    private final FileChannel channel;

    private CacheLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Waits for the lock.
     *
     * @param file the file to hold it on; its folder is created
     * @param waiting run once, if another process holds it
     */
    static CacheLock acquire(Path file, Runnable waiting) throws IOException {
        Files.createDirectories(file.getParent());
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (!tryLock(channel)) {
                waiting.run();
                do {
                    Thread.sleep(POLL_MILLIS);
                } while (!tryLock(channel));
            }
            return new CacheLock(channel);
        } catch (InterruptedException e) {
            channel.close();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + file);
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // another thread of this process
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
