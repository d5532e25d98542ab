package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * An ONNX file (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto): its nodes, and its weights as slices of the mapped
 * file or of the files that it keeps them in. Checked: the wire format, names, types, shapes against lengths, and that nodes
 * stand in the order of computation, so that walking from a value to its inputs always ends.
 */
final class OnnxGraph implements AutoCloseable {
    private static final int HIGHEST_RANK = 8;
    /** Elements that are stored as variable-length numbers go to the heap; weights are not stored so. */
    private static final int MOST_VARINTS = 1 << 16;
    private static final int MOST_FILES = 10_000;

    private final MappedFile file;
    private final Map<String, MappedFile> externals = new TreeMap<>();
    private final List<OnnxNode> nodes = new ArrayList<>();
    private final Map<String, ForeignTensor> initializers = new LinkedHashMap<>();
    private final List<String> inputs = new ArrayList<>();
    private final List<String> outputs = new ArrayList<>();
    private final Map<String, Long> opsets = new TreeMap<>();
    private final Map<String, String> properties = new TreeMap<>();
    private String producer = "";
    private String producerVersion = "";

    private OnnxGraph(MappedFile file) {
        this.file = file;
    }

    /**
     * Maps and checks a file.
     *
     * @throws ModelFormatException if it is not a sound ONNX file
     * @throws UnsupportedModelException if it is sound, and uses a part of ONNX that is not read
     * @throws NoSuchFileException if a file with its weights is missing
     */
    static OnnxGraph open(Path path) throws IOException {
        OnnxGraph graph = new OnnxGraph(MappedFile.open(path));
        try {
            graph.new Parser().parse();
            graph.checkOrder();
            return graph;
        } catch (Throwable e) {
            graph.close();
            throw e;
        }
    }

    String file() {
        return file.name();
    }

    /** The file, and the files beside it that hold weights. */
    List<Path> files() {
        List<Path> paths = new ArrayList<>();
        paths.add(file.path());
        externals.values().forEach(external -> paths.add(external.path()));
        return paths;
    }

    /** The size of all {@link #files} in bytes. */
    long size() {
        return file.size() + externals.values().stream().mapToLong(MappedFile::size).sum();
    }

    /** The operations, each after those whose results it uses. */
    List<OnnxNode> nodes() {
        return Collections.unmodifiableList(nodes);
    }

    /** The weights and constants by name. */
    Map<String, ForeignTensor> initializers() {
        return Collections.unmodifiableMap(initializers);
    }

    /** The names of the inputs that have no default. */
    List<String> inputs() {
        return inputs.stream().filter(input -> !initializers.containsKey(input)).toList();
    }

    /** The names of the outputs. */
    List<String> outputs() {
        return Collections.unmodifiableList(outputs);
    }

    /** The version of ONNX's own operations, or 0 where the file does not say. */
    long opset() {
        return opsets.getOrDefault("", opsets.getOrDefault("ai.onnx", 0L));
    }

    /** What wrote it: name and version; may be empty. */
    String producer() {
        return (producer + " " + producerVersion).strip();
    }

    /** Free texts of the file. */
    Map<String, String> properties() {
        return Collections.unmodifiableMap(properties);
    }

    @Override
    public void close() {
        externals.values().forEach(MappedFile::close);
        file.close();
    }

    private void checkOrder() {
        Set<String> known = new HashSet<>(initializers.keySet());
        known.addAll(inputs);
        for (OnnxNode node : nodes) {
            for (String input : node.inputs()) {
                if (!input.isEmpty() && !known.contains(input)) {
                    throw failure(node.described(), "inputs that an earlier node, the graph or its weights provide",
                            quoted(input));
                }
            }
            for (String output : node.outputs()) {
                if (!output.isEmpty() && !known.add(output)) {
                    throw failure(node.described(), "an output of a new name", quoted(output));
                }
            }
        }
        for (String output : outputs) {
            check(known.contains(output), "output of the graph", "a value that a node makes", quoted(output));
        }
    }

    private MappedFile external(String location) throws IOException {
        MappedFile known = externals.get(location);
        if (known != null) {
            return known;
        }
        String field = "external data, location";
        check(externals.size() < MOST_FILES, field, "at most " + MOST_FILES + " files", "more");
        check(!location.isEmpty() && location.length() <= 1024 && !location.contains("\\")
                && location.indexOf('\0') < 0 && location.indexOf(':') < 0, field, "a relative path",
                quoted(location));
        for (String part : location.split("/", -1)) {
            check(!part.isEmpty() && !part.equals(".") && !part.equals(".."), field,
                    "a path inside the folder of the file", quoted(location));
        }
        Path path = file.path().toAbsolutePath().getParent().resolve(location);
        MappedFile opened;
        try {
            opened = MappedFile.open(path);
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(path.toString(), null,
                    "no such file; " + file.name() + " keeps weights in it");
        }
        externals.put(location, opened);
        return opened;
    }

