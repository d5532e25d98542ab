package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tools.convert.ForeignTensor;
import java.util.List;

/** A layer normalisation over the width. */
record Norm(String input, ForeignTensor weight, ForeignTensor bias, double epsilon) {

    /** A fused operation, or (x - mean) / sqrt(mean((x - mean)^2) + epsilon) * weight + bias. */
    static Norm of(GraphWalk walk, String value) {
        OnnxValues values = walk.values;
        walk.learnTokenShaped(value);
        OnnxNode fused = values.producer(value, "LayerNormalization");
        if (fused != null) {
            Float epsilon = fused.number("epsilon", 1e-5f);
            walk.require((fused.has("axis", -1, -1) || fused.has("axis", -1, 2)) && epsilon != null, value,
                    "a norm over the width");
            return new Norm(values.input(fused, 0), vector(walk, values.input(fused, 1), value),
                    vector(walk, values.input(fused, 2), value), OnnxValues.shortest(epsilon));
        }
        GraphWalk.Operands bias = walk.operands(value, "Add", "the bias of a layer normalisation");
        GraphWalk.Operands weight = walk.operands(bias.other(), "Mul", "the weight of a layer normalisation");
        OnnxNode quotient = walk.expect(weight.other(), "Div", "the division of a layer normalisation");
        String centred = values.input(quotient, 0);
        String input = values.input(walk.expect(centred, "Sub", "the difference from the mean"), 0);
        walk.require(isCentred(values, centred, input), centred, "the difference from the mean over the width");
        OnnxNode deviation = walk.expect(values.input(quotient, 1), "Sqrt", "the root of a layer normalisation");
        GraphWalk.Operands epsilon = walk.operands(values.input(deviation, 0), "Add",
                "the epsilon of a layer normalisation");
        OnnxNode variance = walk.expect(epsilon.other(), "ReduceMean", "the variance of a layer normalisation");
        String square = values.input(variance, 0);
        walk.require(isMean(values, variance) && isSquareOfCentred(values, square, input), square,
                "the square of the difference");
        Double number = values.scalar(epsilon.constant());
        walk.require(number != null && number >= 0 && number < 1, values.input(deviation, 0), "an epsilon from 0 to 1");
        return new Norm(input, vector(walk, weight.constant(), bias.other()), vector(walk, bias.constant(), value),
                number);
    }

    private static boolean isCentred(OnnxValues values, String value, String input) {
        OnnxNode difference = values.producer(value, "Sub");
        if (difference == null || !values.input(difference, 0).equals(input)) {
            return false;
        }
        OnnxNode mean = values.producer(values.input(difference, 1), "ReduceMean");
        return mean != null && values.input(mean, 0).equals(input) && isMean(values, mean);
    }

    private static boolean isMean(OnnxValues values, OnnxNode mean) {
        List<Long> axes = values.axes(mean);
        return axes != null && (axes.equals(List.of(-1L)) || axes.equals(List.of(2L))) && mean.has("keepdims", 1, 1);
    }

    private static boolean isSquareOfCentred(OnnxValues values, String value, String input) {
        OnnxNode square = values.producer(value);
        if (square == null) {
            return false;
        }
        String base = values.input(square, 0);
        String second = values.input(square, 1);
        boolean isSquare = square.is("Pow") && values.isNumber(second, 2)
                || square.is("Mul") && base.equals(second);
        return isSquare && isCentred(values, base, input);
    }

    private static ForeignTensor vector(GraphWalk walk, String value, String of) {
        ForeignTensor tensor = walk.values.tensor(value);
        walk.require(tensor != null && tensor.shape().size() == 1, of, "a vector of weights of a layer normalisation");
        return tensor;
    }
}
