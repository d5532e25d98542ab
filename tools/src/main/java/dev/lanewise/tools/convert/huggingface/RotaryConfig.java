package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.RotarySpec.Dynamic;
import dev.lanewise.spec.RotarySpec.Factors;
import dev.lanewise.spec.RotarySpec.Linear;
import dev.lanewise.spec.RotarySpec.Llama3;
import dev.lanewise.spec.RotarySpec.Plain;
import dev.lanewise.spec.RotarySpec.Scaling;
import dev.lanewise.spec.RotarySpec.Yarn;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.family.DecoderDraft;
import java.util.List;

/**
 * The rotation that a configuration states: in one object, {@code rope_parameters}, since transformers 5; before that by
 * {@code rope_theta} and the object {@code rope_scaling}.
 */
final class RotaryConfig {
    private static final String OBJECT = "rope_parameters rope_scaling";
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";
    private static final int MOST_POSITIONS = 1 << 24;

    private RotaryConfig() {}

    /** The rotation of all layers, of whole heads: most families know no other, whatever a share says. */
    static RotarySpec rotary(ConfigReader in, DecoderDraft out) {
        RotarySpec spec = partial(in, out);
        if (spec == null || spec.size() != out.sizes().headSize()) {
            throw new UnsupportedModelException(
                    in.file() + ": partial_rotary_factor is below 1, which has no meaning in"
                            + " this family");
        }
        return spec;
    }

    /** The rotation of all layers, of a share of each head, or null where nothing of it is rotated. */
    static RotarySpec partial(ConfigReader in, DecoderDraft out) {
        return rotary(in, in.child(OBJECT), out, theta(in, "rope_theta rotary_emb_base", 10_000));
    }

    /** The rotation of layers without a window, where those with one have another. */
    static RotarySpec ofFullLayers(ConfigReader in, DecoderDraft out) {
        ConfigReader object = in.child(OBJECT);
        boolean nested = object.has(FULL) || object.has(SLIDING);
        return rotary(in, nested ? object.child(FULL) : object, out, theta(in, "rope_theta", 1e6));
    }

    /** The rotation of layers with a window, where those without have another. */
    static RotarySpec ofSlidingLayers(ConfigReader in, DecoderDraft out) {
        ConfigReader object = in.child(OBJECT);
        double theta = theta(in, "rope_local_base_freq", 10_000);
        return object.has(FULL) || object.has(SLIDING)
                ? rotary(in, object.child(SLIDING), out, theta)
                : new RotarySpec(theta, out.sizes().headSize());
    }

    private static double theta(ConfigReader in, String keys, double otherwise) {
        return in.number(keys, otherwise, 1e-6, 1e12);
    }

    private static RotarySpec rotary(ConfigReader in, ConfigReader object, DecoderDraft out, double theta) {
        String share = "partial_rotary_factor rotary_pct rope_pct";
        double part = object.number("partial_rotary_factor", in.number(share, 1, 0, 1), 0, 1);
        int size = (int) (out.sizes().headSize() * part);
        Scaling scaling = scaling(in, object, out);
        RotarySpec spec = new RotarySpec(object.number("rope_theta", theta, 1e-6, 1e12), size, scaling);
        return size == 0 ? null : spec;
    }

    private static Scaling scaling(ConfigReader in, ConfigReader object, DecoderDraft out) {
        String word = object.text("rope_type type");
        // What only one kind of scaling reads may stand in the object of another.
        object.ignore("finetuned factor original_max_position_embeddings attention_factor mscale mscale_all_dim"
                + " beta_fast beta_slow truncate short_factor long_factor low_freq_factor high_freq_factor");
        in.ignore("original_max_position_embeddings");
        return switch (word == null ? "default" : word) {
            case "default" -> new Plain();
            case "dynamic" -> dynamic(object, out);
            case "linear" -> new Linear(object.number("factor", 1e-6, 1e6));
            case "llama3" -> new Llama3(object.number("factor", 1e-6, 1e6), object.number("low_freq_factor", 1e-6, 1e6),
                    object.number("high_freq_factor", 1e-6, 1e6), original(in, object, out));
            case "yarn" -> object.has("short_factor") ? longRope(in, object, out) : yarn(in, object, out);
            case "longrope", "su" -> longRope(in, object, out);
            default -> throw new UnsupportedModelException(in.file() + ": the rotary scaling " + Json.quoted(word)
                    + " is not supported; supported are default, dynamic, linear, llama3, yarn, longrope");
        };
    }

    /** The positions that the configuration states are those that the model was first trained on. */
    private static Dynamic dynamic(ConfigReader object, DecoderDraft out) {
        double factor = object.number("factor", 1, 1e6);
        int original = out.sizes().positions();
        out.positions((int) Math.min(MOST_POSITIONS, original * factor))
                .note("dynamic scaling of the rotation: behind " + original
                        + " tokens, every token has the whole text computed again, as all of it is turned otherwise");
        return new Dynamic(factor, original);
    }

    private static Yarn yarn(ConfigReader in, ConfigReader object, DecoderDraft out) {
        int original = original(in, object, out);
        double factor = object.number("factor", (double) out.sizes().positions() / original, 1e-6, 1e6);
        double scale = object.number("mscale", 0, 0, 1e6);
        double allDimensions = object.number("mscale_all_dim", 0, 0, 1e6);
        double magnitude = scale != 0 && allDimensions != 0
                ? magnitude(factor, scale) / magnitude(factor, allDimensions)
                : magnitude(factor, 1);
        boolean truncate = !object.has("truncate") || object.flag("truncate");
        return new Yarn(factor, original, object.number("beta_fast", 32, 1e-6, 1e6),
                object.number("beta_slow", 1, 1e-6, 1e6), object.number("attention_factor", magnitude, 1e-6, 1e6),
                truncate);
    }

    private static double magnitude(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * StrictMath.log(factor) + 1;
    }

    private static Factors longRope(ConfigReader in, ConfigReader object, DecoderDraft out) {
        int original = original(in, object, out);
        double factor = object.number("factor", (double) out.sizes().positions() / original, 1e-6, 1e6);
        double magnitude = factor <= 1 || original == 1
                ? 1
                : StrictMath.sqrt(1 + StrictMath.log(factor) / StrictMath.log(original));
        return new Factors(factors(object, "short_factor"),
                object.number("attention_factor", magnitude, 1e-6, 1e6), factors(object, "long_factor"), original);
    }

    private static List<Float> factors(ConfigReader object, String key) {
        return object.numbers(key, 4096).stream().map(Double::floatValue).toList();
    }

    private static int original(ConfigReader in, ConfigReader object, DecoderDraft out) {
        String key = "original_max_position_embeddings";
        return in.has(key)
                ? in.integer(key, MOST_POSITIONS)
                : object.has(key) ? object.integer(key, MOST_POSITIONS) : out.sizes().positions();
    }
}
