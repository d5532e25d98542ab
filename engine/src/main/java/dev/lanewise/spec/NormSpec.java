package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;

/**
 * A normalisation over the width.
 *
 * @param kind the formula
 * @param epsilon what is added to the variance
 */
public record NormSpec(Kind kind, double epsilon) {

    /** The formula. */
    public enum Kind {
        /** Layer normalisation (Ba et al., 2016): minus the mean, over the standard deviation, times weight, plus bias. */
        LAYER
    }

    static NormSpec read(Metadata.Reader in, String prefix) {
        NormSpec spec = new NormSpec(in.word(prefix + "kind", Kind.class), in.number(prefix + "epsilon"));
        if (spec.epsilon < 0 || spec.epsilon > 1) {
            throw new MetadataException(TransformerSpec.PREFIX + prefix + "epsilon", "0 to 1",
                    Double.toString(spec.epsilon));
        }
        return spec;
    }

    void write(Metadata.Builder out, String prefix) {
        out.put(prefix + "kind", kind).put(prefix + "epsilon", epsilon);
    }
}
