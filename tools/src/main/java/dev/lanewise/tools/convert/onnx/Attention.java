package dev.lanewise.tools.convert.onnx;

import java.util.List;

/**
 * softmax(query x key * scale + bias by distance + mask) x value, head by head.
 *
 * @param bias null where there is none
 */
record Attention(Heads query, Heads key, Heads value, double scale, DistanceBias bias) {
    private static final List<Long> SWAP_LAST = List.of(0L, 1L, 3L, 2L);
    private static final List<Long> SWAP_FLAT = List.of(0L, 2L, 1L);
    private static final List<Long> SWAP_BOTH = List.of(0L, 2L, 3L, 1L);

    /** From the context, [texts][tokens][heads x head size], back to query, key and value. */
    static Attention of(GraphWalk walk, String context) {
        OnnxValues values = walk.values;
        OnnxNode join = walk.expect(context, "Reshape", "the heads put side by side");
        TokenShape joined = walk.target(join);
        walk.require(joined != null && joined.rank() == 3 && joined.isTokens() && joined.constant(2) != null, context,
                "a Reshape to [texts, tokens, width]");
        walk.learnTokenShaped(context);
        String swapped = values.input(join, 0);
        walk.learnTokenShaped(swapped);
        String heads = asHeads(walk, Heads.unswapped(walk, swapped, Heads.SWAP));
        OnnxNode fused = values.producer(heads, "Attention");
        Attention attention = fused == null ? ofProducts(walk, heads) : ofOne(walk, heads, fused);
        Heads query = attention.query;
        walk.require(query.isLike(attention.key) && query.isLike(attention.value), context, "heads of one size");
        long inner = query.count() * query.size();
        walk.require(joined.is(2, inner) || joined.is(2, TokenShape.INFERRED), context,
                "a Reshape to a width of " + inner);
        return attention;
    }

    /** ONNX's own operation, from version 23 on. */
    private static Attention ofOne(GraphWalk walk, String value, OnnxNode node) {
        OnnxValues values = walk.values;
        String mask = values.input(node, 3);
        boolean plain = node.has("is_causal", 0, 0) && Float.valueOf(0).equals(node.number("softcap", 0));
        for (int i = 4; plain && i < node.inputs().size(); i++) {
            plain = values.input(node, i).isEmpty();
        }
        walk.require(plain && (walk.mask.isSeen(mask) || walk.mask.isAdded(mask)), value,
                "attention to all tokens of attention_mask, nothing else");
        Heads query = Heads.of(walk, values.input(node, 0), Heads.SWAP);
        Float scale = node.number("scale", (float) (1 / Math.sqrt(query.size())));
        walk.require(scale != null && scale > 0, value, "a scale above 0");
        return new Attention(query, Heads.of(walk, values.input(node, 1), Heads.SWAP),
                Heads.of(walk, values.input(node, 2), Heads.SWAP), exact(scale, query), null);
    }

    /** Written out. */
    private static Attention ofProducts(GraphWalk walk, String heads) {
        OnnxValues values = walk.values;
        OnnxNode product = walk.expect(heads, "MatMul", "probabilities times values");
        String probabilities = numbers(values, values.input(product, 0));
        OnnxNode softmax = walk.expect(probabilities, "Softmax", "the softmax of the scores");
        long axis = walk.graph.opset() >= 13 ? -1 : 1;
        walk.require(softmax.has("axis", axis, -1) || softmax.has("axis", axis, 3), probabilities,
                "a softmax over the last dimension");
        String masked = values.input(softmax, 0);
        String unmasked = unmasked(walk, masked);
        DistanceBias bias = DistanceBias.of(walk, unmasked);
        double[] scale = {1};
        String scores = scaled(walk, bias == null ? unmasked : bias.scores(), scale);
        OnnxNode similarity = walk.expect(scores, "MatMul", "query times key");
        Heads query = Heads.of(walk, scaled(walk, values.input(similarity, 0), scale), Heads.SWAP);
        String keys = scaled(walk, values.input(similarity, 1), scale);
        String unswapped = unswapped(walk, keys);
        Heads key = unswapped == null
                ? Heads.of(walk, keys, SWAP_BOTH)
                : Heads.of(walk, unswapped, Heads.SWAP);
        return new Attention(query, key, Heads.of(walk, values.input(product, 1), Heads.SWAP), exact(scale[0], query),
                bias);
    }

