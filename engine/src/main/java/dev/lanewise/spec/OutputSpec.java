package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * The head of a decoder: from the last hidden state to a logit for every id.
 *
 * @param tied whether the token table of the embedding is its matrix
 * @param bias whether a bias is added
 * @param scale what the product is multiplied with
 * @param softCap 0, or a logit x becomes softCap * tanh(x / softCap)
 */
public record OutputSpec(boolean tied, boolean bias, double scale, double softCap) {

    static OutputSpec read(Metadata.Reader in) {
        if (!in.has("output.tied")) {
            return null;
        }
        OutputSpec spec = new OutputSpec(in.bool("output.tied"), in.bool("output.bias"), in.number("output.scale"),
                in.number("output.soft_cap"));
        in.require(spec.scale > 0 && spec.scale <= 1e6, "output.scale", "above 0, at most 1e6", spec.scale);
        in.require(spec.softCap >= 0 && spec.softCap <= 1e6, "output.soft_cap", "0 to 1e6", spec.softCap);
        return spec;
    }
}
