package dev.lanewise.tools.convert.onnx;

import java.util.ArrayList;
import java.util.List;

/** A tree of products and quotients by constants, taken apart. */
record Factors(double constant, List<String> others) {
    private static final int MOST = 16;

    static Factors of(OnnxValues values, String value) {
        double constant = 1;
        List<String> others = new ArrayList<>();
        List<String> open = new ArrayList<>(List.of(value));
        for (int steps = 0; !open.isEmpty() && steps < MOST; steps++) {
            String next = open.removeLast();
            OnnxNode node = values.producer(next);
            Double number = values.scalar(next);
            if (number != null) {
                constant *= number;
            } else if (node != null && node.is("Mul") && node.inputs().size() == 2) {
                open.add(values.input(node, 0));
                open.add(values.input(node, 1));
            } else if (node != null && node.is("Div") && values.scalar(values.input(node, 1)) != null) {
                constant /= values.scalar(values.input(node, 1));
                open.add(values.input(node, 0));
            } else {
                others.add(next);
            }
        }
        others.addAll(open); // too many to be any of the activations
        return new Factors(constant, others);
    }

    /** Whether the constant is a number. */
    boolean isNear(double number) {
        return isNear(constant, number);
    }

    /** Whether a constant is a number up to the rounding to F16; no two formulas are closer to each other. */
    static boolean isNear(double constant, double number) {
        return Math.abs(constant - number) <= 0x1p-10 * number;
    }
}
