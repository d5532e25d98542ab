package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.ModelFormatException;
import java.util.ArrayList;
import java.util.List;

/** The tensors that hold what the frequencies of a rotation are divided by. They become words of the specification. */
final class RotaryFactors {
    private static final String PREFIX = "rope_";
    private static final int MOST = 2048;

    private RotaryFactors() {}

    /** Whether a tensor is one. */
    static boolean isOne(String name) {
        return name.startsWith(PREFIX);
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
