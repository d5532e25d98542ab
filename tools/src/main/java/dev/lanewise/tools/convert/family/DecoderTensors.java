package dev.lanewise.tools.convert.family;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.writer.QuantizedRows;
import dev.lanewise.writer.TensorRows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the tensors of a decoder's specification in a source, by a table of names, and reads them in the specification's
 * order of rows. Holds no weights. Not thread-safe.
 */
public final class DecoderTensors {
    private static final Pattern LAYER = Pattern.compile("decoder\\.layers\\.(\\d+)\\.(.+)");
    private static final Pattern EXPERT = Pattern.compile("feed_forward\\.experts\\.(\\d+)\\.(.+)");
    private static final String HEAD = "{head}";

    private final TransformerSpec spec;
    private final TensorNames names;
    private final Function<String, SourceTensor> source;
    private final String prefix; // of the names: that of the table, or none
    private final Map<String, Place> places = new LinkedHashMap<>();
    private final Set<String> used = new HashSet<>();

    /**
     * Where a tensor of the specification is.
     *
     * @param module its name without layer, expert and kind
     * @param kind "weight" or "bias"
     * @param layer -1 outside of the layers
     * @param expert 0 where there is one network
     * @param stored the tensors that hold it, one but where heads have tensors of their own
     */
    private record Place(TensorInfo info, String module, String kind, int layer, int expert,
            List<SourceTensor> stored) {
        SourceTensor tensor() {
            return stored.getFirst();
        }
    }

    /**
     * Finds them all.
     *
     * @param origin the source, for failures
     * @param source a tensor of the source by its name, or null
     * @throws ModelFormatException if one is missing, or has another shape than the specification says
     */
    public DecoderTensors(String origin, TransformerSpec spec, TensorNames names,
            Function<String, SourceTensor> source) {
        this.spec = spec;
        this.names = names;
        this.source = source;
        String token = names.modules().get("embedding.token") + ".weight";
        prefix = source.apply(token.replace("~", names.prefix())) == null
                && source.apply(token.replace("~", "")) != null ? "" : names.prefix();
        spec.tensors(DataType.F32).forEach(info -> places.put(info.name(), place(origin, info)));
        places.values().forEach(this::checkShape);
    }

    /** The names in the source of all that was found. */
    public Set<String> used() {
        return used;
    }

    /** The smallest type that holds a tensor as the source stores it. */
    public DataType type(String name) {
        Place place = places.get(name);
        // Tables have no blocks; where a source has them, only F32 holds every product of a scale and a code.
        return place.tensor().type().quantized() && place.module.equals("embedding.position")
                ? DataType.F32
                : place.tensor().type();
    }

    /** Its rows in the order of the specification. */
    public TensorRows rows(String name) {
        Place place = places.get(name);
        if (place == null) {
            throw new IllegalArgumentException("not a tensor of the specification: " + name);
        }
        return place.info.shape().size() == 1
                ? (_, into) -> readVector(place, into)
                : mapped((transposed(place) ? place.tensor().columns() : place.tensor().rows()).get(),
                        storedRows(place));
    }

    private Place place(String origin, TensorInfo info) {
        int dot = info.name().lastIndexOf('.');
        String module = info.name().substring(0, dot);
        String kind = info.name().substring(dot + 1);
        Matcher inLayer = LAYER.matcher(module);
        int layer = -1;
        int expert = 0;
        if (inLayer.matches()) {
            layer = Integer.parseInt(inLayer.group(1));
            module = inLayer.group(2);
            Matcher ofExpert = EXPERT.matcher(module);
            if (ofExpert.matches()) {
                expert = Integer.parseInt(ofExpert.group(1));
                module = "feed_forward.experts." + ofExpert.group(2);
            }
        }
        String pattern = names.modules().get(module);
        if (pattern == null) {
            throw new IllegalStateException("no name for " + module);
        }
        String numbered = pattern.replace("{layer}", Integer.toString(layer))
                .replace("{expert}", Integer.toString(expert)).replace("~", prefix);
        List<SourceTensor> stored = new ArrayList<>();
        int count = numbered.contains(HEAD) ? heads(module) : 1;
        for (int head = 0; head < count; head++) {
            stored.add(find(origin, numbered.replace(HEAD, Integer.toString(head)), kind));
        }
        return new Place(info, module, kind, layer, expert, stored);
    }

    private SourceTensor find(String origin, String alternatives, String kind) {
        String[] all = alternatives.split("\\|");
        for (String name : all) {
            SourceTensor tensor = source.apply(name + "." + kind);
            if (tensor != null) {
                used.add(tensor.name());
                return tensor;
            }
        }
        throw new ModelFormatException(origin, -1, "tensor " + all[0] + "." + kind, "one such tensor", "none");
    }

    private void checkShape(Place place) {
        List<Long> expected = expectedShape(place);
        for (SourceTensor tensor : place.stored) {
            long elements = tensor.shape().stream().reduce(1L, Math::multiplyExact);
            // The norm of a head stands for all of them, or each has its own.
            boolean sound = place.info.shape().size() == 1
                    ? elements == expected.getFirst()
                            || isHeadNorm(place) && elements == spec.stack().attention().headSize()
                    : tensor.shape().equals(expected);
            if (!sound) {
                throw new ModelFormatException(tensor.file(), tensor.offset(), "tensor " + tensor.name() + ", shape",
                        expected + ", as the hyper-parameters say", tensor.shape().toString());
            }
        }
    }

