package dev.lanewise.tools.convert.onnx;

import dev.lanewise.spec.RelativeBiasSpec;
import dev.lanewise.tools.convert.ForeignTensor;
import java.util.List;

/**
 * A learned number of each head, added to scores by a bucket of the distance.
 *
 * @param scores what it is added to
 * @param value the value that is added
 * @param table {@code [heads][buckets]}
 */
record DistanceBias(String scores, String value, Matrix table, RelativeBiasSpec spec) {
    /** Enough that the last bucket of the published models begins well before. */
    private static final int TOKENS = 300;
    private static final int NEAREST = 16;
    private static final int FARTHEST = 256;

    /** Null where scores are no sum. */
    static DistanceBias of(GraphWalk walk, String value) {
        OnnxValues values = walk.values;
        OnnxNode sum = values.producer(value, "Add");
        if (sum == null) {
            return null;
        }
        for (int i = 0; i < 2; i++) {
            String bias = values.input(sum, i);
            Looked looked = Looked.of(values, bias);
            ForeignTensor table = looked == null ? null : values.tensor(values.input(looked.gather, 0));
            if (table == null || table.shape().size() != 2 || !looked.gather.has("axis", 0, 0)) {
                continue;
            }
            RelativeBiasSpec spec = spec(walk.size(table, 0), walk.sample(TOKENS).of(values.input(looked.gather, 1)));
            walk.require(spec != null, bias, "a bias by buckets of distances, in both directions");
            Matrix stored = Embedding.matrix(walk, looked.floats, table);
            return new DistanceBias(values.input(sum, 1 - i), bias,
                    new Matrix(stored.tensor(), true, stored.quantized()), spec);
        }
        throw walk.unexpected(value, "scores plus a bias by distance");
    }

    /**
     * A look-up of {@code [queries][keys][heads]} that became {@code [1][heads][queries][keys]}.
     *
     * @param floats what DequantizeLinear made of it, or the look-up itself
     */
    private record Looked(OnnxNode gather, String floats) {
        /** Null where it is something else. */
        static Looked of(OnnxValues values, String value) {
            OnnxNode expand = values.producer(value, "Expand");
            String floats = null;
            String at = expand == null ? value : values.input(expand, 0);
            int done = 0; // of the two steps, the last one first
            for (OnnxNode node = values.producer(at); node != null; node = values.producer(at)) {
                if (node.is("Gather") && done == 2) {
                    return new Looked(node, floats == null ? at : floats);
                } else if (node.is("DequantizeLinear") && floats == null) {
                    floats = at;
                } else if (done == 0 && node.is("Unsqueeze") && List.of(0L).equals(values.axes(node))
                        || done == 1 && node.is("Transpose") && List.of(2L, 0L, 1L).equals(node.integers("perm"))) {
                    done++;
                } else {
                    return null;
                }
                at = values.input(node, 0);
            }
            return null;
        }
    }

    /** The words that give these buckets, {@code [queries][keys]}; null if there are none. */
    private static RelativeBiasSpec spec(int buckets, Cells found) {
        if (found == null || found.rank() != 2 || found.shape()[0] != TOKENS || found.shape()[1] != TOKENS
                || buckets < 4) {
            return null;
        }
        for (int distance = NEAREST; distance <= FARTHEST; distance *= 2) {
            RelativeBiasSpec spec = new RelativeBiasSpec(buckets, distance, true, true);
            boolean same = distance > buckets / 4;
            for (int i = 0; same && i < found.data().length; i++) {
                same = found.data()[i] == spec.bucket(i / TOKENS - i % TOKENS);
            }
            if (same) {
                return spec;
            }
        }
        return null;
    }
}
