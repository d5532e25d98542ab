package dev.lanewise.tools.convert.ctranslate2;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.StemSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tools.convert.ElementType;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Int8Rows;
import dev.lanewise.writer.TensorRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the tensors of a specification are among the variables of a model: queries, keys and values lie in one matrix, and
 * whole numbers of 8 or 16 bits have a scale a row or one in all. Holds no weights. Not thread-safe.
 */
final class SpecTensors {
    private static final Pattern LAYER = Pattern
            .compile("(encoder|decoder)\\.layers\\.(\\d+)\\.([a-z_]+)\\.([a-z_]+)\\.(weight|bias)");
    /** What 16-bit numbers stand for a whole in files without scales. */
    private static final float OLD_SCALE = 1000;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Attributes in;
    private final TransformerSpec spec;
    private final int zeroRow; // of the decoder's table, or -1
    private final Map<String, Part> parts = new HashMap<>();
    private final Map<String, TensorInfo> wanted = new HashMap<>();

    /** Rows of a variable from one on, its scales or null, and how many rows it has in all; 0 if it has no others. */
    private record Part(ForeignTensor tensor, ForeignTensor scale, int first, int all) {}

    /**
     * Finds them all.
     *
     * @param zeroRow the row of the decoder's table that counts as zeros, or -1
     * @throws ModelFormatException if one is missing, or of another shape than the specification says
     * @throws UnsupportedModelException if elements are of a type that is not supported
     */
    SpecTensors(Attributes in, TransformerSpec spec, int zeroRow) {
        this.in = in;
        this.spec = spec;
        this.zeroRow = zeroRow;
        spec.tensors(DataType.F32).forEach(info -> {
            Part part = find(info.name());
            check(info, part);
            parts.put(info.name(), part);
            wanted.put(info.name(), info);
        });
    }

    /** The name of the encoder's table; older revisions have no number, as there is one. */
    static String sourceTable(Attributes in) {
        return in.has("encoder/embeddings/weight") ? "encoder/embeddings/weight" : "encoder/embeddings_0/weight";
    }

    /** The smallest type that holds a tensor as the source stores it. */
    DataType type(String name) {
        Part part = part(name);
        TensorInfo info = wanted.get(name);
        return switch (part.tensor.type()) {
            case F16 -> DataType.F16;
            case BF16 -> DataType.BF16;
            case I8 -> part.tensor.shape().size() == 2 && DataType.INT8.fits(info.layout(), info.columns())
                    ? DataType.INT8
                    : DataType.F32;
            default -> DataType.F32;
        };
    }

    /** Whether a tensor is of whole numbers that become floats. */
    boolean isWidened() {
        return parts.keySet().stream()
                .anyMatch(name -> !part(name).tensor.type().isWeight() && type(name) == DataType.F32);
    }

    /** Its rows in the order of the specification. */
    TensorRows rows(String name) {
        Part part = part(name);
        TensorInfo info = wanted.get(name);
        int columns = info.columns();
        if (name.endsWith("relative_bias.weight")) {
            return part.tensor.columns();
        }
        if (type(name) == DataType.INT8) {
            return int8(part, columns, name.equals("embedding.token.weight") ? zeroRow : -1);
        }
        TensorRows rows = (row, into) -> read(part, part.first + row, columns, into);
        if (name.startsWith("source.stem.") && name.endsWith(".weight")) {
            return taps(rows, columns / StemSpec.KERNEL);
        }
        return zeroRow >= 0 && name.equals("embedding.token.weight")
                ? (row, into) -> {
                    if (row == zeroRow) {
                        Arrays.fill(into, 0, columns, 0);
                    } else {
                        rows.read(row, into);
                    }
                }
                : rows;
    }

    private Part part(String name) {
        Part part = parts.get(name);
        if (part == null) {
            throw new IllegalArgumentException("not a tensor of the specification: " + name);
        }
        return part;
    }

