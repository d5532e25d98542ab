package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tools.convert.ForeignTensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import java.util.function.IntToDoubleFunction;

/**
 * What a graph computes of two texts from their ids and masks alone, without weights: positions, masks, buckets of distances.
 * Exporters write these in many ways; what comes out tells what they are. The second text ends a third early. Of values that
 * depend on weights only the shape is used, which begins [texts][tokens].
 */
final class Sample {
    static final int TEXTS = 2;
    private static final int DEEPEST = 200;
    /** Numbers of all values together; buckets of 300 x 300 distances take half. */
    private static final int MOST = 1 << 22;
    /** Stands for a dimension behind [texts][tokens]. */
    private static final int UNKNOWN = -7;
    /** ONNX's numbers of its types of floats. */
    private static final Set<Long> FLOATS = Set.of(1L, 10L, 11L, 16L);

    private final OnnxValues values;
    private final int tokens;
    private final Set<String> shapesUsed;
    private final Map<String, Cells> known = new HashMap<>();
    private int room = MOST;

    /**
     * @param id of every token
     * @param shapesUsed gets the values whose shape is taken to begin [texts][tokens]; the caller must know that it does
     */
    Sample(OnnxValues values, int tokens, long id, Set<String> shapesUsed) {
        this.values = values;
        this.tokens = tokens;
        this.shapesUsed = shapesUsed;
        known.put(Embedding.IDS, input(_ -> id));
        known.put(Embedding.TYPES, input(_ -> 0));
        known.put(AttentionMask.INPUT, input(i -> isSeen(i / tokens, i % tokens) ? 1 : 0));
    }

    private Cells input(IntToDoubleFunction element) {
        double[] data = new double[TEXTS * tokens];
        Arrays.setAll(data, element);
        return new Cells(data, new int[]{TEXTS, tokens}, true);
    }

    int tokens() {
        return tokens;
    }

    /** Whether a token is one of its text. */
    boolean isSeen(int text, int token) {
        return text == 0 || token < tokens - tokens / 3;
    }

    /** A value, or null if it depends on weights or is computed in a way that is not known. */
    Cells of(String value) {
        return of(value, 0);
    }

    private Cells of(String value, int depth) {
        String name = values.canonical(value);
        if (known.containsKey(name) || depth > DEEPEST) {
            return known.get(name);
        }
        Cells cells = constant(name);
        OnnxNode node = values.producer(name);
        if (cells == null && node != null) {
            cells = computed(node, depth + 1);
        }
        if (cells != null) {
            room -= cells.data().length;
            cells = room < 0 ? null : cells;
        }
        known.put(name, cells);
        return cells;
    }

    private Cells constant(String name) {
        ForeignTensor tensor = values.tensor(name);
        if (tensor != null) {
            return Cells.of(tensor);
        }
        List<Long> numbers = values.integers(name);
        Double number = values.scalar(name);
        return number != null
                ? new Cells(new double[]{number}, new int[0], numbers != null)
                : numbers == null ? null : Cells.of(numbers, numbers.size());
    }

    private Cells computed(OnnxNode node, int depth) {
        if (!node.domain().isEmpty() && !node.domain().equals("ai.onnx")) {
            return null;
        }
        if (node.op().equals("Shape")) {
            return shape(node, depth);
        }
        if (node.op().equals("Expand") && isShapeOfWeights(values.input(node, 1), depth)) {
            return of(values.input(node, 0), depth); // to what it is combined with next, which repeats it anyway
        }
        Cells[] in = new Cells[node.inputs().size()];
        for (int i = 0; i < in.length; i++) {
            String input = values.input(node, i);
            in[i] = input.isEmpty() ? null : of(input, depth);
            if (in[i] == null && !input.isEmpty()) {
                return null;
            }
        }
        if (in.length == 0 || in[0] == null) {
            return null;
        }
        Cells a = in[0];
        if (in.length == 1) {
            return single(node, a);
        }
        return in[1] == null ? null : in.length == 2 ? pair(node, a, in[1]) : several(node, in);
    }

    private boolean isShapeOfWeights(String shape, int depth) {
        OnnxNode node = values.producer(shape, "Shape");
        return node != null && of(values.input(node, 0), depth) == null;
    }

    private Cells shape(OnnxNode node, int depth) {
        String of = values.input(node, 0);
        Cells cells = of(of, depth);
        int[] heads = cells == null ? ofHeads(of) : null;
        int[] shape = heads != null ? heads : cells == null ? new int[]{TEXTS, tokens, UNKNOWN} : cells.shape();
        Long start = node.integer("start", 0);
        Long end = node.integer("end", shape.length);
        if (start == null || end == null || start < 0 || end < start || end > shape.length) {
            return null;
        }
        if (cells == null && heads == null) {
            shapesUsed.add(of);
        }
        List<Long> part = Arrays.stream(shape, start.intValue(), end.intValue()).asLongStream().boxed().toList();
        return Cells.of(part, part.size());
    }

    /** What is known of the shape of transposed heads, the head size; null of other values. Exporters compute the scale from it. */
    private int[] ofHeads(String value) {
        OnnxNode transpose = values.producer(value, "Transpose");
        OnnxNode split = transpose == null ? null : values.producer(values.input(transpose, 0), "Reshape");
        TokenShape target = split == null ? null : TokenShape.of(values, values.input(split, 1), shapesUsed);
        Long size = target == null || target.rank() != 4 ? null : target.constant(3);
        return size != null && size > 0 && size < Cells.MOST && Heads.SWAP.equals(transpose.integers("perm"))
                ? new int[]{UNKNOWN, UNKNOWN, UNKNOWN, size.intValue()}
                : null;
    }

