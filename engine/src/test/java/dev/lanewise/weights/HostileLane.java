package dev.lanewise.weights;

import dev.lanewise.tensor.DataType;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.weights.Metadata.MetadataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Damages a sound file in every way that a test can think of and opens it each time. A program of its own, so that it can be
 * run with little memory: exit code 0 if each damage was met by the failure that it deserves.
 */
final class HostileLane {
    private final Path path;
    private final byte[] sound;
    private final int headEnd;
    private int opened;
    private int refused;

    private HostileLane(Path folder, DataType type) throws IOException {
        path = folder.resolve("hostile.lane");
        TinyEncoder.write(path, type);
        sound = Files.readAllBytes(path);
        ByteBuffer head = head(sound);
        headEnd = (int) (LaneFormat.HEADER_BYTES + head.getLong(LaneFormat.METADATA_LENGTH_AT)
                + head.getLong(LaneFormat.DIRECTORY_LENGTH_AT));
    }

    /** @param arguments a folder to work in */
    public static void main(String[] arguments) throws IOException {
        for (DataType type : new DataType[]{DataType.F32, DataType.INT8}) {
            HostileLane hostile = new HostileLane(Path.of(arguments[0]), type);
            hostile.flipHead();
            hostile.flipHeadWithChecksum();
            hostile.setFieldsWithChecksum();
            hostile.truncate();
            hostile.swapByteOrder();
            System.out.println("hostile .lane files of " + type + ": " + hostile.refused + " refused, "
                    + hostile.opened + " sound with other content");
        }
    }

    private void flipHead() throws IOException {
        for (int at = 0; at < headEnd; at++) {
            for (int mask : new int[]{0xFF, 0x01, 0x80}) {
                byte[] file = sound.clone();
                file[at] ^= (byte) mask;
                write(at, file[at]);
                mustRefuse("byte " + at + " ^ " + mask);
                write(at, sound[at]);
            }
        }
    }

    private void flipHeadWithChecksum() throws IOException {
        for (int at = LaneFormat.CHECKED_FROM; at < headEnd; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] file = sound.clone();
                file[at] ^= (byte) (1 << bit);
                open(file, "byte " + at + ", bit " + bit);
            }
        }
    }

    /** At every place of the head, so at every length, offset and count as well. */
    private void setFieldsWithChecksum() throws IOException {
        int[] ints = {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0x01000000};
        long[] longs = {0, -1, Long.MAX_VALUE, Long.MIN_VALUE, sound.length, headEnd};
        for (int at = LaneFormat.CHECKED_FROM; at + 8 <= headEnd; at++) {
            for (int n : ints) {
                byte[] file = sound.clone();
                head(file).putInt(at, n);
                open(file, "int at " + at + " = " + n);
            }
            for (long n : longs) {
                byte[] file = sound.clone();
                head(file).putLong(at, n);
                open(file, "long at " + at + " = " + n);
            }
        }
    }

    private void truncate() throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            for (int length = sound.length - 1; length >= 0; length--) {
                if (length % 64 == 0 || length < headEnd + 64 || length > sound.length - 64) {
                    channel.truncate(length);
                    mustRefuse("cut to " + length);
                }
            }
        }
        Files.write(path, sound);
        Files.write(path, new byte[1], StandardOpenOption.APPEND);
        mustRefuse("one more byte");
        Files.write(path, sound);
    }

    private void swapByteOrder() throws IOException {
        for (int word : new int[]{2, 4, 8}) {
            byte[] file = sound.clone();
            for (int i = 0; i + word <= file.length; i += word) {
                for (int j = 0; j < word; j++) {
                    file[i + j] = sound[i + word - 1 - j];
                }
            }
            Files.write(path, file);
            String message = mustRefuse("words of " + word + " swapped");
            if (word == 8 && !message.contains("reversed byte order")) {
                throw new AssertionError("does not say that the byte order is reversed: " + message);
            }
        }
        Files.write(path, sound);
    }

    /** Gives a damaged head a right checksum; the file must be refused, or open with other content and stand all checks. */
    private void open(byte[] file, String what) throws IOException {
        ByteBuffer head = head(file);
        long end = LaneFormat.HEADER_BYTES + head.getLong(LaneFormat.METADATA_LENGTH_AT)
                + head.getLong(LaneFormat.DIRECTORY_LENGTH_AT);
        int checked = end < LaneFormat.HEADER_BYTES || end > file.length ? headEnd : (int) end;
        CRC32C checksum = new CRC32C();
        checksum.update(file, LaneFormat.CHECKED_FROM, checked - LaneFormat.CHECKED_FROM);
        head.putInt(LaneFormat.CHECKSUM_AT, (int) checksum.getValue());
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(file, 0, headEnd), 0);
        }
        try (LaneFile lane = LaneFile.open(path)) {
            TransformerSpec spec = TransformerSpec.read(lane.metadata());
            Tokenizer.read(lane.metadata().reader("tokenizer."));
            if (spec.tensorCount() == lane.directory().size()) {
                spec.tensors(DataType.F32).forEach(t -> lane.tensor(t.name(), t.layout(), t.shape()));
            }
            lane.verify();
            opened++;
        } catch (ModelFormatException | MetadataException e) {
            refused++;
        } catch (RuntimeException | Error e) {
            throw new AssertionError(what, e);
        }
    }

    private String mustRefuse(String what) throws IOException {
        try (LaneFile lane = LaneFile.open(path)) {
            throw new AssertionError("opened although damaged: " + what + " " + lane.size());
        } catch (ModelFormatException e) {
            refused++;
            return e.getMessage();
        } catch (RuntimeException | Error e) {
            throw new AssertionError(what, e);
        }
    }

    private void write(int at, byte value) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[]{value}), at);
        }
    }

    private static ByteBuffer head(byte[] file) {
        return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }
}
