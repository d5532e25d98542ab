package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * Multi-head scaled dot-product attention.
 *
 * @param heads how many heads of queries
 * @param keyValueHeads how many heads of keys and values, a divisor of {@code heads}: each serves as many heads of queries
 * @param headSize the width of a head's queries, keys and values; heads x head size need not be the width of the stack
 * @param scale what scores are multiplied with before the softmax, usually 1 / sqrt(head size)
 * @param softCap 0, or a score s becomes softCap * tanh(s / softCap)
 * @param window 0, or how many keys a query sees, its own and those before it; an encoder's sees as many behind it
 * @param bias whether the maps to queries, keys and values have biases
 * @param outputBias whether the map of the heads' outputs has one
 * @param queryKeyNorm the norm of queries and keys before they are rotated, or null
 * @param rotary how queries and keys are rotated by their position, or null
 * @param alibi 0, or scores get a bias that falls with the distance (Press et al., 2022), multiplied with this, usually 1
 * @param relative the learned bias that scores get by distance, or null
 */
public record AttentionSpec(int heads, int keyValueHeads, int headSize, double scale, double softCap, int window,
        boolean bias, boolean outputBias, QueryKeyNorm queryKeyNorm, RotarySpec rotary, double alibi,
        RelativeBiasSpec relative) {

    /**
     * The norm of queries and keys. The weights of a query's norm are as wide as all heads together, also where the heads
     * share them.
     *
     * @param scope what is normalised
     * @param norm the formula
     */
    public record QueryKeyNorm(Scope scope, NormSpec norm) {}

    /** What a norm of queries and keys is taken over. */
    public enum Scope {
        /** Each head by itself. */
        HEAD,
        /** All heads together. */
        ALL
    }

    /** One without a learned bias by distance. */
    public AttentionSpec(int heads, int keyValueHeads, int headSize, double scale, double softCap, int window,
            boolean bias, boolean outputBias, QueryKeyNorm queryKeyNorm, RotarySpec rotary, boolean alibi) {
        this(heads, keyValueHeads, headSize, scale, softCap, window, bias, outputBias, queryKeyNorm, rotary,
                alibi ? 1 : 0, null);
    }

    /** The plain one of the first transformers: biases everywhere, nothing else. */
    public AttentionSpec(int heads, int headSize, double scale) {
        this(heads, heads, headSize, scale, 0, 0, true, true, null, null, false);
    }

    static AttentionSpec read(Metadata.Reader in, String prefix) {
        int heads = in.integer(prefix + "heads", 1, 4096);
        int headSize = in.integer(prefix + "head_size", 1, 4096);
        AttentionSpec spec = new AttentionSpec(heads,
                in.has(prefix + "key_value_heads") ? in.integer(prefix + "key_value_heads", 1, heads) : heads, headSize,
                in.number(prefix + "scale"),
                in.has(prefix + "soft_cap") ? in.number(prefix + "soft_cap") : 0,
                in.has(prefix + "window") ? in.integer(prefix + "window", 1, TransformerSpec.MOST) : 0,
                in.flag(prefix + "bias", true), in.flag(prefix + "output_bias", true),
                in.has(prefix + "norm.scope")
                        ? new QueryKeyNorm(in.word(prefix + "norm.scope", Scope.class),
                                NormSpec.read(in, prefix + "norm."))
                        : null,
                RotarySpec.read(in, prefix + "rotary.", headSize),
                !in.flag(prefix + "alibi", false)
                        ? 0
                        : in.has(prefix + "alibi_scale") ? in.number(prefix + "alibi_scale") : 1,
                RelativeBiasSpec.read(in, prefix + "relative."));
        in.require(spec.scale > 0 && spec.scale <= 1e6, prefix + "scale", "above 0, at most 1e6", spec.scale);
        in.require(spec.softCap >= 0 && spec.softCap <= 1e6, prefix + "soft_cap", "0 to 1e6", spec.softCap);
        in.require(spec.alibi >= 0 && spec.alibi <= 1e6, prefix + "alibi_scale", "0 to 1e6", spec.alibi);
        in.require(spec.alibi == 0 || spec.relative == null, prefix + "alibi", "one bias by distance", "two");
        in.require(heads % spec.keyValueHeads == 0, prefix + "key_value_heads", "a divisor of the " + heads + " heads",
                spec.keyValueHeads);
        return spec;
    }

    /** The width of all heads of queries. */
    public int queryWidth() {
        return heads * headSize;
    }

    /** The width of all heads of keys, or of values. */
    public int keyValueWidth() {
        return keyValueHeads * headSize;
    }

    /** Whether another attention has maps and norms of the same shapes, so that both can stand in layers of one stack. */
    boolean sameTensors(AttentionSpec other) {
        return heads == other.heads && keyValueHeads == other.keyValueHeads && headSize == other.headSize
                && bias == other.bias && outputBias == other.outputBias
                && java.util.Objects.equals(queryKeyNorm, other.queryKeyNorm)
                && java.util.Objects.equals(relative, other.relative);
    }

    /** Whether the place of a key has no part in its score, nor has a norm of it: so it is where keys are another text's. */
    boolean plain() {
        return window == 0 && queryKeyNorm == null && rotary == null && alibi == 0 && relative == null;
    }
}
