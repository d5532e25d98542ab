package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.RotarySpec.Factors;
import dev.lanewise.spec.RotarySpec.Linear;
import dev.lanewise.spec.RotarySpec.Plain;
import dev.lanewise.spec.RotarySpec.Scaling;
import dev.lanewise.spec.RotarySpec.Yarn;
import dev.lanewise.tools.convert.family.DecoderDraft.Sizes;
import java.util.List;
import java.util.Map;

/** The rotation that a GGUF file states: by its keys, and by tensors of factors. */
final class GgufRotary {
    private GgufRotary() {}

    /** The rotation of all layers. */
    static RotarySpec rotary(GgufKeys keys, Map<String, GgufTensor> tensors, Sizes sizes) {
        int size = keys.integer("rope.dimension_count", sizes.headSize(), 4096);
        double theta = keys.number("rope.freq_base", 10_000, 1e-6, 1e12);
        String stated = keys.text("rope.scaling.type", "linear");
        boolean plain = stated.equals("none") || stated.equals("linear");
        // The converter of llama.cpp writes no type where it writes factors.
        String kind = plain && RotaryFactors.hasLength(tensors) ? "longrope" : stated;
        double scale = keys.number("rope.scaling.factor", keys.number("rope.scale_linear", 0, 0, 1e6), 0, 1e6);
        double factor = scale == 0 ? 1 : scale;
        double magnitude = keys.number("rope.scaling.attn_factor", 1, 1e-6, 1e6);
        int original = keys.integer("rope.scaling.original_context_length", sizes.positions(), 1 << 24);
        Scaling scaling = switch (kind) {
            case "none" -> new Plain();
            case "linear" -> factor == 1 ? new Plain() : new Linear(factor);
            case "yarn" -> new Yarn(factor, original, keys.number("rope.scaling.yarn_beta_fast", 32, 0, 1e6),
                    keys.number("rope.scaling.yarn_beta_slow", 1, 0, 1e6),
                    magnitude * (0.1 * StrictMath.log(factor) + 1), true);
            case "longrope" ->
                new Factors(factors(keys, tensors, "short"), magnitude, factors(keys, tensors, "long"), original);
            default -> throw keys.failure("rope.scaling.type", "none, linear, yarn or longrope", kind);
        };
        GgufTensor factors = tensors.get(RotaryFactors.ALL);
        if (factors != null && scaling instanceof Plain) {
            return new RotarySpec(theta, size, new Factors(RotaryFactors.read(factors), magnitude));
        }
        boolean isLong = kind.equals("longrope");
        if (factors != null || RotaryFactors.hasLength(tensors) && (!isLong || factor != 1)) {
            throw new UnsupportedModelException(
                    keys.file() + ": factors of the rotation (rope_freqs.weight, rope_factors_short.weight, "
                            + "rope_factors_long.weight) together with another scaling of it are not supported");
        }
        if (!isLong && !kind.equals("yarn")) {
            keys.neutral("rope.scaling.attn_factor", 1.0);
        }
        keys.neutral("rope.scaling.yarn_ext_factor", 1.0);
        keys.neutral("rope.scaling.yarn_attn_factor", 1.0);
        return new RotarySpec(theta, size, scaling);
    }

    private static List<Float> factors(GgufKeys keys, Map<String, GgufTensor> tensors, String which) {
        String name = RotaryFactors.ofLength(which);
        GgufTensor factors = tensors.get(name);
        if (factors == null) {
            throw keys.failure("rope.scaling.type", "a tensor " + name + " for longrope", "none");
        }
        return RotaryFactors.read(factors);
    }
}
