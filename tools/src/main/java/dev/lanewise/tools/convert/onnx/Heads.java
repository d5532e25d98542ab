package dev.lanewise.tools.convert.onnx;

import java.util.List;

/** A projection whose width is split into heads. */
record Heads(Linear projection, long count, long size) {
    /** From [texts][tokens][heads][head size] to [texts][heads][tokens][head size]. */
    static final List<Long> SWAP = List.of(0L, 2L, 1L, 3L);

    /** @param order of the dimensions [texts][tokens][heads][head size] in the value */
    static Heads of(GraphWalk walk, String value, List<Long> order) {
        String split = unswapped(walk, value, order);
        OnnxNode reshape = walk.expect(split, "Reshape", "the width split into heads");
        TokenShape shape = walk.target(reshape);
        walk.require(shape != null && shape.rank() == 4 && shape.isTokens() && shape.constant(2) != null
                && shape.constant(3) != null, split, "a Reshape to [texts, tokens, heads, head size]");
        Linear projection = Linear.expect(walk, walk.values.input(reshape, 0), "a product with weights, plus bias");
        long width = projection.weight().outputs();
        long count = shape.constant(2);
        long size = shape.constant(3);
        if (count == TokenShape.INFERRED && size > 0) {
            count = width / size;
        } else if (size == TokenShape.INFERRED && count > 0) {
            size = width / count;
        }
        walk.require(count > 0 && count <= width && size > 0 && size <= width && count * size == width, split,
                "heads x head size to be the width of " + width);
        return new Heads(projection, count, size);
    }

    /** What a transposition of the heads was made of. */
    static String unswapped(GraphWalk walk, String value, List<Long> order) {
        OnnxNode transpose = walk.expect(value, "Transpose", "a transposition of the heads");
        walk.require(order.equals(transpose.integers("perm")), value, "a transposition to " + order);
        return walk.values.input(transpose, 0);
    }

    boolean isLike(Heads other) {
        return count == other.count && size == other.size;
    }
}
