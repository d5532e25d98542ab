package dev.lanewise.tools.convert;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.lanewise.error.ModelFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Walks over a protobuf file of a stranger, field by field, with protobuf's own reader of the wire format. Messages are
 * entered or skipped; of what is skipped only the place is learned, so that weights stay in the file. What texts and items
 * may take in memory is bounded for the whole file, whatever the lengths in it say.
 *
 * <p>It reads from a stream over the mapping and not from a buffer: protobuf's reader of direct buffers uses {@code Unsafe},
 * which the JDK warns about.
 */
public final class ProtobufReader {
    /** The largest published graphs have some 100,000 nodes and weights, vocabularies 256,000 pieces. */
    private static final int MOST_ITEMS = 1_000_000;
    private static final int MOST_TEXT = 32 << 20; // bytes
    private static final int LONGEST_WORD = 256; // bytes

    private final String file;
    private final CodedInputStream in;
    private final int length;
    private int items;
    private long text;
    private int tag;

    /** What to do with the fields of a message: called for each with its number; must read or {@link #skip} its value. */
    @FunctionalInterface
    public interface Field {
        /** Reads or skips the value of a field. */
        void read(int number) throws IOException;
    }

    /**
     * Where the bytes of a value are in the file.
     *
     * @param offset where they begin
     * @param length how many there are
     */
    public record Place(long offset, int length) {}

    /**
     * A reader of a file.
     *
     * @param file at most 2 GB, as protobuf itself demands
     * @throws ModelFormatException if it is larger
     */
    public ProtobufReader(MappedFile file) {
        this.file = file.name();
        if (file.size() > Integer.MAX_VALUE) {
            throw new ModelFormatException(this.file, -1, "file size",
                    "at most 2 GB, protobuf's limit (larger models keep weights in files beside it)",
                    file.size() + " bytes");
        }
        in = CodedInputStream.newInstance(new SegmentStream(file.bytes()));
        length = (int) file.size();
    }

    /** Reads the whole file as one message. */
    public void readAll(Field field) throws IOException {
        try {
            int limit = in.pushLimit(length);
            readFields(field);
            in.popLimit(limit);
        } catch (InvalidProtocolBufferException e) {
            throw failure("protobuf", "a sound message", Json.printable(String.valueOf(e.getMessage()), 200));
        }
    }

    /** Reads the value of the current field as a message of its own. */
    public void message(Field field) throws IOException {
        count();
        int limit = in.pushLimit(length("message"));
        readFields(field);
        in.popLimit(limit);
    }

    /** The value of the current field as a short text. */
    public String text(String what) throws IOException {
        count();
        int bytes = length(what);
        text += bytes;
        if (text > MOST_TEXT) {
            throw failure(what, "texts of at most " + MOST_TEXT + " bytes in all", "more");
        }
        byte[] utf8 = in.readRawBytes(bytes);
        String decoded = new String(utf8, StandardCharsets.UTF_8);
        // Malformed bytes become U+FFFD, and are not what the text would be written as.
        if (decoded.indexOf('\uFFFD') >= 0 && !Arrays.equals(utf8, decoded.getBytes(StandardCharsets.UTF_8))) {
            throw failure(what, "valid UTF-8", "malformed bytes");
        }
        return decoded;
    }

    /** The beginning of the value of the current field, which need not be text. */
    public String word(String what) throws IOException {
        int bytes = length(what);
        byte[] start = in.readRawBytes(Math.min(bytes, LONGEST_WORD));
        in.skipRawBytes(bytes - start.length);
        return new String(start, StandardCharsets.UTF_8);
    }

    /** The value of the current field as a key and a value. */
    public void entry(Map<String, String> into) throws IOException {
        String[] entry = {"", ""};
        message(field -> {
            switch (field) {
                case 1, 2 -> entry[field - 1] = text("property");
                default -> skip();
            }
        });
        into.put(entry[0], entry[1]);
    }

    /** The value of the current field as a whole number. */
    public long integer(String what) throws IOException {
        expect(WireFormat.WIRETYPE_VARINT, what);
        return in.readRawVarint64();
    }

    /** The value of the current field as a float. */
    public float number(String what) throws IOException {
        expect(WireFormat.WIRETYPE_FIXED32, what);
        return in.readFloat();
    }

    /**
     * Whole numbers of the current field, packed or single.
     *
     * @param into gets each
     */
    public void integers(String what, LongConsumer into) throws IOException {
        if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
            count();
            into.accept(in.readRawVarint64());
            return;
        }
        int limit = in.pushLimit(length(what));
        while (!in.isAtEnd()) {
            count();
            into.accept(in.readRawVarint64());
        }
        in.popLimit(limit);
    }

    /** Where the value of the current field is; it is skipped. */
    public Place place(String what) throws IOException {
        int bytes = length(what);
        Place place = new Place(in.getTotalBytesRead(), bytes);
        in.skipRawBytes(bytes);
        return place;
    }

    /** Skips the value of the current field. */
    public void skip() throws IOException {
        switch (WireFormat.getTagWireType(tag)) {
            case WireFormat.WIRETYPE_VARINT -> in.readRawVarint64();
            case WireFormat.WIRETYPE_FIXED64 -> in.skipRawBytes(8);
            case WireFormat.WIRETYPE_FIXED32 -> in.skipRawBytes(4);
            case WireFormat.WIRETYPE_LENGTH_DELIMITED -> in.skipRawBytes(length("field"));
            default -> throw failure("field " + WireFormat.getTagFieldNumber(tag), "a number or bytes",
                    "a group");
        }
    }

    /** A failure at the current place. */
    public ModelFormatException failure(String field, String expected, String found) {
        return new ModelFormatException(file, in.getTotalBytesRead(), field, expected, found);
    }

    private void readFields(Field field) throws IOException {
        while (!in.isAtEnd()) {
            tag = in.readTag();
            field.read(WireFormat.getTagFieldNumber(tag));
        }
    }

    private int length(String what) throws IOException {
        expect(WireFormat.WIRETYPE_LENGTH_DELIMITED, what);
        int bytes = in.readRawVarint32();
        if (bytes < 0 || bytes > in.getBytesUntilLimit()) {
            throw failure(what + ", length", "at most " + in.getBytesUntilLimit() + " bytes, which remain",
                    Integer.toUnsignedString(bytes));
        }
        return bytes;
    }

    private void expect(int wireType, String what) {
        if (WireFormat.getTagWireType(tag) != wireType) {
            throw failure(what, "wire type " + wireType, "wire type " + WireFormat.getTagWireType(tag));
        }
    }

    private void count() {
        if (++items > MOST_ITEMS) {
            throw failure("number of messages, texts and numbers", "at most " + MOST_ITEMS, "more");
        }
    }
}
