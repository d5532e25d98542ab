package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tools.convert.ElementType;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.MappedFile;
import dev.lanewise.tools.convert.ProtobufReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads one TensorProto; the numbers are those of onnx.proto. */
final class TensorReader {
    private static final int HIGHEST_RANK = 8;
    /** Elements that are stored as variable-length numbers go to the heap; weights are not stored so. */
    private static final int MOST_VARINTS = 1 << 16;

    private final ProtobufReader in;
    private final OnnxFiles files;
    private final List<Long> shape = new ArrayList<>();
    private final Map<String, String> external = new HashMap<>();
    private final List<Long> varints = new ArrayList<>();
    private String name = "";
    private long type;
    private boolean isExternal;
    private int sources;
    private boolean unread;
    private ProtobufReader.Place place;

    TensorReader(ProtobufReader in, OnnxFiles files) {
        this.in = in;
        this.files = files;
    }

    ForeignTensor read() throws IOException {
        in.message(field -> {
            switch (field) {
                case 1 -> in.integers("tensor, dims", this::addDimension);
                case 2 -> type = in.integer("tensor, data_type");
                case 8 -> name = in.text("tensor, name");
                case 13 -> in.entry(external);
                case 14 -> isExternal = in.integer("tensor, data_location") == 1;
                case 4, 5, 6, 7, 10, 11 -> addElements(field);
                case 9 -> addPlace("tensor, raw_data");
                case 3 -> throw in.failure("tensor, segment", "a tensor in one piece", "a segment of one");
                default -> in.skip();
            }
        });
        ElementType element = ElementType.ofOnnx(Math.clamp(type, -1, 1000));
        if (element == null) {
            throw in.failure(field() + ", data_type", "a known type", Long.toString(type));
        }
        long length = length(element);
        if (sources + (varints.isEmpty() ? 0 : 1) + (isExternal ? 1 : 0) > 1) {
            throw in.failure(field(), "elements in one place", "several");
        }
        MemorySegment data;
        long offset = -1;
        if (unread || element == ElementType.STRING) {
            data = null;
        } else if (isExternal) {
            MappedFile from = files.external(external.getOrDefault("location", ""));
            offset = number("offset", 0);
            checkLength(length, number("length", length));
            if (offset < 0 || offset > from.size() || length > from.size() - offset) {
                throw in.failure(field() + ", external data",
                        length + " bytes within the " + from.size() + " of " + from.name(), "an offset of " + offset);
            }
            data = from.bytes().asSlice(offset, length);
        } else if (place != null) {
            checkLength(length, place.length());
            offset = place.offset();
            data = files.graph().bytes().asSlice(offset, length);
        } else {
            byte[] bytes = littleEndian(element);
            checkLength(length, bytes.length);
            data = MemorySegment.ofArray(bytes);
        }
        return new ForeignTensor(files.graph().name(), name, element, shape, offset, data);
    }

    private void addDimension(long dimension) {
        if (dimension < 0 || shape.size() == HIGHEST_RANK) {
            throw in.failure("tensor, dims", "at most " + HIGHEST_RANK + " numbers from 0 on",
                    dimension < 0 ? Long.toString(dimension) : "more");
        }
        shape.add(dimension);
    }

    /** One of the fields with elements by type: floats and doubles when packed are as good as raw bytes. */
    private void addElements(int field) throws IOException {
        if (field == 4 && type == 1 || field == 10 && type == 11) {
            addPlace("tensor, packed elements");
        } else if (field == 5 || field == 7) {
            in.integers("tensor, elements", n -> {
                if (varints.size() < MOST_VARINTS) {
                    varints.add(n);
                } else {
                    unread = true;
                }
            });
        } else {
            unread = true;
            in.skip();
        }
    }

    private void addPlace(String what) throws IOException {
        sources++;
        place = in.place(what);
    }

    private String field() {
        return "tensor " + Json.quoted(name);
    }

    private long length(ElementType element) {
        try {
            long bits = Math.multiplyExact(ForeignTensor.elements(shape), element.bits());
            return bits / 8 + (bits % 8 == 0 ? 0 : 1);
        } catch (ArithmeticException e) {
            throw in.failure(field() + ", dims", "a size in bytes that 64 bits can hold", shape.toString());
        }
    }

    private void checkLength(long expected, long found) {
        if (expected != found) {
            throw in.failure(field() + ", length", expected + " bytes for the shape " + shape, Long.toString(found));
        }
    }

    private long number(String key, long absent) {
        String number = external.get(key);
        try {
            return number == null ? absent : Long.parseLong(number);
        } catch (NumberFormatException e) {
            throw in.failure("external data, " + key, "a whole number", Json.quoted(number));
        }
    }

    private byte[] littleEndian(ElementType element) {
        int width = element.bits() / 8;
        ByteBuffer bytes = ByteBuffer.allocate(Math.max(1, width) * varints.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (long n : varints) {
            switch (width) {
                case 8 -> bytes.putLong(n);
                case 4 -> bytes.putInt((int) n);
                case 2 -> bytes.putShort((short) n);
                default -> bytes.put((byte) n);
            }
        }
        return bytes.array();
    }
}
