package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.ModelFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The tensors that hold what the frequencies of a rotation are divided by. They become words of the specification. */
final class RotaryFactors {
    /** Those of texts of any length. */
    static final String ALL = "rope_freqs.weight";

    private static final int MOST = 2048;

    private RotaryFactors() {}

    /** Whether a tensor is one. */
    static boolean isOne(String name) {
        return name.equals(ALL) || name.equals(ofLength("short")) || name.equals(ofLength("long"));
    }

    /** The name of those of short texts, or of long ones. */
    static String ofLength(String which) {
        return "rope_factors_" + which + ".weight";
    }

    /** Whether there are some of short texts, or of long ones. */
    static boolean hasLength(Map<String, GgufTensor> tensors) {
        return tensors.containsKey(ofLength("short")) || tensors.containsKey(ofLength("long"));
    }

    /**
     * Its numbers.
     *
     * @throws ModelFormatException if there are more than any head has
     */
    static List<Float> read(GgufTensor tensor) {
        if (tensor.columns() > MOST) {
            throw new ModelFormatException(tensor.file(), tensor.offset(), "tensor " + tensor.name(),
                    "at most " + MOST + " numbers", Integer.toString(tensor.columns()));
        }
        float[] row = new float[tensor.columns()];
        tensor.read(0, row);
        List<Float> factors = new ArrayList<>();
        for (float factor : row) {
            factors.add(factor);
        }
        return factors;
    }
}
