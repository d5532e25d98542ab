package dev.lanewise.tools.convert.onnx;

import dev.lanewise.spec.Activation;
import java.util.List;
import java.util.Objects;

/** Attention and the feed-forward network, each added to what went around it and then normalised. */
record EncoderLayer(Attention attention, Linear attentionOutput, Norm attentionNorm, Linear up, Activation activation,
        Linear down, Norm norm) {

    private record Residual(Linear branch, String stream) {}

    /** The layer that ends with a norm. */
    static EncoderLayer of(GraphWalk walk, Norm norm) {
        Residual feedForward = residual(walk, norm.input());
        Activated activated = Activated.of(walk, feedForward.branch.input());
        Linear up = Linear.expect(walk, activated.input(),
                "a product with weights, plus bias, before the activation");
        walk.require(up.input().equals(feedForward.stream), up.input(),
                "the input of the feed-forward network to be what is added after it");
        Norm attentionNorm = Norm.of(walk, feedForward.stream);
        Residual attended = residual(walk, attentionNorm.input());
        Attention attention = Attention.of(walk, attended.branch.input());
        for (Heads heads : List.of(attention.query(), attention.key(), attention.value())) {
            String input = heads.projection().input();
            walk.require(input.equals(attended.stream), input,
                    "query, key and value of one input, which is added after the attention");
        }
        return new EncoderLayer(attention, attended.branch, attentionNorm, up, activated.activation(),
                feedForward.branch, norm);
    }

    private static Residual residual(GraphWalk walk, String value) {
        walk.learnTokenShaped(value);
        OnnxNode sum = walk.expect(value, "Add", "the sum with what went around the layer");
        for (int i = 0; i < 2; i++) {
            Linear branch = Linear.of(walk, walk.values.input(sum, i));
            if (branch != null) {
                return new Residual(branch, walk.values.input(sum, 1 - i));
            }
        }
        throw walk.unexpected(value, "a product with weights, plus bias, plus what went around it");
    }

    /** What goes into it. */
    String input() {
        return attention.query().projection().input();
    }

    /** Whether one specification describes both. */
    boolean isLike(EncoderLayer first) {
        return attention.query().isLike(first.attention.query()) && attention.scale() == first.attention.scale()
                && Objects.equals(attention.bias() == null ? null : attention.bias().value(),
                        first.attention.bias() == null ? null : first.attention.bias().value())
                && activation == first.activation && norm.epsilon() == first.norm.epsilon()
                && attentionNorm.epsilon() == first.norm.epsilon()
                && up.weight().outputs() == first.up.weight().outputs();
    }
}
