package dev.lanewise.tools.convert.onnx;

import dev.lanewise.spec.Activation;
import java.util.List;

/** One of the functions of {@link Activation}, as one operation or written out. */
record Activated(String input, Activation activation) {

    static Activated of(GraphWalk walk, String value) {
        walk.learnTokenShaped(value);
        OnnxNode node = walk.values.producer(value);
        walk.require(node != null, value, "an activation");
        String first = walk.values.input(node, 0);
        if (node.is("Relu")) {
            return new Activated(first, Activation.RELU);
        }
        if (node.is("Gelu") || node.isExtension("Gelu")) {
            Object approximate = node.attributes().getOrDefault("approximate", "none");
            walk.require(approximate.equals("none") || approximate.equals("tanh"), value, "a known form of Gelu");
            return new Activated(first, approximate.equals("tanh") ? Activation.GELU_TANH : Activation.GELU);
        }
        if (node.isExtension("FastGelu") && walk.values.input(node, 1).isEmpty()) {
            return new Activated(first, Activation.GELU_TANH);
        }
        Factors factors = Factors.of(walk.values, value);
        if (factors.others().size() == 2) {
            for (int i = 0; i < 2; i++) {
                String input = factors.others().get(i);
                Activation activation = gated(walk.values, factors, input, factors.others().get(1 - i));
                if (activation != null) {
                    return new Activated(input, activation);
                }
            }
        }
        throw walk.unexpected(value, "an activation: GELU (Erf or Tanh), ReLU or SiLU");
    }

    /** What a constant times an input times a function of that input is, or null. */
    private static Activation gated(OnnxValues values, Factors factors, String input, String gate) {
        if (factors.constant() == 1) {
            OnnxNode sigmoid = values.producer(gate, "Sigmoid");
            return sigmoid != null && values.input(sigmoid, 0).equals(input) ? Activation.SILU : null;
        }
        String function = factors.isNear(0.5) ? plusOne(values, gate) : null;
        if (function == null) {
            return null;
        }
        return isErf(values, function, input)
                ? Activation.GELU
                : isTanh(values, function, input) ? Activation.GELU_TANH : null;
    }

    /** What 1 is added to; null if it is not. */
    private static String plusOne(OnnxValues values, String value) {
        OnnxNode sum = values.producer(value, "Add");
        for (int i = 0; sum != null && i < 2; i++) {
            if (values.isNumber(values.input(sum, i), 1)) {
                return values.input(sum, 1 - i);
            }
        }
        return null;
    }

    /** erf(input / sqrt(2)). */
    private static boolean isErf(OnnxValues values, String value, String input) {
        OnnxNode erf = values.producer(value, "Erf");
        if (erf == null) {
            return false;
        }
        Factors argument = Factors.of(values, values.input(erf, 0));
        return argument.others().equals(List.of(input)) && argument.isNear(Math.sqrt(0.5));
    }

    /** tanh(sqrt(2 / pi) * (input + 0.044715 * input^3)). */
    private static boolean isTanh(OnnxValues values, String value, String input) {
        OnnxNode tanh = values.producer(value, "Tanh");
        if (tanh == null) {
            return false;
        }
        Factors argument = Factors.of(values, values.input(tanh, 0));
        OnnxNode sum = argument.others().size() == 1 ? values.producer(argument.others().getFirst(), "Add") : null;
        if (sum == null || !argument.isNear(Math.sqrt(2 / Math.PI))) {
            return false;
        }
        for (int i = 0; i < 2; i++) {
            if (values.input(sum, i).equals(input) && isCube(values, values.input(sum, 1 - i), input)) {
                return true;
            }
        }
        return false;
    }

    /** 0.044715 * input^3. */
    private static boolean isCube(OnnxValues values, String value, String input) {
        Factors cube = Factors.of(values, value);
        if (!cube.isNear(0.044715)) {
            return false;
        }
        if (cube.others().size() == 1) {
            OnnxNode power = values.producer(cube.others().getFirst(), "Pow");
            return power != null && values.input(power, 0).equals(input)
                    && values.isNumber(values.input(power, 1), 3);
        }
        return cube.others().equals(List.of(input, input, input));
    }
}
