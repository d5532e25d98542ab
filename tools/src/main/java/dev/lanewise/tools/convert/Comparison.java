package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.LaneFile;
import dev.lanewise.writer.TensorRows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Compares the weights of a {@code .lane} file with those of the source it was made of. */
public final class Comparison {
    private Comparison() {}

    /**
     * How far a tensor is from its source.
     *
     * @param name its name in the specification
     * @param type it is stored in
     * @param largest absolute difference of any element
     * @param mean absolute difference of its elements
     * @param magnitude the largest absolute value in the source
     */
    public record Difference(String name, DataType type, float largest, double mean, float magnitude) {}

    /**
     * Compares tensor by tensor.
     *
     * @throws ModelFormatException if a tensor of the source is not in the file, or of another shape
     */
    public static List<Difference> of(LaneFile file, ModelSource source) throws IOException {
        List<Difference> differences = new ArrayList<>();
        for (TensorInfo wanted : source.spec().tensors(DataType.F32).toList()) {
            LaneRows stored = new LaneRows(file, wanted.name(), wanted.layout(), wanted.shape());
            TensorRows original = source.rows(wanted.name());
            float[] a = new float[wanted.columns()];
            float[] b = new float[wanted.columns()];
            float largest = 0;
            double sum = 0;
            float magnitude = 0;
            for (int row = 0; row < wanted.rows(); row++) {
                stored.read(row, a);
                original.read(row, b);
                for (int i = 0; i < a.length; i++) {
                    float difference = Math.abs(a[i] - b[i]);
                    largest = Math.max(largest, difference);
                    sum += difference;
                    magnitude = Math.max(magnitude, Math.abs(b[i]));
                }
            }
            double mean = sum / ((double) wanted.rows() * wanted.columns());
            differences.add(new Difference(wanted.name(), stored.type(), largest, mean, magnitude));
        }
        return differences;
    }
}