    /** The formula that a scale is near. */
    private static double exact(double scale, Heads query) {
        double formula = 1 / Math.sqrt(query.size());
        return Factors.isNear(scale, formula) ? formula : scale;
    }

    /** The keys before their last two dimensions changed places, perhaps with texts and heads as one; null where all change. */
    private static String unswapped(GraphWalk walk, String keys) {
        OnnxValues values = walk.values;
        OnnxNode apart = values.producer(keys, "Reshape");
        OnnxNode last = walk.expect(apart == null ? keys : values.input(apart, 0), "Transpose", "the transposed keys");
        String swapped = values.input(last, 0);
        if (apart == null) {
            return SWAP_LAST.equals(last.integers("perm")) ? swapped : null;
        }
        OnnxNode together = walk.expect(swapped, "Reshape", "texts and heads as one");
        String heads = values.input(together, 0);
        TokenShape to = walk.target(apart);
        TokenShape from = walk.target(together);
        walk.require(
                SWAP_FLAT.equals(last.integers("perm")) && from != null && from.isOf(heads, TokenShape.INFERRED, 2, 3)
                        && to != null && to.isOf(heads, 0, 1, 3, 2),
                keys, "keys whose last two dimensions change places");
        return heads;
    }

    /** Sees through a Reshape to the shape that the heads have already. */
    private static String asHeads(GraphWalk walk, String value) {
        OnnxNode reshape = walk.values.producer(value, "Reshape");
        TokenShape shape = reshape == null ? null : walk.target(reshape);
        return shape != null && shape.isHeads() ? walk.values.input(reshape, 0) : value;
    }

    /** Sees through what makes zeros of what is not a number, as it is where a text has no token. */
    private static String numbers(OnnxValues values, String value) {
        OnnxNode where = values.producer(value, "Where");
        OnnxNode isNan = where == null ? null : values.producer(values.input(where, 0), "IsNaN");
        return isNan != null && values.isNumber(values.input(where, 1), 0)
                && values.input(isNan, 0).equals(values.input(where, 2)) ? values.input(where, 2) : value;
    }

    /** The scores without the mask. */
    private static String unmasked(GraphWalk walk, String masked) {
        OnnxValues values = walk.values;
        OnnxNode where = values.producer(masked, "Where");
        String scores = where == null ? null : walk.mask.masked(where);
        if (scores != null) {
            return scores;
        }
        OnnxNode sum = walk.expect(masked, "Add", "scores plus mask");
        for (int i = 0; i < 2; i++) {
            if (walk.mask.isAdded(values.input(sum, i))) {
                return values.input(sum, 1 - i);
            }
        }
        throw walk.unexpected(masked, "scores plus a mask made of attention_mask");
    }

    /** Sees through a product or quotient with a constant and multiplies the scale with it. */
    private static String scaled(GraphWalk walk, String value, double[] scale) {
        OnnxValues values = walk.values;
        OnnxNode node = values.producer(value);
        if (node != null && node.is("Div")) {
            Double by = walk.scalar(values.input(node, 1));
            walk.require(by != null && by > 0, value, "a division by a constant scale");
            scale[0] /= by;
            return values.input(node, 0);
        }
        if (node != null && node.is("Mul")) {
            int at = walk.scalar(values.input(node, 1)) != null ? 1 : 0;
            Double by = walk.scalar(values.input(node, at));
            walk.require(by != null && by > 0, value, "a product with a constant scale");
            scale[0] *= by;
            return values.input(node, 1 - at);
        }
        return value;
    }
}
