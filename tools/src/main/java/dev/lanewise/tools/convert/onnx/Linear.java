package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tools.convert.ForeignTensor;

/** input x weight + bias; the weight may be codes of 8 bits, whose products are then made of codes too. */
record Linear(String input, Matrix weight, ForeignTensor bias) {

    /** MatMul and Add, or Gemm between two Reshapes that fold and unfold the batch; null if it is something else. */
    static Linear of(GraphWalk walk, String value) {
        OnnxNode node = walk.values.producer(value);
        if (node == null) {
            return null;
        }
        Linear linear = node.is("Add") ? product(walk, node) : node.is("Reshape") ? gemm(walk, node) : null;
        if (linear != null) {
            walk.learnTokenShaped(value);
        }
        return linear;
    }

    /** The same, which must be there. */
    static Linear expect(GraphWalk walk, String value, String what) {
        Linear linear = of(walk, value);
        walk.require(linear != null, value, what);
        return linear;
    }

    private static Linear product(GraphWalk walk, OnnxNode sum) {
        OnnxValues values = walk.values;
        for (int i = 0; i < 2; i++) {
            ForeignTensor bias = values.tensor(values.input(sum, i));
            String value = values.input(sum, 1 - i);
            Linear integer = bias == null ? null : integer(walk, value, bias);
            if (integer != null) {
                return integer;
            }
            OnnxNode product = values.producer(value, "MatMul");
            if (product != null) {
                Matrix weight = Matrix.of(values, values.input(product, 1), true);
                if (fit(weight, bias)) {
                    walk.learnTokenShaped(value);
                    return new Linear(values.input(product, 0), weight, bias);
                }
            }
        }
        return null;
    }

    /** A product of codes of 8 bits: those of the input made on the way, with scale and zero point. */
    private static Linear integer(GraphWalk walk, String value, ForeignTensor bias) {
        OnnxValues values = walk.values;
        OnnxNode scaled = values.producer(value, "Mul");
        for (int i = 0; scaled != null && i < 2; i++) {
            OnnxNode cast = values.producer(values.input(scaled, i), "Cast");
            OnnxNode scales = values.producer(values.input(scaled, 1 - i), "Mul");
            OnnxNode product = cast == null ? null : values.producer(values.input(cast, 0), "MatMulInteger");
            OnnxNode codes = product == null
                    ? null
                    : values.producer(values.input(product, 0), "DynamicQuantizeLinear");
            if (codes == null || scales == null || !cast.has("to", 0, 1) || codes.outputs().size() != 3
                    || !values.input(product, 2).equals(codes.outputs().get(2))) {
                continue;
            }
            int at = values.input(scales, 0).equals(codes.outputs().get(1)) ? 1 : 0;
            ForeignTensor weights = values.tensor(values.input(product, 1));
            boolean sound = values.input(scales, 1 - at).equals(codes.outputs().get(1)) && weights != null
                    && weights.shape().size() == 2;
            Quantized quantized = sound
                    ? Quantized.of(weights, weights.shape().getLast(), values.tensor(values.input(scales, at)),
                            values.tensor(values.input(product, 3)))
                    : null;
            boolean zeroKnown = values.input(product, 3).isEmpty()
                    || values.tensor(values.input(product, 3)) != null;
            Matrix matrix = quantized == null || !zeroKnown ? null : new Matrix(weights, true, quantized);
            if (fit(matrix, bias)) {
                walk.learnTokenShaped(value);
                return new Linear(values.input(codes, 0), matrix, bias);
            }
        }
        return null;
    }

    private static Linear gemm(GraphWalk walk, OnnxNode unfold) {
        OnnxValues values = walk.values;
        OnnxNode product = values.producer(values.input(unfold, 0), "Gemm");
        if (product == null || !Float.valueOf(1).equals(product.number("alpha", 1))
                || !Float.valueOf(1).equals(product.number("beta", 1)) || !product.has("transA", 0, 0)
                || product.integer("transB", 0) == null) {
            return null;
        }
        Matrix weight = Matrix.of(values, values.input(product, 1), product.has("transB", 0, 0));
        ForeignTensor bias = values.tensor(values.input(product, 2));
        OnnxNode fold = values.producer(values.input(product, 0), "Reshape");
        if (!fit(weight, bias) || fold == null) {
            return null;
        }
        TokenShape folded = walk.target(fold);
        TokenShape unfolded = walk.target(unfold);
        boolean sound = folded != null && unfolded != null && folded.rank() == 2 && unfolded.rank() == 3
                && folded.is(0, TokenShape.INFERRED) && folded.is(1, weight.shape().getLast()) && unfolded.isTokens()
                && unfolded.is(2, weight.outputs());
        return sound ? new Linear(values.input(fold, 0), weight, bias) : null;
    }

    private static boolean fit(Matrix weight, ForeignTensor bias) {
        return weight != null && bias != null && bias.shape().size() == 1 && bias.elements() == weight.outputs();
    }
}
