package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;
import java.util.List;

/**
 * The head of an encoder: from its last hidden state to logits, of a text or of every token.
 *
 * @param pooling how the vectors of a text's tokens become one; null where every token has logits
 * @param dense maps before the last
 * @param outputs how many logits: of labels, or of ids where it is tied
 * @param bias whether the last map has one
 * @param tied whether the token table of the embedding is the last map's matrix
 * @param scores what makes probabilities of logits
 * @param labels what the outputs are called; empty where nobody says
 * @param maxTokens how many tokens a text may have, 0 for as many as the encoder takes
 */
public record HeadSpec(PoolingSpec.Kind pooling, List<DenseSpec> dense, int outputs, boolean bias, boolean tied,
        Scores scores, List<String> labels, int maxTokens) {
    private static final String PREFIX = "head.";

    /** What makes probabilities of logits. */
    public enum Scores {
        /** One of the labels holds. */
        SOFTMAX,
        /** Any of the labels may hold, each by itself. */
        SIGMOID,
        /** Logits are numbers that were asked for, no probabilities. */
        NONE
    }

    /** Copies the lists. */
    public HeadSpec {
        dense = List.copyOf(dense);
        labels = List.copyOf(labels);
    }

    /** The same, texts no longer than so many tokens. */
    public HeadSpec withMaxTokens(int tokens) {
        return new HeadSpec(pooling, dense, outputs, bias, tied, scores, labels, tokens);
    }

    static HeadSpec read(Metadata.Reader in) {
        if (!in.has(PREFIX + "outputs")) {
            return null;
        }
        HeadSpec spec = new HeadSpec(
                in.has(PREFIX + "pooling") ? in.word(PREFIX + "pooling", PoolingSpec.Kind.class) : null,
                DenseSpec.read(in, PREFIX + "dense."), in.integer(PREFIX + "outputs", 1, TransformerSpec.MOST),
                in.flag(PREFIX + "bias", true), in.flag(PREFIX + "tied", false),
                in.word(PREFIX + "scores", Scores.class),
                in.has(PREFIX + "labels") ? List.of(in.strings(PREFIX + "labels")) : List.of(),
                PoolingSpec.maxTokens(in, PREFIX));
        in.require(spec.labels.isEmpty() || spec.labels.size() == spec.outputs, PREFIX + "labels",
                spec.outputs + ", one an output", spec.labels.size());
        return spec;
    }
}