    private Cells single(OnnxNode node, Cells a) {
        return switch (node.op()) {
            case "Not" -> a.map(x -> 1 - x, true);
            case "Neg" -> a.map(x -> -x, a.whole());
            case "Abs" -> a.map(Math::abs, a.whole());
            case "Sqrt" -> a.map(Math::sqrt, false);
            case "Log" -> a.map(Math::log, false);
            case "Cast" -> cast(node, a);
            case "ConstantOfShape" -> filled(node, a);
            case "Concat" -> a;
            case "Squeeze" -> CellShapes.squeezed(a, null);
            case "Unsqueeze" -> CellShapes.unsqueezed(a, values.axes(node));
            case "Flatten" -> CellShapes.flattened(a, node.integer("axis", 1));
            default -> null;
        };
    }

    private static Cells cast(OnnxNode node, Cells a) {
        Long to = node.integer("to", 0);
        if (to == null) {
            return null;
        }
        if (FLOATS.contains(to)) {
            return a.map(x -> x, false);
        }
        return to == 9 ? a.map(x -> x == 0 ? 0 : 1, true) : a.map(x -> (double) (long) x, true);
    }

    private static Cells filled(OnnxNode node, Cells shape) {
        int[] to = CellShapes.ints(shape);
        Cells value = node.attributes().get("value") instanceof ForeignTensor tensor
                ? Cells.of(tensor)
                : new Cells(new double[]{0}, new int[]{1}, false);
        return value == null || value.data().length != 1 || Cells.size(to) > Cells.MOST
                ? null
                : value.reshaped(new int[0]).expanded(to);
    }

    private Cells pair(OnnxNode node, Cells a, Cells b) {
        DoubleBinaryOperator operation = operation(node.op(), a.whole() && b.whole());
        if (operation != null) {
            boolean isTruth = switch (node.op()) {
                case "Add", "Sub", "Mul", "Div", "Min", "Max" -> false;
                default -> true;
            };
            return Cells.combine(a, b, operation, isTruth || a.whole() && b.whole());
        }
        return switch (node.op()) {
            case "Unsqueeze" -> CellShapes.unsqueezed(a, values.axes(node));
            case "Squeeze" -> CellShapes.squeezed(a, values.axes(node));
            case "Expand" -> {
                int[] to = Cells.common(a.shape(), CellShapes.ints(b));
                yield to == null ? null : a.expanded(to);
            }
            case "Reshape" -> CellShapes.reshaped(a, CellShapes.ints(b), node.has("allowzero", 0, 1));
            case "Gather" -> {
                int axis = CellShapes.axis(node, a);
                yield axis < 0 ? null : a.gather(axis, b);
            }
            case "GatherElements" -> CellShapes.axis(node, a) == a.rank() - 1 ? a.gatherLast(b) : null;
            case "GatherND" -> node.has("batch_dims", 0, 0) ? a.gatherPlaces(b) : null;
            case "CumSum" -> a.rank() > 0 && b.data().length == 1 && a.axis((long) b.data()[0]) == a.rank() - 1
                    && node.has("exclusive", 0, 0) && node.has("reverse", 0, 0) ? a.summedUp() : null;
            case "Concat" -> CellShapes.joined(node, new Cells[]{a, b});
            default -> null;
        };
    }

    private static DoubleBinaryOperator operation(String name, boolean whole) {
        return switch (name) {
            case "Add" -> (x, y) -> x + y;
            case "Sub" -> (x, y) -> x - y;
            case "Mul" -> (x, y) -> x * y;
            case "Div" -> whole ? (x, y) -> y == 0 ? 0 : (double) ((long) x / (long) y) : (x, y) -> x / y;
            case "Min" -> Math::min;
            case "Max" -> Math::max;
            case "And" -> (x, y) -> x * y;
            case "Or" -> Math::max;
            case "Equal" -> (x, y) -> x == y ? 1 : 0;
            case "Less" -> (x, y) -> x < y ? 1 : 0;
            case "LessOrEqual" -> (x, y) -> x <= y ? 1 : 0;
            case "Greater" -> (x, y) -> x > y ? 1 : 0;
            case "GreaterOrEqual" -> (x, y) -> x >= y ? 1 : 0;
            default -> null;
        };
    }

    private static Cells several(OnnxNode node, Cells[] in) {
        return switch (node.op()) {
            case "Concat" -> CellShapes.joined(node, in);
            case "Slice" -> in[2] == null ? null : CellShapes.sliced(in);
            case "Range" -> in[2] == null ? null : CellShapes.range(in);
            case "Where" -> {
                if (in[2] == null) {
                    yield null;
                }
                int[] shape = Cells.common(in[1].shape(), in[2].shape());
                shape = shape == null ? null : Cells.common(in[0].shape(), shape);
                if (shape == null) {
                    yield null;
                }
                Cells condition = in[0].expanded(shape);
                Cells yes = in[1].expanded(shape);
                double[] data = in[2].expanded(shape).data().clone();
                Arrays.setAll(data, i -> condition.data()[i] == 0 ? data[i] : yes.data()[i]);
                yield new Cells(data, shape, in[1].whole());
            }
            default -> null;
        };
    }
}
