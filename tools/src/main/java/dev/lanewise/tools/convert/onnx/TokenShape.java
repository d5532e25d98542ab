package dev.lanewise.tools.convert.onnx;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The target of a Reshape, as a graph computes it: numbers, and dimensions taken from the shape of another value.
 */
final class TokenShape {
    private static final int MOST_DIMENSIONS = 8;
    private static final int DEEPEST = 16;

    /** Stands for a dimension that the other ones determine. */
    static final long INFERRED = -1;
    /** Stands for a dimension that is copied from the input of the Reshape. */
    private static final long COPIED = 0;

    private final OnnxValues values;
    private final List<Dimension> dimensions = new ArrayList<>();
    private final Set<String> shapesUsed;

    /** A number, or (where {@code of} is not null) dimension {@code number} of a value. */
    private record Dimension(String of, long number) {}

    private TokenShape(OnnxValues values, Set<String> shapesUsed) {
        this.values = values;
        this.shapesUsed = shapesUsed;
    }

    /**
     * Follows how a value is computed from constants and shapes.
     *
     * @param shapesUsed gets the values that {@link #isBatch} takes to begin [texts][tokens]; the caller must know that they do
     * @return null if it is not computed in one of the usual ways
     */
    static TokenShape of(OnnxValues values, String value, Set<String> shapesUsed) {
        TokenShape shape = new TokenShape(values, shapesUsed);
        return shape.collect(value, 0) ? shape : null;
    }

    int rank() {
        return dimensions.size();
    }

    /** A dimension that is a number, {@link #INFERRED} among them; null where it is taken from a shape. */
    Long constant(int index) {
        Dimension dimension = dimensions.get(index);
        return dimension.of == null ? Long.valueOf(dimension.number) : null;
    }

    /** Whether a dimension is this number. */
    boolean is(int index, long number) {
        return Long.valueOf(number).equals(constant(index));
    }

    /** Whether a dimension is the number 0. */
    boolean hasZeros() {
        return dimensions.stream().anyMatch(d -> d.of == null && d.number == COPIED);
    }

    /** How many dimensions are {@link #INFERRED}. */
    long inferred() {
        return dimensions.stream().filter(d -> d.of == null && d.number == INFERRED).count();
    }

    /**
     * Whether a dimension is one of the batch: copied, inferred, or taken from that dimension of a value.
     *
     * @param index which of this shape
     * @param batch 0 for the texts, 1 for the tokens
     */
    boolean isBatch(int index, int batch) {
        Dimension dimension = dimensions.get(index);
        if (dimension.of == null) {
            return dimension.number == COPIED || dimension.number == INFERRED;
        }
        shapesUsed.add(dimension.of);
        return dimension.number == batch;
    }

    /** Whether it is [texts][heads][tokens][head size] of a value that is so already. */
    boolean isHeads() {
        return rank() == 4 && is(1, INFERRED) && isOfHeads(0) && isOfHeads(2) && isOfHeads(3);
    }

    private boolean isOfHeads(int index) {
        Dimension dimension = dimensions.get(index);
        OnnxNode node = dimension.of == null ? null : values.producer(dimension.of);
        return node != null && dimension.number == index && (node.is("MatMul") || node.is("Transpose"));
    }

    /** Whether its dimensions are these of a value, or inferred. */
    boolean isOf(String value, long... expected) {
        boolean same = rank() == expected.length;
        for (int i = 0; same && i < expected.length; i++) {
            same = dimensions.get(i).equals(new Dimension(expected[i] == INFERRED ? null : value, expected[i]));
        }
        return same;
    }

    /** Whether it begins [texts][tokens]. */
    boolean isTokens() {
        return isBatch(0, 0) && isBatch(1, 1);
    }

    private boolean collect(String value, int depth) {
        List<Long> numbers = values.integers(value);
        if (numbers != null) {
            if (dimensions.size() + numbers.size() > MOST_DIMENSIONS) {
                return false;
            }
            numbers.forEach(n -> dimensions.add(new Dimension(null, n)));
            return true;
        }
        OnnxNode node = values.producer(value);
        if (node == null || depth > DEEPEST) {
            return false;
        }
        if (node.is("Concat")) {
            return node.inputs().stream().allMatch(input -> collect(values.canonical(input), depth + 1))
                    && dimensions.size() <= MOST_DIMENSIONS;
        }
        if (node.is("Cast") || node.is("Unsqueeze") && List.of(0L).equals(values.axes(node))) {
            return collect(values.input(node, 0), depth + 1);
        }
        if (node.is("Shape")) {
            Long start = node.integer("start", 0);
            Long end = node.integer("end", Long.MAX_VALUE);
            return start != null && end != null && add(values.input(node, 0), start, end);
        }
        OnnxNode shape = values.producer(values.input(node, 0));
        if (shape == null || !shape.is("Shape") || !shape.has("start", 0, 0)
                || shape.attributes().containsKey("end")) {
            return false;
        }
        String of = values.input(shape, 0);
        if (node.is("Gather")) {
            Double index = values.scalar(values.input(node, 1));
            return index != null && add(of, index.longValue(), index.longValue() + 1);
        }
        if (node.is("Slice")) {
            Double start = values.scalar(values.input(node, 1));
            Double end = values.scalar(values.input(node, 2));
            Double step = values.input(node, 4).isEmpty() ? Double.valueOf(1) : values.scalar(values.input(node, 4));
            return start != null && end != null && step != null && step == 1
                    && add(of, start.longValue(), end.longValue());
        }
        return false;
    }

    private boolean add(String of, long from, long to) {
        OnnxNode node = values.producer(of, "Transpose");
        List<Long> order = node == null ? null : node.integers("perm");
        int rank = order == null ? 0 : order.size(); // unknown otherwise
        long start = from < 0 && rank > 0 ? Math.max(from + rank, 0) : from;
        long end = to < 0 && rank > 0 ? to + rank : rank > 0 ? Math.min(to, rank) : to;
        if (start < 0 || end <= start || end - start > MOST_DIMENSIONS - dimensions.size()) {
            return false;
        }
        for (long i = start; i < end; i++) {
            dimensions.add(new Dimension(of, i));
        }
        return true;
    }
}