    private void check(boolean sound, String field, String expected, String found) {
        if (!sound) {
            throw failure(field, expected, found);
        }
    }

    private ModelFormatException failure(String field, String expected, String found) {
        return new ModelFormatException(file.name(), -1, field, expected, found);
    }

    private static String quoted(String name) {
        return "'" + Json.printable(name, 100) + "'";
    }

    /** Reads the messages; the numbers are those of onnx.proto. */
    private final class Parser {
        private final ProtobufReader in = new ProtobufReader(file);
        private int graphs;

        void parse() throws IOException {
            in.readAll(field -> {
                switch (field) {
                    case 2 -> producer = in.text("producer_name");
                    case 3 -> producerVersion = in.text("producer_version");
                    case 7 -> {
                        graphs++;
                        in.message(this::graph);
                    }
                    case 8 -> opset();
                    case 14 -> entry(properties);
                    case 25 -> throw new UnsupportedModelException(
                            file.name() + ": the graph has functions of its own; graphs without are supported");
                    default -> in.skip();
                }
            });
            check(graphs == 1, "graph", "one graph", Integer.toString(graphs));
        }

        private void graph(int field) throws IOException {
            switch (field) {
                case 1 -> node();
                case 5 -> {
                    ForeignTensor tensor = tensor();
                    if (tensor.name().isEmpty() || initializers.put(tensor.name(), tensor) != null) {
                        throw in.failure("initializer, name", "a new name", quoted(tensor.name()));
                    }
                }
                case 11 -> inputs.add(value());
                case 12 -> outputs.add(value());
                case 15 -> throw new UnsupportedModelException(
                        file.name() + ": the graph has sparse weights; dense ones are supported");
                default -> in.skip();
            }
        }

        private void opset() throws IOException {
            String[] domain = {""};
            long[] version = {0};
            in.message(field -> {
                switch (field) {
                    case 1 -> domain[0] = in.text("opset, domain");
                    case 2 -> version[0] = in.integer("opset, version");
                    default -> in.skip();
                }
            });
            opsets.put(domain[0], version[0]);
        }

        private void entry(Map<String, String> into) throws IOException {
            String[] entry = {"", ""};
            in.message(field -> {
                switch (field) {
                    case 1, 2 -> entry[field - 1] = in.text("property");
                    default -> in.skip();
                }
            });
            into.put(entry[0], entry[1]);
        }

        private String value() throws IOException {
            String[] name = {""};
            in.message(field -> {
                if (field == 1) {
                    name[0] = in.text("name of a value");
                } else {
                    in.skip();
                }
            });
            return name[0];
        }

        private void node() throws IOException {
            List<String> from = new ArrayList<>();
            List<String> to = new ArrayList<>();
            String[] words = {"", "", ""};
            Map<String, Object> attributes = new HashMap<>();
            in.message(field -> {
                switch (field) {
                    case 1 -> from.add(in.text("node, input"));
                    case 2 -> to.add(in.text("node, output"));
                    case 3 -> words[0] = in.text("node, name");
                    case 4 -> words[1] = in.text("node, op_type");
                    case 5 -> attribute(attributes);
                    case 7 -> words[2] = in.text("node, domain");
                    default -> in.skip();
                }
            });
            nodes.add(new OnnxNode(words[0], words[1], words[2], from, to, attributes));
        }

        private void attribute(Map<String, Object> attributes) throws IOException {
            String[] name = {""};
            Object[] single = {null};
            LongList integers = new LongList();
            List<Float> numbers = new ArrayList<>();
            long[] type = {0};
            in.message(field -> {
                switch (field) {
                    case 1 -> name[0] = in.text("attribute, name");
                    case 2 -> single[0] = in.number("attribute, f");
                    case 3 -> single[0] = in.integer("attribute, i");
                    case 4 -> single[0] = word();
                    case 5 -> single[0] = tensor();
                    case 7 -> in.numbers("attribute, floats", x -> numbers.add((float) x));
                    case 8 -> in.integers("attribute, ints", integers::add);
                    case 20 -> type[0] = in.integer("attribute, type");
                    case 13 -> in.skip();
                    default -> {
                        single[0] = OnnxNode.OTHER;
                        in.skip();
                    }
                }
            });
            Object value = single[0];
            if (!integers.isEmpty()) {
                value = integers.toArray();
            } else if (!numbers.isEmpty()) {
                float[] floats = new float[numbers.size()];
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = numbers.get(i);
                }
                value = floats;
            } else if (value == null) {
                // Writers may leave out a value that is zero or empty; the type then says which.
                value = switch (Math.clamp(type[0], 0, 100)) {
                    case 1 -> (Object) 0f;
                    case 2 -> 0L;
                    case 3 -> "";
                    case 7 -> new long[0];
                    default -> OnnxNode.OTHER;
                };
            }
            if (attributes.put(name[0], value) != null) {
                throw in.failure("attribute, name", "a new name", quoted(name[0]));
            }
        }

