package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.StemSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tools.convert.family.SourceTensor;
import dev.lanewise.tools.convert.family.TensorNames;
import dev.lanewise.writer.TensorRows;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Finds the tensors of the specification of an encoder, or of an encoder-decoder, in a source, by a table of names, and reads
 * them in the specification's order of elements. Queries, keys and values that share a name are stacked in one tensor, and so
 * are gate and up. Holds no weights. Not thread-safe.
 */
final class NamedTensors {
    private static final Pattern LAYER = Pattern.compile("\\.layers\\.(\\d+)\\.");

    private final TransformerSpec spec;
    private final TensorNames names;
    private final Function<String, SourceTensor> source;
    private final Map<String, SourceTensor> found = new HashMap<>();
    private final Map<String, TensorInfo> wanted = new HashMap<>();
    private final Set<String> used = new HashSet<>();

    /**
     * Finds them all.
     *
     * @param origin the source, for failures
     * @param source a tensor of the source by its name, or null
     * @throws ModelFormatException if one is missing, or has another shape than the specification says
     */
    NamedTensors(String origin, TransformerSpec spec, TensorNames names, String prefix,
            Function<String, SourceTensor> source) {
        this.spec = spec;
        this.names = names;
        this.source = source;
        spec.tensors(DataType.F32).forEach(info -> {
            wanted.put(info.name(), info);
            SourceTensor tensor = find(origin, info.name(), prefix);
            if (tensor != null) {
                checkShape(info, tensor);
                found.put(info.name(), tensor);
                used.add(tensor.name());
            }
        });
    }

    /** The names in the source of all that was found. */
    Set<String> used() {
        return used;
    }

    /** The smallest type that holds a tensor as the source stores it. */
    DataType type(String name) {
        return found.containsKey(name) ? found.get(name).type() : DataType.F32;
    }

    /** Its rows in the order of the specification. */
    TensorRows rows(String name) {
        TensorInfo info = wanted.get(name);
        if (info == null) {
            throw new IllegalArgumentException("not a tensor of the specification: " + name);
        }
        SourceTensor tensor = found.get(name);
        if (tensor == null) {
            return (_, into) -> Arrays.fill(into, 0, info.columns(), 0); // the bias that maps to keys lack
        }
        int first = first(name);
        TensorRows rows = isConvolution(name)
                ? taps(tensor)
                : isRelativeBias(name) ? tensor.columns().get() : tensor.rows().get();
        return stacked(name) == 0
                ? rows
                : info.shape().size() == 1
                        ? part(rows, stacked(name), first)
                        : (row, into) -> rows.read(first + row, into);
    }

    /** A part of the only row of a vector. */
    private static TensorRows part(TensorRows rows, int length, int first) {
        float[] all = new float[length];
        return (row, into) -> {
            rows.read(row, all);
            System.arraycopy(all, first, into, 0, into.length);
        };
    }

    /** How many rows the tensor has that a name's rows are stacked in with others; 0 where they are alone. */
    private int stacked(String name) {
        String module = module(name);
        String parent = module.substring(0, module.lastIndexOf('.') + 1);
        AttentionSpec attention = spec.stack().attention();
        if (isOne(module, parent, "query", "key") || isOne(module, parent, "value", "query")) {
            return attention.queryWidth() + 2 * attention.keyValueWidth();
        }
        return isOne(module, parent, "gate", "up") ? 2 * spec.stack().feedForward().width() : 0;
    }

    private boolean isOne(String module, String parent, String one, String other) {
        return (module.equals(parent + one) || module.equals(parent + other))
                && names.modules().containsKey(parent + one)
                && names.modules().get(parent + one).equals(names.modules().get(parent + other));
    }

    /** Where a name's rows begin in such a tensor. */
    private int first(String name) {
        AttentionSpec attention = spec.stack().attention();
        String module = module(name);
        return switch (module.substring(module.lastIndexOf('.') + 1)) {
            case "key" -> attention.queryWidth();
            case "value" -> attention.queryWidth() + attention.keyValueWidth();
            case "up" -> spec.stack().feedForward().width();
            default -> 0;
        };
    }

    private static String module(String name) {
        return LAYER.matcher(name.substring(0, name.lastIndexOf('.'))).replaceFirst(".");
    }

    /** Null where the bias of a map to keys is missing. */
    private SourceTensor find(String origin, String name, String prefix) {
        int dot = name.lastIndexOf('.');
        var inLayer = LAYER.matcher(name);
        String layer = inLayer.find() ? inLayer.group(1) : "";
        String module = module(name);
        String kind = name.substring(dot + 1);
        String pattern = names.modules().get(module);
        if (pattern == null) {
            throw new IllegalStateException("no name for " + module);
        }
        String[] all = pattern.replace("{layer}", layer).replace("~", prefix).split("\\|");
        SourceTensor tensor = null;
        for (int i = 0; i < all.length && tensor == null; i++) {
            // Some vectors have names of their own, and norms of the first checkpoints have others.
            tensor = source.apply(all[i] + "." + kind);
            SourceTensor other = kind.equals("bias") ? source.apply(all[i]) : null;
            SourceTensor old = source.apply(all[i] + (kind.equals("bias") ? ".beta" : ".gamma"));
            if (tensor != null && old != null) {
                throw new ModelFormatException(origin, -1, "tensor " + tensor.name(), "one such tensor",
                        "it under two names");
            }
            tensor = tensor != null ? tensor : other != null ? other : old;
        }
        if (tensor != null) {
            return tensor;
        }
        if (kind.equals("bias") && module.endsWith("attention.key")) {
            return null;
        }
        throw new ModelFormatException(origin, -1, "tensor " + all[0] + "." + kind, "one such tensor", "none");
    }

    private void checkShape(TensorInfo info, SourceTensor tensor) {
        List<Long> shape = tensor.shape();
        int stacked = stacked(info.name());
        boolean vector = info.shape().size() == 1;
        long rows = stacked == 0 || vector ? info.rows() : stacked;
        long columns = stacked == 0 || !vector ? info.columns() : stacked;
        List<Long> expected = isConvolution(info.name()) && !vector
                ? List.of(rows, columns / StemSpec.KERNEL, (long) StemSpec.KERNEL)
                : isRelativeBias(info.name())
                        ? List.of(columns, rows)
                        : vector ? List.of(columns) : List.of(rows, columns);
        boolean flat = vector && shape.equals(List.of(1L, columns));
        if (!flat && !shape.equals(expected)) {
            throw new ModelFormatException(tensor.file(), tensor.offset(), "tensor " + tensor.name() + ", shape",
                    expected + ", as " + HuggingFaceFolder.CONFIG + " says", shape.toString());
        }
    }

    /** From [out][in][tap] to [out][tap][in]: a convolution reads frames side by side. */
    private static TensorRows taps(SourceTensor tensor) {
        if (tensor.shape().size() == 1) {
            return tensor.rows().get();
        }
        int inputs = Math.toIntExact(tensor.shape().get(1));
        TensorRows rows = tensor.rows().get();
        float[] taps = new float[StemSpec.KERNEL];
        return (row, into) -> {
            for (int i = 0; i < inputs; i++) {
                rows.read(row * inputs + i, taps);
                for (int tap = 0; tap < taps.length; tap++) {
                    into[tap * inputs + i] = taps[tap];
                }
            }
        };
    }

    private static boolean isConvolution(String name) {
        return name.startsWith("source.stem.");
    }

    private static boolean isRelativeBias(String name) {
        return name.endsWith("relative_bias.weight");
    }
}
