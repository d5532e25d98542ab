package dev.lanewise.writer;

import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.AtomicFile;
import dev.lanewise.weights.LaneFormat;
import dev.lanewise.weights.Metadata;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Writes a {@code .lane} file: metadata and the list of tensors first, then the elements of each in turn. The file appears
 * under its name only when {@link #finish} returns; see {@link AtomicFile}. Holds one panel of a tensor in memory.
 * Not thread-safe, but for {@link #write(int, TensorRows)}.
 */
public final class LaneWriter implements AutoCloseable {
    private final AtomicFile file;
    private final FileChannel channel;
    private final byte[] metadata;
    private final List<TensorInfo> tensors;
    private final long[] offsets;
    private final int[] checksums;
    private final boolean[] written;
    private int next;

    /**
     * Begins a file.
     *
     * @param target where it shall appear; an existing file there is replaced at the end and never touched before
     * @param tensors every tensor, in the order in which {@link #write} will be called
     * @throws IllegalArgumentException if a tensor's name is no key or not unique, or there is more of something than a
     *             reader accepts
     */
    public LaneWriter(Path target, Metadata metadata, List<TensorInfo> tensors) throws IOException {
        this.metadata = MetadataEncoder.encode(metadata);
        this.tensors = List.copyOf(tensors);
        this.offsets = new long[tensors.size()];
        this.checksums = new int[tensors.size()];
        this.written = new boolean[tensors.size()];
        Set<String> names = new HashSet<>();
        for (TensorInfo tensor : tensors) {
            if (!Metadata.isKey(tensor.name()) || !names.add(tensor.name())) {
                throw new IllegalArgumentException("not a new tensor name: '" + tensor.name() + "'");
            }
        }
        if (this.metadata.length > LaneFormat.LARGEST_PART || metadata.values().size() > LaneFormat.MOST_KEYS
                || tensors.size() > LaneFormat.MOST_TENSORS || mostTexts(metadata) > LaneFormat.MOST_TEXTS) {
            throw new IllegalArgumentException("too much metadata, or too many tensors");
        }
        long end = headEnd();
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = LaneFormat.aligned(end);
            end = Math.addExact(offsets[i], tensors.get(i).bytes());
        }
        this.file = new AtomicFile(target);
        this.channel = file.channel();
    }

    /**
     * Writes the next tensor of the list.
     *
     * @throws ArithmeticException if an element is not finite in the tensor's type
     */
    public void write(TensorRows rows) throws IOException {
        write(next++, rows);
    }

    /**
     * Writes a tensor. Several threads may do so at once, each a tensor of its own.
     *
     * @param index which one of the list
     * @throws ArithmeticException if an element is not finite in the tensor's type
     */
    public void write(int index, TensorRows rows) throws IOException {
        CRC32C checksum = new CRC32C();
        TensorPacker packer = new TensorPacker(tensors.get(index), rows);
        long at = offsets[index];
        for (ByteBuffer piece = packer.next(); piece != null; piece = packer.next()) {
            checksum.update(piece.duplicate());
            at += writeFully(piece, at);
        }
        checksums[index] = (int) checksum.getValue();
        written[index] = true;
    }

    /**
     * The metadata, where they are known only now, in place of those that were given first.
     *
     * @throws IllegalArgumentException if they take another number of bytes
     */
    public void metadata(Metadata last) {
        byte[] encoded = MetadataEncoder.encode(last);
        if (encoded.length != metadata.length) {
            throw new IllegalArgumentException("there is room for " + metadata.length + " bytes of metadata");
        }
        System.arraycopy(encoded, 0, metadata, 0, encoded.length);
    }

    /** Forces the tensors that are written to disk, so that {@link #finish} has less to wait for. */
    public void force() throws IOException {
        channel.force(false);
    }

    /** Writes the head, forces everything to disk, and puts the file under its name. */
    public void finish() throws IOException {
        for (int i = 0; i < written.length; i++) {
            if (!written[i]) {
                throw new IllegalStateException(tensors.get(i).name() + " was not written");
            }
        }
        byte[] directory = directory();
        long size = tensors.isEmpty() ? headEnd() : offsets[offsets.length - 1] + tensors.getLast().bytes();
        ByteBuffer head = ByteBuffer.allocate(Math.toIntExact(headEnd())).order(ByteOrder.LITTLE_ENDIAN);
        head.putLong(LaneFormat.MAGIC_AT, LaneFormat.MAGIC);
        boolean hasBlocks = false;
        for (TensorInfo tensor : tensors) {
            hasBlocks |= tensor.type().quantized();
        }
        head.putInt(LaneFormat.VERSION_AT, hasBlocks ? LaneFormat.VERSION : LaneFormat.VERSION_OF_APART_SCALES);
        head.putLong(LaneFormat.FILE_SIZE_AT, size);
        head.putLong(LaneFormat.METADATA_LENGTH_AT, metadata.length);
        head.putLong(LaneFormat.DIRECTORY_LENGTH_AT, directory.length);
        head.putInt(LaneFormat.TENSORS_AT, tensors.size());
        head.put(LaneFormat.HEADER_BYTES, metadata);
        head.put(LaneFormat.HEADER_BYTES + metadata.length, directory);
        CRC32C checksum = new CRC32C();
        checksum.update(head.duplicate().position(LaneFormat.CHECKED_FROM));
        head.putInt(LaneFormat.CHECKSUM_AT, (int) checksum.getValue());
        writeFully(head, 0);
        file.commit();
    }

    /** Ends the writing; without {@link #finish} before it, nothing of it remains. */
    @Override
    public void close() throws IOException {
        file.close();
    }

    private static int mostTexts(Metadata metadata) {
        int most = 0;
        for (Object value : metadata.values().values()) {
            most = Math.max(most, value instanceof String[] texts ? texts.length : 0);
        }
        return most;
    }

    private byte[] directory() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < offsets.length; i++) {
            TensorInfo tensor = tensors.get(i);
            byte[] name = tensor.name().getBytes(StandardCharsets.US_ASCII);
            ByteBuffer entry = ByteBuffer.allocate(entryBytes(tensor)).order(ByteOrder.LITTLE_ENDIAN);
            entry.put((byte) name.length).put(name);
            entry.put((byte) tensor.type().id()).put((byte) tensor.layout().id()).put((byte) tensor.shape().size());
            for (int dimension : tensor.shape()) {
                entry.putInt(dimension);
            }
            entry.putLong(offsets[i]).putLong(tensor.bytes()).putInt(checksums[i]);
            out.writeBytes(entry.array());
        }
        return out.toByteArray();
    }

    private long headEnd() {
        long end = LaneFormat.HEADER_BYTES + metadata.length;
        for (TensorInfo tensor : tensors) {
            end += entryBytes(tensor);
        }
        return end;
    }

    private static int entryBytes(TensorInfo tensor) {
        return 1 + tensor.name().length() + 3 + 4 * tensor.shape().size() + 8 + 8 + 4;
    }

    private int writeFully(ByteBuffer buffer, long at) throws IOException {
        int bytes = buffer.remaining();
        while (buffer.hasRemaining()) {
            channel.write(buffer, at + bytes - buffer.remaining());
        }
        return bytes;
    }
}