        /** Attributes called strings are bytes: those that are read are short words, others need not be text. */
        private String word() throws IOException {
            ProtobufReader.Place place = in.place("attribute, s");
            byte[] bytes = new byte[Math.min(place.length(), 256)];
            MemorySegment.copy(file.bytes(), ValueLayout.JAVA_BYTE, place.offset(), bytes, 0,
                    bytes.length);
            return new String(bytes, StandardCharsets.UTF_8);
        }

        private ForeignTensor tensor() throws IOException {
            TensorMessage tensor = new TensorMessage();
            in.message(field -> {
                switch (field) {
                    case 1 -> in.integers("tensor, dims", tensor::addDimension);
                    case 2 -> tensor.type = in.integer("tensor, data_type");
                    case 8 -> tensor.name = in.text("tensor, name");
                    case 13 -> entry(tensor.external);
                    case 14 -> tensor.isExternal = in.integer("tensor, data_location") == 1;
                    case 4, 5, 6, 7, 10, 11 -> tensor.add(field, in);
                    case 9 -> tensor.addRaw(in);
                    case 3 -> throw in.failure("tensor, segment", "a tensor in one piece", "a segment of one");
                    default -> in.skip();
                }
            });
            return tensor.build();
        }

        /** A TensorProto while it is read. */
        private final class TensorMessage {
            private final List<Long> shape = new ArrayList<>();
            private final Map<String, String> external = new HashMap<>();
            private final LongList varints = new LongList();
            private String name = "";
            private long type;
            private boolean isExternal;
            private int sources;
            private boolean unread;
            private ProtobufReader.Place place;

            void addDimension(long dimension) {
                if (dimension < 0 || shape.size() == HIGHEST_RANK) {
                    throw in.failure("tensor, dims", "at most " + HIGHEST_RANK + " numbers from 0 on",
                            dimension < 0 ? Long.toString(dimension) : "more");
                }
                shape.add(dimension);
            }

            void addRaw(ProtobufReader from) throws IOException {
                sources++;
                place = from.place("tensor, raw_data");
            }

            /** One of the fields with elements by type: floats and doubles when packed are as good as raw bytes. */
            void add(int field, ProtobufReader from) throws IOException {
                if (field == 4 && type == 1 || field == 10 && type == 11) {
                    sources++;
                    place = from.place("tensor, packed elements");
                } else if (field == 5 || field == 7) {
                    from.integers("tensor, elements", n -> {
                        if (varints.size() < MOST_VARINTS) {
                            varints.add(n);
                        } else {
                            unread = true;
                        }
                    });
                } else {
                    unread = true;
                    from.skip();
                }
            }

            ForeignTensor build() throws IOException {
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
                    MappedFile from = external(external.getOrDefault("location", ""));
                    offset = number("offset", 0);
                    checkLength(length, number("length", length));
                    if (offset < 0 || offset > from.size() || length > from.size() - offset) {
                        throw in.failure(field() + ", external data", length + " bytes within the " + from.size()
                                + " of " + from.name(), "an offset of " + offset);
                    }
                    data = from.bytes().asSlice(offset, length);
                } else if (place != null) {
                    checkLength(length, place.length());
                    offset = place.offset();
                    data = file.bytes().asSlice(offset, length);
                } else {
                    byte[] bytes = littleEndian(element);
                    checkLength(length, bytes.length);
                    data = MemorySegment.ofArray(bytes);
                }
                return new ForeignTensor(file.name(), name, element, shape, offset, data);
            }

            private String field() {
                return "tensor " + quoted(name);
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
                    throw in.failure(field() + ", length", expected + " bytes for the shape " + shape,
                            Long.toString(found));
                }
            }

            private long number(String key, long absent) {
                String number = external.get(key);
                try {
                    return number == null ? absent : Long.parseLong(number);
                } catch (NumberFormatException e) {
                    throw in.failure("external data, " + key, "a whole number", quoted(number));
                }
            }

            private byte[] littleEndian(ElementType element) {
                int width = element.bits() / 8;
                ByteBuffer bytes = ByteBuffer.allocate(Math.max(1, width) * varints.size())
                        .order(ByteOrder.LITTLE_ENDIAN);
                for (long n : varints.toArray()) {
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
    }
}