    private List<Long> expectedShape(Place place) {
        AttentionSpec attention = spec.stack().attention();
        long rows = place.info.shape().getFirst();
        if (isStackedHeads(place)) {
            rows = attention.queryWidth() + 2L * attention.keyValueWidth();
        } else if (isStackedGate(place)) {
            rows = 2L * spec.stack().feedForward().width();
        } else if (place.stored.size() > 1) {
            rows = attention.headSize();
        }
        if (place.info.shape().size() == 1) {
            return List.of(rows);
        }
        long columns = place.info.columns();
        if (isStackedExperts(place)) {
            return List.of((long) spec.stack().feedForward().experts().count(), rows, columns);
        }
        return transposed(place) ? List.of(columns, rows) : List.of(rows, columns);
    }

    private void readVector(Place place, float[] into) throws IOException {
        int length = place.info.columns();
        float[] stored = new float[Math.toIntExact(place.stored.stream()
                .mapToLong(tensor -> tensor.shape().stream().reduce(1L, Math::multiplyExact)).sum())];
        int filled = 0;
        for (SourceTensor tensor : place.stored) {
            int columns = Math.toIntExact(tensor.shape().getLast());
            int rows = (int) (tensor.shape().stream().reduce(1L, Math::multiplyExact) / columns);
            TensorRows reader = tensor.rows().get();
            float[] line = new float[columns];
            for (int row = 0; row < rows; row++, filled += columns) {
                reader.read(row, line);
                System.arraycopy(line, 0, stored, filled, columns);
            }
        }
        float added = names.plusOne() && place.module.endsWith("norm") && place.kind.equals("weight") ? 1 : 0;
        IntUnaryOperator storedRows = storedRows(place);
        for (int i = 0; i < length; i++) {
            into[i] = added + stored[storedRows.applyAsInt(i) % stored.length];
        }
    }

    /** Which row, or element of a vector, of the source is a row of the specification. */
    private IntUnaryOperator storedRows(Place place) {
        if (isOfHeads(place)) {
            return ofHeads(place);
        }
        int inner = spec.stack().feedForward().width();
        boolean stacked = isStackedGate(place);
        int perExpert = stacked ? 2 * inner : place.info.rows();
        int first = (isStackedExperts(place) ? place.expert * perExpert : 0)
                + (stacked && place.module.endsWith("up") ? inner : 0);
        return row -> first + row;
    }

    private IntUnaryOperator ofHeads(Place place) {
        AttentionSpec attention = spec.stack().attention(place.layer);
        int size = attention.headSize();
        boolean queries = place.module.equals("attention.query");
        boolean values = place.module.equals("attention.value");
        int half = names.neighbours() && !values && attention.rotary() != null ? attention.rotary().size() / 2 : 0;
        int group = attention.heads() / attention.keyValueHeads();
        boolean stacked = isStackedHeads(place);
        int first = stacked && !names.interleaved() && !queries
                ? attention.queryWidth() + (values ? attention.keyValueWidth() : 0)
                : 0;
        return row -> {
            int head = row / size;
            int element = row % size;
            if (element < 2 * half) {
                element = element < half ? 2 * element : 2 * (element - half) + 1;
            }
            if (stacked && names.interleaved()) {
                head = queries
                        ? head / group * (group + 2) + head % group
                        : head * (group + 2) + group + (values ? 1 : 0);
            }
            return first + head * size + element;
        };
    }

    private int heads(String module) {
        AttentionSpec attention = spec.stack().attention();
        return module.equals("attention.query_norm") ? attention.heads() : attention.keyValueHeads();
    }

    private static boolean isHeadNorm(Place place) {
        return place.module.equals("attention.query_norm") || place.module.equals("attention.key_norm");
    }

    private static boolean isOfHeads(Place place) {
        return isHeadNorm(place) || isMapToHeads(place);
    }

    private static boolean isMapToHeads(Place place) {
        return switch (place.module) {
            case "attention.query", "attention.key", "attention.value" -> true;
            default -> false;
        };
    }

    private boolean isStackedHeads(Place place) {
        return isMapToHeads(place)
                && names.modules().get("attention.query").equals(names.modules().get("attention.key"));
    }

    private boolean isStackedGate(Place place) {
        String parent = place.module.substring(0, place.module.lastIndexOf('.') + 1);
        return spec.stack().feedForward().gated()
                && (place.module.endsWith(".gate") || place.module.endsWith(".up"))
                && names.modules().get(parent + "gate").equals(names.modules().get(parent + "up"));
    }

    private boolean isStackedExperts(Place place) {
        return place.module.startsWith("feed_forward.experts.")
                && !names.modules().get(place.module).contains("{expert}");
    }

    private boolean transposed(Place place) {
        return names.transposed() && place.layer >= 0 && place.info.shape().size() == 2;
    }

    private static TensorRows mapped(TensorRows rows, IntUnaryOperator stored) {
        if (!(rows instanceof QuantizedRows blocks)) {
            return (row, into) -> rows.read(stored.applyAsInt(row), into);
        }
        return new QuantizedRows() {
            @Override
            public DataType type() {
                return blocks.type();
            }

            @Override
            public void read(int row, float[] into) throws IOException {
                blocks.read(stored.applyAsInt(row), into);
            }

            @Override
            public void readBlocks(int row, byte[] codes, byte[] scales, float[] floats) throws IOException {
                blocks.readBlocks(stored.applyAsInt(row), codes, scales, floats);
            }
        };
    }
}
