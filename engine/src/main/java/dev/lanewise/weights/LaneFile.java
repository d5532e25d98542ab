package dev.lanewise.weights;

import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.DataType;
import dev.lanewise.error.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * An opened {@code .lane} file: its metadata, and its tensors as slices of one read-only mapping. Opening checks header,
 * metadata and directory completely and reads no tensor; {@link #verify} reads and checks those too.
 *
 * <p>Thread-safe. Closing unmaps the file: whoever still uses a slice of it then gets an {@link IllegalStateException}, so
 * the owner closes it after the last use. The file must not be changed or cut short while it is open.
 */
public final class LaneFile implements AutoCloseable {
    /** The version of the format that this release reads and writes. */
    public static final int VERSION = LaneFormat.VERSION;

    private static final int PIECE_BYTES = 1 << 18;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String file;
    private final Arena arena;
    private final MemorySegment bytes;
    private final Metadata metadata;
    private final Map<String, Entry> directory;

    /**
     * A line of the directory.
     *
     * @param info name, type, layout and shape
     * @param offset where the tensor begins, in bytes from the start of the file; a multiple of 64
     * @param length how many bytes it takes
     * @param checksum CRC-32C of these bytes
     */
    public record Entry(TensorInfo info, long offset, long length, int checksum) {}

    private LaneFile(String file, Arena arena, MemorySegment bytes) {
        this.file = file;
        this.arena = arena;
        this.bytes = bytes;
        long size = bytes.byteSize();
        check(size >= LaneFormat.HEADER_BYTES, 0, "file size", "at least " + LaneFormat.HEADER_BYTES + " bytes",
                Long.toString(size));
        long magic = longAt(LaneFormat.MAGIC_AT);
        check(magic == LaneFormat.MAGIC, LaneFormat.MAGIC_AT, "magic number", "a .lane file",
                magic == Long.reverseBytes(LaneFormat.MAGIC) ? "a .lane file in reversed byte order" : foreign(magic));
        int version = intAt(LaneFormat.VERSION_AT);
        check(version >= 1 && version <= LaneFormat.VERSION, LaneFormat.VERSION_AT, "version",
                "1 to " + LaneFormat.VERSION,
                Integer.toUnsignedString(version) + " (a newer release of Lanewise may read it)");
        long claimed = longAt(LaneFormat.FILE_SIZE_AT);
        check(claimed == size, LaneFormat.FILE_SIZE_AT, "file size", claimed + " bytes, as the header says",
                size + " (the file was cut short or added to)");
        long metadataLength = partLength(LaneFormat.METADATA_LENGTH_AT, "metadata length", LaneFormat.HEADER_BYTES);
        long directoryAt = LaneFormat.HEADER_BYTES + metadataLength;
        long directoryLength = partLength(LaneFormat.DIRECTORY_LENGTH_AT, "directory length", directoryAt);
        long headEnd = directoryAt + directoryLength;
        int checksum = intAt(LaneFormat.CHECKSUM_AT);
        int computed = checksum(LaneFormat.CHECKED_FROM, headEnd);
        check(checksum == computed, LaneFormat.CHECKSUM_AT, "checksum of header, metadata and directory",
                Integer.toHexString(checksum), Integer.toHexString(computed) + " (the file is damaged)");
        checkZero(LaneFormat.RESERVED_AT, LaneFormat.HEADER_BYTES, "reserved part of the header");

        HeaderReader in = part(LaneFormat.HEADER_BYTES, metadataLength);
        metadata = MetadataDecoder.decode(in);
        in.end("metadata");
        directory = new DirectoryDecoder(part(directoryAt, directoryLength), version, headEnd, size)
                .decode(intAt(LaneFormat.TENSORS_AT));
    }

    /**
     * Opens and maps a file.
     *
     * @throws ModelFormatException if it is not a sound {@code .lane} file
     * @throws NoSuchFileException if there is no such file
     * @throws IOException if it cannot be read
     */
    public static LaneFile open(Path path) throws IOException {
        // A pipe would block for ever, a device has no size.
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new ModelFormatException(path.toString(), -1, "file", "a .lane file",
                    Files.isDirectory(path) ? "a folder" : "a device or a pipe");
        }
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new LaneFile(path.toString(), arena, bytes);
        } catch (InternalError e) {
            arena.close();
            throw cutShort(path.toString());
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    /** What an {@link InternalError} means here: a page of the mapping is no longer backed by the file. */
    private static ModelFormatException cutShort(String file) {
        return new ModelFormatException(file, -1, "file size", "a file that stays as it was opened",
                "one that was cut short while it was read");
    }

    /** The version of the format that it is written in. */
    public int version() {
        return intAt(LaneFormat.VERSION_AT);
    }

    /** The path it was opened by. */
    public String file() {
        return file;
    }

    /** Its size in bytes. */
    public long size() {
        return bytes.byteSize();
    }

    /** CRC-32C of its header, metadata and directory, in which are the checksums of its tensors: it tells files apart. */
    public int checksum() {
        return intAt(LaneFormat.CHECKSUM_AT);
    }

    /** Its metadata. */
    public Metadata metadata() {
        return metadata;
    }

    /** Its tensors by name, in the order of the file. */
    public Map<String, Entry> directory() {
        return directory;
    }

    /**
     * The elements of a tensor as they are stored.
     *
     * @param name the tensor's name
     * @param layout the layout it must have
     * @param shape the shape it must have
     * @throws ModelFormatException if it is missing or not of this layout and shape
     */
    public MemorySegment tensor(String name, Layout layout, List<Integer> shape) {
        Entry entry = directory.get(name);
        check(entry != null, -1, "tensor " + name, layout + " " + shape, "no such tensor");
        TensorInfo info = entry.info();
        check(info.layout() == layout && info.shape().equals(shape), entry.offset(), "tensor " + name,
                layout + " " + shape, info.layout() + " " + info.shape());
        return bytes.asSlice(entry.offset(), entry.length(), LaneFormat.ALIGNMENT);
    }

    /** The types of its matrices. */
    public Set<DataType> types() {
        Set<DataType> types = EnumSet.noneOf(DataType.class);
        for (Entry entry : directory.values()) {
            if (entry.info().layout() == Layout.PANELS) {
                types.add(entry.info().type());
            }
        }
        return types;
    }

    /** Some tensor of at least so many bytes, if there is one. */
    public Optional<MemorySegment> tensorOf(long leastBytes) {
        for (Entry entry : directory.values()) {
            if (entry.length() >= leastBytes) {
                return Optional.of(bytes.asSlice(entry.offset(), entry.length(), LaneFormat.ALIGNMENT));
            }
        }
        return Optional.empty();
    }

    /**
     * Reads every tensor and compares it with its checksum, and the gaps between them with zero.
     *
     * @throws ModelFormatException naming the first tensor that is damaged
     */
    public void verify() {
        try {
            verifyTensors();
        } catch (InternalError e) {
            throw cutShort(file);
        }
    }

    private void verifyTensors() {
        long end = LaneFormat.HEADER_BYTES + longAt(LaneFormat.METADATA_LENGTH_AT)
                + longAt(LaneFormat.DIRECTORY_LENGTH_AT);
        for (Entry entry : directory.values()) {
            checkZero(end, entry.offset(), "gap before tensor " + entry.info().name());
            end = entry.offset() + entry.length();
            int computed = checksum(entry.offset(), end);
            check(computed == entry.checksum(), entry.offset(), "checksum of tensor " + entry.info().name(),
                    Integer.toHexString(entry.checksum()), Integer.toHexString(computed) + " (its bytes are damaged)");
        }
    }

    /** Unmaps the file. */
    @Override
    public void close() {
        arena.close();
    }

    private long partLength(int at, String field, long start) {
        long length = longAt(at);
        long most = Math.min(LaneFormat.LARGEST_PART, bytes.byteSize() - start);
        check(length >= 0 && length <= most, at, field, "0 to " + most, Long.toUnsignedString(length));
        return length;
    }

    /** A copy on the heap, from which single bytes are read without the checks of a segment. */
    private HeaderReader part(long offset, long length) {
        return new HeaderReader(file, offset,
                ByteBuffer.wrap(bytes.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE)));
    }

    /** Copied to the heap piece by piece: a file that is cut short meanwhile fails the copy, but crashes the intrinsic. */
    private int checksum(long from, long to) {
        CRC32C crc = new CRC32C();
        byte[] piece = new byte[(int) Math.min(PIECE_BYTES, to - from)];
        for (long at = from; at < to; at += piece.length) {
            int n = (int) Math.min(piece.length, to - at);
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, piece, 0, n);
            crc.update(piece, 0, n);
        }
        return (int) crc.getValue();
    }

    private void checkZero(long from, long to, String field) {
        for (long at = from; at < to; at++) {
            byte found = bytes.get(ValueLayout.JAVA_BYTE, at);
            check(found == 0, at, field, "zeros", Integer.toString(found));
        }
    }

    private long longAt(long offset) {
        return bytes.get(LONG, offset);
    }

    private int intAt(long offset) {
        return bytes.get(INT, offset);
    }

    private void check(boolean sound, long offset, String field, String expected, String found) {
        if (!sound) {
            throw new ModelFormatException(file, offset, field, expected, found);
        }
    }

    private static String foreign(long magic) {
        int word = (int) magic;
        if (word == 0x46554747) {
            return "a GGUF file (convert it first)";
        }
        if ((word & 0xFFFF) == 0x4B50) {
            return "a ZIP archive";
        }
        return "another format (bytes " + Long.toHexString(Long.reverseBytes(magic)) + "; convert it first)";
    }
}
