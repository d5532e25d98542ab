package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A whole file as a read-only mapping, of any size; nothing of it is on the heap. Unmapped by {@link #close}. */
public final class MappedFile implements AutoCloseable {
    private final Path path;
    private final Arena arena;
    private final MemorySegment bytes;

    private MappedFile(Path path, Arena arena, MemorySegment bytes) {
        this.path = path;
        this.arena = arena;
        this.bytes = bytes;
    }

    /**
     * Maps a file.
     *
     * @throws ModelFormatException if it is a folder, or a device or pipe, which could block for ever
     */
    public static MappedFile open(Path path) throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new ModelFormatException(path.toString(), -1, "file", "a regular file",
                    Files.isDirectory(path) ? "a folder" : "a device or a pipe");
        }
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return new MappedFile(path, arena,
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    /** What a file is read as; it closes the file in the end. */
    @FunctionalInterface
    public interface Contents<T> {
        /** Reads it. */
        T of(MappedFile file) throws IOException;
    }

    /** Maps a file and reads it as something; where that fails, the file is closed. */
    public static <T> T open(Path path, Contents<T> contents) throws IOException {
        MappedFile file = open(path);
        try {
            return contents.of(file);
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /** The name that failures give. */
    public String name() {
        return path.toString();
    }

    /** What is in it. */
    public MemorySegment bytes() {
        return bytes;
    }

    /** How many bytes. */
    public long size() {
        return bytes.byteSize();
    }

    @Override
    public void close() {
        arena.close();
    }
}
