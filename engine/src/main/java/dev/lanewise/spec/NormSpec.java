package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * A normalisation over the width. Families that multiply with 1 + weight are converted by adding the 1.
 *
 * @param kind the formula
 * @param epsilon what is added to the variance, or to the mean square
 * @param bias whether a bias is added at the end
 */
public record NormSpec(Kind kind, double epsilon, boolean bias) {

    /** The formula. */
    public enum Kind {
        /** Layer normalisation (Ba et al., 2016): minus the mean, over the standard deviation, times weight. */
        LAYER,
        /** Root mean square normalisation (Zhang and Sennrich, 2019): over the root of the mean square, times weight. */
        RMS
    }

    /** The formula as first published: layer normalisation with a bias, root mean square without. */
    public NormSpec(Kind kind, double epsilon) {
        this(kind, epsilon, kind == Kind.LAYER);
    }

    static NormSpec read(Metadata.Reader in, String prefix) {
        Kind kind = in.word(prefix + "kind", Kind.class);
        NormSpec spec = new NormSpec(kind, in.number(prefix + "epsilon"),
                in.flag(prefix + "bias", kind == Kind.LAYER));
        in.require(spec.epsilon >= 0 && spec.epsilon <= 1, prefix + "epsilon", "0 to 1", spec.epsilon);
        return spec;
    }
}