    private Part find(String name) {
        Matcher layer = LAYER.matcher(name);
        if (layer.matches()) {
            return inLayer(layer.group(1), layer.group(1) + "/layer_" + layer.group(2) + "/", layer.group(3),
                    layer.group(4), layer.group(5));
        }
        return switch (name) {
            case "source.token.weight" -> whole(sourceTable(in));
            case "source.position.weight" -> whole("encoder/position_encodings/encodings");
            case "source.norm.weight" -> whole("encoder/layernorm_embedding/gamma");
            case "source.norm.bias" -> whole("encoder/layernorm_embedding/beta");
            case "source.stem.0.weight" -> whole("encoder/conv1/weight");
            case "source.stem.0.bias" -> whole("encoder/conv1/bias");
            case "source.stem.1.weight" -> whole("encoder/conv2/weight");
            case "source.stem.1.bias" -> whole("encoder/conv2/bias");
            case "embedding.token.weight" -> whole("decoder/embeddings/weight");
            case "embedding.position.weight" -> whole("decoder/position_encodings/encodings");
            case "embedding.norm.weight" -> whole("decoder/layernorm_embedding/gamma");
            case "embedding.norm.bias" -> whole("decoder/layernorm_embedding/beta");
            case "encoder.norm.weight" -> whole("encoder/layer_norm/gamma");
            case "encoder.norm.bias" -> whole("encoder/layer_norm/beta");
            case "decoder.norm.weight" -> whole("decoder/layer_norm/gamma");
            case "decoder.norm.bias" -> whole("decoder/layer_norm/beta");
            case "encoder.relative_bias.weight" -> whole("encoder/layer_0/self_attention/relative_attention_bias");
            case "decoder.relative_bias.weight" -> whole("decoder/layer_0/self_attention/relative_attention_bias");
            case "output.weight" -> whole("decoder/projection/weight");
            case "output.bias" -> whole("decoder/projection/bias");
            default -> throw new IllegalStateException("no variable for " + name);
        };
    }

    private Part inLayer(String side, String layer, String module, String part, String kind) {
        if (module.equals("feed_forward")) {
            boolean gated = in.has(layer + "ffn/linear_0_noact/weight");
            return switch (part) {
                case "norm" -> norm(layer + "ffn/", kind);
                case "gate" -> whole(layer + "ffn/linear_0/" + kind);
                case "up" -> whole(layer + (gated ? "ffn/linear_0_noact/" : "ffn/linear_0/") + kind);
                default -> whole(layer + "ffn/linear_1/" + kind);
            };
        }
        boolean cross = module.equals("cross_attention");
        AttentionSpec attention = cross
                ? spec.stack().cross()
                : side.equals("encoder") ? spec.source().stack().attention() : spec.stack().attention();
        String name = layer + (cross ? "attention/" : "self_attention/");
        int keys = cross ? 0 : attention.queryWidth();
        int all = keys + 2 * attention.keyValueWidth();
        String shared = name + (cross ? "linear_1/" : "linear_0/") + kind;
        return switch (part) {
            case "norm" -> norm(name, kind);
            case "query" -> rows(name + "linear_0/" + kind, 0, cross ? 0 : all);
            case "key" -> rows(shared, keys, all);
            case "value" -> rows(shared, keys + attention.keyValueWidth(), all);
            case "relative_bias" -> whole(name + "relative_attention_bias");
            default -> whole(name + (cross ? "linear_2/" : "linear_1/") + kind);
        };
    }

    private Part norm(String scope, String kind) {
        return whole(scope + "layer_norm/" + (kind.equals("weight") ? "gamma" : "beta"));
    }

    private Part whole(String name) {
        return rows(name, 0, 0);
    }

