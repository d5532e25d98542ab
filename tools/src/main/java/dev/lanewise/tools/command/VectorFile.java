package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.TextEmbedding;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The vectors of many texts in a file, as a matrix of NumPy ({@code .npy}) or a line of JSON each ({@code .jsonl}). They are
 * written as they come, beside the name, and appear under it when all are there. What a run that was killed has written is
 * gone on with by the next one with the same key. Holds one row in memory. Not thread-safe.
 */
final class VectorFile implements AutoCloseable {
    /** Of a matrix: room for any number of rows, so that it can be written at the end. */
    private static final int HEADER = 128;
    private static final int BUFFER = 1 << 16;

    private final Path target;
    private final Path part;
    private final Path keyFile;
    private final int width;
    private final boolean json;
    private final FileChannel channel;
    private final OutputStream out;
    private final ByteBuffer row;
    private long rows;

    private VectorFile(Path target, int width) throws IOException {
        this.target = target;
        this.width = width;
        part = sibling(target, ".part");
        keyFile = sibling(target, ".part.key");
        json = isJson(target);
        row = ByteBuffer.allocate(4 * width).order(ByteOrder.LITTLE_ENDIAN);
        channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
    }

    /** Whether a name says one of the formats. */
    static boolean isFormat(Path target) {
        return isJson(target) || target.toString().endsWith(".npy");
    }

    private static boolean isJson(Path target) {
        return target.toString().endsWith(".jsonl");
    }

    /**
     * Begins, or goes on with what was begun.
     *
     * @param key what the vectors depend on; null if nobody could go on with them
     */
    static VectorFile open(Path target, int width, String key) throws IOException {
        VectorFile file = new VectorFile(target, width);
        try {
            boolean same = key != null && Files.exists(file.keyFile) && Files.readString(file.keyFile).equals(key);
            file.begin(same);
            if (key != null) {
                Files.writeString(file.keyFile, key);
            }
            return file;
        } catch (Throwable e) {
            file.channel.close();
            throw e;
        }
    }

    private void begin(boolean same) throws IOException {
        long end = json ? 0 : HEADER;
        if (same && json) {
            ByteBuffer bytes = ByteBuffer.allocate(BUFFER);
            for (long at = 0; channel.read(bytes.clear(), at) > 0; at += bytes.position()) {
                for (int i = 0; i < bytes.position(); i++) {
                    if (bytes.get(i) == '\n') {
                        rows++;
                        end = at + i + 1;
                    }
                }
            }
        } else if (same && channel.size() > HEADER) {
            rows = (channel.size() - HEADER) / (4L * width);
            end = HEADER + rows * 4L * width;
        }
        channel.truncate(end);
        if (!json && channel.size() < HEADER) {
            channel.write(ByteBuffer.allocate(HEADER), 0);
        }
        channel.position(end);
    }

    /** How many are there already: the texts that a caller must leave out. */
    long rows() {
        return rows;
    }

    /** Adds the next one. */
    void append(String text, TextEmbedding embedding) throws IOException {
        if (json) {
            try (JsonGenerator line = new JsonFactory().createGenerator(out)
                    .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                    .disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM)) {
                line.writeStartObject();
                line.writeStringField("text", text);
                line.writeNumberField("tokens", embedding.tokens());
                line.writeBooleanField("truncated", embedding.truncated());
                JsonOutput.array(line, "vector", embedding.vector());
                line.writeEndObject();
            }
            out.write('\n');
        } else {
            row.asFloatBuffer().put(embedding.vector());
            out.write(row.array());
        }
        rows++;
    }

    /** All are there. */
    void finish() throws IOException {
        out.flush();
        if (!json) {
            String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + rows + ", " + width + "), }";
            byte[] words = (header + " ".repeat(HEADER - 11 - header.length()) + "\n")
                    .getBytes(StandardCharsets.US_ASCII);
            ByteBuffer start = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
            start.put(new byte[]{(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) (HEADER - 10))
                    .put(words);
            channel.write(start.flip(), 0);
        }
        channel.force(true);
        channel.close();
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(keyFile);
    }

    /** Keeps what is there for the next run. */
    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            out.flush();
            channel.close();
        }
    }

    private static Path sibling(Path target, String ending) {
        return target.resolveSibling(target.getFileName() + ending);
    }
}
