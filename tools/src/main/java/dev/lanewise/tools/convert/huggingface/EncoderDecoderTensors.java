package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.spec.StemSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tools.convert.family.SourceTensor;
import dev.lanewise.tools.convert.family.TensorNames;
import dev.lanewise.weights.TensorRows;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Finds the tensors of an encoder-decoder's specification in a source, by a table of names, and reads them in the
 * specification's order of elements. Holds no weights. Not thread-safe.
 */
final class EncoderDecoderTensors {
    private static final Pattern LAYER = Pattern.compile("\\.layers\\.(\\d+)\\.");

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
    EncoderDecoderTensors(String origin, TransformerSpec spec, TensorNames names, String prefix,
            Function<String, SourceTensor> source) {
        this.source = source;
        spec.tensors(DataType.F32).forEach(info -> {
            wanted.put(info.name(), info);
            SourceTensor tensor = find(origin, info.name(), names, prefix);
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
        return isConvolution(name) ? taps(tensor) : isRelativeBias(name) ? tensor.columns().get() : tensor.rows().get();
    }

    /** Null where the bias of a map to keys is missing. */
    private SourceTensor find(String origin, String name, TensorNames names, String prefix) {
        int dot = name.lastIndexOf('.');
        var inLayer = LAYER.matcher(name);
        String layer = inLayer.find() ? inLayer.group(1) : "";
        String module = LAYER.matcher(name.substring(0, dot)).replaceFirst(".");
        String kind = name.substring(dot + 1);
        String pattern = names.modules().get(module);
        if (pattern == null) {
            throw new IllegalStateException("no name for " + module);
        }
        String[] all = pattern.replace("{layer}", layer).replace("~", prefix).split("\\|");
        for (String one : all) {
            // Some vectors have names of their own.
            SourceTensor tensor = source.apply(one + "." + kind);
            tensor = tensor == null && kind.equals("bias") ? source.apply(one) : tensor;
            if (tensor != null) {
                return tensor;
            }
        }
        if (kind.equals("bias") && module.endsWith("attention.key")) {
            return null;
        }
        throw new ModelFormatException(origin, -1, "tensor " + all[0] + "." + kind, "one such tensor", "none");
    }

    private static void checkShape(TensorInfo info, SourceTensor tensor) {
        List<Long> shape = tensor.shape();
        long rows = info.rows();
        long columns = info.columns();
        List<Long> expected = isConvolution(info.name()) && info.shape().size() == 2
                ? List.of(rows, columns / StemSpec.KERNEL, (long) StemSpec.KERNEL)
                : isRelativeBias(info.name())
                        ? List.of(columns, rows)
                        : info.shape().stream().map(Integer::longValue).toList();
        boolean flat = info.shape().size() == 1 && shape.equals(List.of(1L, columns));
        if (!flat && !shape.equals(expected)) {
            throw new ModelFormatException(tensor.file(), tensor.offset(), "tensor " + tensor.name() + ", shape",
                    expected + ", as the hyper-parameters say", shape.toString());
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