    private Part rows(String name, int first, int all) {
        ForeignTensor tensor = in.get(name);
        ForeignTensor scale = in.find(name + "_scale");
        boolean whole = tensor.type() == ElementType.I8 || tensor.type() == ElementType.I16;
        if (!whole && !tensor.type().isWeight()) {
            throw new UnsupportedModelException(tensor.file() + ": the variable " + name + " holds " + tensor.type()
                    + "; weights of 8 and 16 bits and of floats are supported");
        }
        if (whole && scale == null && tensor.type() == ElementType.I8) {
            throw new ModelFormatException(tensor.file(), tensor.offset(), "variable " + name, "scales beside it",
                    "none");
        }
        long rows = tensor.shape().isEmpty() ? 0 : tensor.shape().getFirst();
        if (whole && scale != null && (scale.type() != ElementType.F32
                || scale.elements() != (tensor.type() == ElementType.I8 ? rows : 1))) {
            throw new ModelFormatException(scale.file(), scale.offset(), "variable " + name + "_scale",
                    tensor.type() == ElementType.I8 ? rows + " floats, one a row" : "one float",
                    scale.elements() + " of " + scale.type());
        }
        return new Part(tensor, whole ? scale : null, first, all);
    }

    /** The variable must be as large as the specification says, with what shares it. */
    private static void check(TensorInfo info, Part part) {
        List<Long> shape = part.tensor.shape();
        long columns = info.columns();
        List<Long> expected;
        if (info.shape().size() == 1) {
            expected = List.of(part.all == 0 ? columns : part.all);
        } else if (info.name().startsWith("source.stem.")) {
            expected = List.of((long) info.rows(), columns / StemSpec.KERNEL, (long) StemSpec.KERNEL);
        } else if (info.name().endsWith("relative_bias.weight")) {
            expected = List.of(columns, (long) info.rows());
        } else {
            expected = List.of(part.all == 0 ? (long) info.rows() : part.all, columns);
        }
        if (!shape.equals(expected)) {
            throw new ModelFormatException(part.tensor.file(), part.tensor.offset(),
                    "variable " + part.tensor.name() + ", shape", expected + ", as the others say", shape.toString());
        }
    }

    private static void read(Part part, int row, int columns, float[] into) {
        MemorySegment data = part.tensor.data();
        // A vector is one row, and its elements have rows of their own where it is stacked with others.
        long first = part.tensor.shape().size() == 1 ? row : (long) row * columns;
        if (part.tensor.type().isWeight()) {
            part.tensor.type().decode(data, first, into, columns);
            return;
        }
        boolean bytes = part.tensor.type() == ElementType.I8;
        float unit = part.scale == null ? 1 / OLD_SCALE : unit(part.scale, bytes ? row : 0);
        for (int i = 0; i < columns; i++) {
            into[i] = unit * (bytes
                    ? data.get(ValueLayout.JAVA_BYTE, first + i)
                    : data.get(SHORT, 2 * (first + i)));
        }
    }

    /** What a code of 1 stands for: the product with the reciprocal, as CTranslate2 has it. */
    private static float unit(ForeignTensor scales, int row) {
        float[] one = new float[1];
        scales.type().decode(scales.data(), row, one, 1);
        return 1 / one[0];
    }

    private static TensorRows int8(Part part, int columns, int zeroRow) {
        return new Int8Rows(columns) {
            @Override
            public void readBlocks(int row, byte[] codes, byte[] none, float[] floats) {
                int stored = part.first + row;
                MemorySegment.copy(part.tensor.data(), ValueLayout.JAVA_BYTE, (long) stored * columns, codes, 0,
                        columns);
                floats[0] = row == zeroRow ? 0 : unit(part.scale, stored);
                floats[1] = 0;
            }
        };
    }

    /** From [out][in][tap] to [out][tap][in]: a convolution reads frames side by side. */
    private static TensorRows taps(TensorRows rows, int inputs) {
        float[] flat = new float[inputs * StemSpec.KERNEL];
        return (row, into) -> {
            rows.read(row, flat);
            for (int i = 0; i < inputs; i++) {
                for (int tap = 0; tap < StemSpec.KERNEL; tap++) {
                    into[tap * inputs + i] = flat[i * StemSpec.KERNEL + tap];
                }
            }
        };
    }
}
