package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;
import java.util.ArrayList;
import java.util.List;

/**
 * A linear map upon an encoder, of pooled texts or of every token, and what follows it.
 *
 * @param width of what comes out
 * @param bias whether it has one
 * @param activation behind it, or null
 * @param norm behind that, or null
 */
public record DenseSpec(int width, boolean bias, Activation activation, NormSpec norm) {

    /** Those under a prefix, numbered from 0. */
    static List<DenseSpec> read(Metadata.Reader in, String prefix) {
        List<DenseSpec> all = new ArrayList<>();
        for (String name = prefix + "0."; in.has(name + "width"); name = prefix + all.size() + ".") {
            all.add(new DenseSpec(in.integer(name + "width", 1, TransformerSpec.MOST), in.flag(name + "bias", true),
                    in.has(name + "activation") ? in.word(name + "activation", Activation.class) : null,
                    in.has(name + "norm.kind") ? NormSpec.read(in, name + "norm.") : null));
        }
        return all;
    }

    /** How wide the last one's output is; without one, the input. */
    public static int width(List<DenseSpec> all, int inputs) {
        return all.isEmpty() ? inputs : all.getLast().width;
    }

    /** Adds their tensors; says how wide the last one's output is. */
    static int tensors(List<DenseSpec> all, Tensors tensors, int inputs) {
        int width = inputs;
        for (int i = 0; i < all.size(); i++) {
            DenseSpec spec = all.get(i);
            tensors.linear("dense." + i, spec.width, width, spec.bias);
            if (spec.norm != null) {
                tensors.norm("dense." + i + ".norm", spec.width, spec.norm);
            }
            width = spec.width;
        }
        return width;
    }
}
