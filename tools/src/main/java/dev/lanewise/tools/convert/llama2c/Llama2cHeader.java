package dev.lanewise.tools.convert.llama2c;

import dev.lanewise.error.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The hyper-parameters of a checkpoint: seven numbers of 32 bits. Version 0 begins with them, and a negative vocabulary says
 * that the classifier is a matrix of its own; version 1 has a magic number and a version before them, a byte that says whether
 * the classifier is the embedding behind them, and zeros up to 256 bytes.
 *
 * @param version 0 or 1
 * @param width of the residual stream
 * @param inner width of the feed-forward layer
 * @param layers how many
 * @param heads of queries
 * @param keyValueHeads of keys and of values
 * @param vocabulary how many tokens
 * @param positions the longest sequence it was trained on
 * @param sharedClassifier whether the embedding is the classifier too
 */
public record Llama2cHeader(int version, int width, int inner, int layers, int heads, int keyValueHeads, int vocabulary,
        int positions, boolean sharedClassifier) {
    /** "ak42", as a number; version 1 and later begin with it. */
    private static final int MAGIC = 0x616B3432;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BYTES_OF_0 = 7 * 4;
    private static final int BYTES_OF_1 = 256;
    private static final int FLAG = 9 * 4; // where version 1 has its byte

    /**
     * Reads and checks a header.
     *
     * @param file the name that failures give
     * @param bytes the file, or its beginning
     * @throws ModelFormatException if it is of another version, or its numbers go with no model
     */
    static Llama2cHeader read(String file, MemorySegment bytes) {
        boolean marked = isMarked(bytes);
        int start = marked ? 8 : 0;
        require(file, bytes.byteSize() >= (marked ? BYTES_OF_1 : BYTES_OF_0), 0, "file size",
                "a whole header", bytes.byteSize());
        int version = marked ? bytes.get(INT, 4) : 0;
        require(file, version == 1 || !marked, 4, "version", "1 (2 is quantised; export the model as version 1)",
                version);
        int[] n = bytes.asSlice(start, BYTES_OF_0).toArray(INT);
        int flag = marked ? bytes.get(ValueLayout.JAVA_BYTE, FLAG) : n[5] > 0 ? 1 : 0;
        require(file, flag == 0 || flag == 1, FLAG, "shared classifier", "0 or 1", flag);
        Llama2cHeader header = new Llama2cHeader(version, n[0], n[1], n[2], n[3], n[4],
                marked ? n[5] : Math.abs(Math.max(n[5], -Integer.MAX_VALUE)), n[6], flag == 1);
        header.check(file, start);
        return header;
    }

    /** Bounds that no model comes near, and that keep every product below within a {@code long}. */
    private void check(String file, int start) {
        require(file, width >= 1 && width <= 1 << 17, start, "dim", "1 to 131072", width);
        require(file, inner >= 1 && inner <= 1 << 20, start + 4, "hidden_dim", "1 to 1048576", inner);
        require(file, layers >= 1 && layers <= 1000, start + 8, "n_layers", "1 to 1000", layers);
        require(file, heads >= 1 && width % heads == 0 && width / heads % 2 == 0, start + 12, "n_heads",
                "a divisor of " + width + " that leaves an even number", heads);
        require(file, keyValueHeads >= 1 && heads % keyValueHeads == 0, start + 16, "n_kv_heads",
                "a divisor of " + heads, keyValueHeads);
        require(file, vocabulary >= 1 && vocabulary <= 1 << 22, start + 20, "vocab_size", "1 to 4194304", vocabulary);
        require(file, positions >= 1 && positions <= 1 << 24, start + 24, "max_seq_len", "1 to 16777216", positions);
    }

    private static void require(String file, boolean sound, int at, String field, String expected, long found) {
        if (!sound) {
            throw new ModelFormatException(file, at, field, expected, Long.toString(found));
        }
    }

    /** Whether a file begins as those of version 1 and later do. */
    static boolean isMarked(MemorySegment bytes) {
        return bytes.byteSize() >= 8 && bytes.get(INT, 0) == MAGIC;
    }

    /** Where the tensors begin, in bytes. */
    int end() {
        return version == 0 ? BYTES_OF_0 : BYTES_OF_1;
    }

    /** Width of a head. */
    public int headWidth() {
        return width / heads;
    }

    /** Width of all keys, or of all values, of one token. */
    public int keyValueWidth() {
        return headWidth() * keyValueHeads;
    }
}
