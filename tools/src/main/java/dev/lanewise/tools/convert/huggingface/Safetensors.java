package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tools.convert.ElementType;
import dev.lanewise.tools.convert.ForeignFile;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.MappedFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file (https://github.com/huggingface/safetensors, "Format"): 8 bytes of length, that much JSON, then the
 * elements of all tensors without gap or overlap. The header is checked completely before anything is taken from it; it is
 * read as a stream, so that what it costs in memory follows the number of tensors, which is bounded.
 */
public final class Safetensors implements ForeignFile {
    /** As in the reference implementation. */
    public static final long LARGEST_HEADER = 100_000_000;
    /** The largest published models have some 100,000 tensors in all their files. */
    private static final int MOST_TENSORS = 200_000;
    private static final int MOST_METADATA = 16 << 20; // characters
    private static final int HIGHEST_RANK = 8;
    private static final int LENGTH_BYTES = 8;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MappedFile file;
    private final long dataStart;
    private final long dataLength;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, ForeignTensor> tensors;

    private record Entry(String name, ElementType type, List<Long> shape, long begin, long end) {}

    private Safetensors(MappedFile file) throws IOException {
        this.file = file;
        check(file.size() >= LENGTH_BYTES, 0, "file size", "at least 8 bytes", Long.toString(file.size()));
        long header = file.bytes().get(LONG, 0);
        long most = Math.min(LARGEST_HEADER, file.size() - LENGTH_BYTES);
        check(header >= 2 && header <= most, 0, "header length", "2 to " + most, Long.toUnsignedString(header));
        dataStart = LENGTH_BYTES + header;
        dataLength = file.size() - dataStart;
        List<Entry> entries = parse(file.bytes().asSlice(LENGTH_BYTES, header));
        tensors = place(entries);
    }

    /**
     * Maps and checks a file.
     *
     * @throws ModelFormatException if it is not a sound safetensors file
     */
    public static Safetensors open(Path path) throws IOException {
        return MappedFile.open(path, Safetensors::new);
    }

    @Override
    public String format() {
        return "safetensors file";
    }

    @Override
    public List<Path> files() {
        return List.of(file.path());
    }

    @Override
    public long size() {
        return file.size();
    }

    /** The texts under {@code __metadata__}. */
    @Override
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    /** Its tensors by name, in the order of their elements. */
    @Override
    public Map<String, ForeignTensor> tensors() {
        return tensors;
    }

    @Override
    public void close() {
        file.close();
    }

    private List<Entry> parse(MemorySegment json) throws IOException {
        byte first = json.get(ValueLayout.JAVA_BYTE, 0);
        check(first == '{', LENGTH_BYTES, "header", "a JSON object, beginning with '{'",
                "byte 0x" + Integer.toHexString(first & 0xFF));
        List<Entry> entries = new ArrayList<>();
        try (JsonParser in = Json.parser(file.name(), LENGTH_BYTES, json)) {
            in.nextToken();
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                if (name.equals("__metadata__")) {
                    parseMetadata(in);
                } else {
                    check(entries.size() < MOST_TENSORS, at(in), "number of tensors", "at most " + MOST_TENSORS,
                            "more");
                    check(!name.isEmpty(), at(in), "tensor name", "a name", "an empty one");
                    entries.add(parseTensor(name, in));
                }
            }
            check(in.nextToken() == null, at(in), "header", "nothing after the object", "more JSON");
        } catch (JsonProcessingException e) {
            throw Json.malformed(file.name(), LENGTH_BYTES, e);
        }
        return entries;
    }

    private void parseMetadata(JsonParser in) throws IOException {
        expect(in, in.nextToken(), JsonToken.START_OBJECT, "__metadata__", "");
        long characters = 0;
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String key = in.currentName();
            expect(in, in.nextToken(), JsonToken.VALUE_STRING, "__metadata__", ", value");
            characters += key.length() + (long) in.getTextLength();
            check(characters <= MOST_METADATA, at(in), "__metadata__", "at most " + MOST_METADATA + " characters",
                    "more");
            metadata.put(key, in.getText());
        }
    }

    private Entry parseTensor(String name, JsonParser in) throws IOException {
        long start = at(in);
        expect(in, in.nextToken(), JsonToken.START_OBJECT, name, "");
        ElementType type = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String key = in.currentName();
            switch (key) {
                case "dtype" -> {
                    expect(in, in.nextToken(), JsonToken.VALUE_STRING, name, ", dtype");
                    type = ElementType.ofSafetensors(in.getText());
                    if (type == null) {
                        throw failure(in, name, ", dtype", "a known type",
                                "'" + Json.printable(in.getText(), 20) + "'");
                    }
                }
                case "shape" -> shape = numbers(in, name, ", shape", HIGHEST_RANK);
                case "data_offsets" -> offsets = numbers(in, name, ", data_offsets", 2);
                default -> throw failure(in, name, "", "dtype, shape and data_offsets",
                        "'" + Json.printable(key, 60) + "'");
            }
        }
        if (type == null || shape == null || offsets == null || offsets.size() != 2) {
            throw new ModelFormatException(file.name(), start, field(name), "dtype, shape and two data_offsets",
                    "less");
        }
        return new Entry(name, type, shape, offsets.getFirst(), offsets.getLast());
    }

    private List<Long> numbers(JsonParser in, String name, String part, int most) throws IOException {
        expect(in, in.nextToken(), JsonToken.START_ARRAY, name, part);
        List<Long> numbers = new ArrayList<>(most);
        for (JsonToken token = in.nextToken(); token != JsonToken.END_ARRAY; token = in.nextToken()) {
            expect(in, token, JsonToken.VALUE_NUMBER_INT, name, part);
            long n = in.getLongValue();
            if (numbers.size() == most || n < 0) {
                throw failure(in, name, part, "at most " + most + " numbers from 0 on",
                        n < 0 ? Long.toString(n) : "more");
            }
            numbers.add(n);
        }
        return numbers;
    }

    /** The elements must follow each other without gap or overlap, from the end of the header to the end of the file. */
    private Map<String, ForeignTensor> place(List<Entry> entries) {
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        Map<String, ForeignTensor> placed = LinkedHashMap.newLinkedHashMap(entries.size());
        long next = 0;
        for (Entry entry : entries) {
            if (entry.begin != next) {
                throw failure(entry, "data_offsets", "a begin at " + next + ", where the tensor before it ends",
                        entry.begin);
            }
            if (entry.end < entry.begin || entry.end > dataLength) {
                throw failure(entry, "data_offsets", "an end from " + entry.begin + " to " + dataLength, entry.end);
            }
            if (entry.end - entry.begin != bytes(entry)) {
                throw failure(entry, "length", bytes(entry) + " bytes for " + entry.type + " " + entry.shape,
                        entry.end - entry.begin);
            }
            placed.put(entry.name, new ForeignTensor(file.name(), entry.name, entry.type, entry.shape,
                    dataStart + entry.begin, file.bytes().asSlice(dataStart + entry.begin, entry.end - entry.begin)));
            next = entry.end;
        }
        check(next == dataLength, dataStart + next, "end of the last tensor", "the end of the file",
                dataLength - next + " more bytes");
        return Collections.unmodifiableMap(placed);
    }

    private ModelFormatException failure(Entry entry, String field, String expected, long found) {
        return new ModelFormatException(file.name(),
                Math.min(file.size(), dataStart + Math.min(dataLength, entry.begin)),
                field(entry.name) + ", " + field, expected, Long.toString(found));
    }

    /** What the elements take, or -1 if that is no whole number of bytes, or none that a {@code long} can hold. */
    private static long bytes(Entry entry) {
        try {
            long bits = Math.multiplyExact(ForeignTensor.elements(entry.shape), entry.type.bits());
            return bits % 8 == 0 ? bits / 8 : -1;
        } catch (ArithmeticException e) {
            return -1;
        }
    }

    private static String field(String name) {
        return "tensor " + Json.printable(name, 100);
    }

    private static long at(JsonParser in) {
        return LENGTH_BYTES + Math.max(0, in.currentTokenLocation().getByteOffset());
    }

    private void expect(JsonParser in, JsonToken found, JsonToken expected, String tensor, String part)
            throws IOException {
        if (found != expected) {
            throw failure(in, tensor, part, Json.kind(expected), Json.kind(found));
        }
    }

    private ModelFormatException failure(JsonParser in, String tensor, String part, String expected, String found) {
        return new ModelFormatException(file.name(), at(in), field(tensor) + part, expected, found);
    }

    private void check(boolean sound, long offset, String field, String expected, String found) {
        if (!sound) {
            throw new ModelFormatException(file.name(), offset, field, expected, found);
        }
    }
}
