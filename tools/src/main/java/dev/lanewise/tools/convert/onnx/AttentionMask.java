package dev.lanewise.tools.convert.onnx;

import java.util.ArrayList;
import java.util.List;

/** The mask that is added to the scores; all layers share one. */
final class AttentionMask {
    static final String INPUT = "attention_mask";

    private final OnnxValues values;
    private String known;

    AttentionMask(OnnxValues values) {
        this.values = values;
    }

    /** (1 - attention_mask as floats) times a large negative number, or Where with the same meaning; [texts][1][1][tokens]. */
    boolean is(String value) {
        if (value.equals(known)) {
            return true;
        }
        OnnxNode node = values.producer(value);
        boolean is = false;
        if (node != null && node.is("Mul")) {
            int at = values.scalar(values.input(node, 1)) != null ? 1 : 0;
            is = isHuge(values.input(node, at)) && isInverted(values.input(node, 1 - at));
        } else if (node != null && node.is("Where")) {
            OnnxNode condition = values.producer(values.input(node, 0), "Cast");
            String inverted = values.input(node, 2);
            is = condition != null && condition.has("to", 0, 9) && values.input(condition, 0).equals(inverted)
                    && isHuge(values.input(node, 1)) && isInverted(inverted);
        }
        if (is) {
            known = value;
        }
        return is;
    }

    /** Scores are of the order of ten; at -10,000 (the oldest exports) the softmax is zero. */
    private boolean isHuge(String value) {
        Double number = values.scalar(value);
        return number != null && number <= -10_000;
    }

    private boolean isInverted(String value) {
        OnnxNode difference = values.producer(value, "Sub");
        return difference != null && values.isNumber(values.input(difference, 0), 1)
                && isSpread(values.input(difference, 1));
    }

    /** attention_mask through casts, and through Unsqueeze from [texts][tokens] to [texts][1][1][tokens]. */
    private boolean isSpread(String value) {
        List<List<Long>> insertions = new ArrayList<>();
        String at = value;
        while (!at.equals(INPUT)) {
            OnnxNode node = values.producer(at);
            if (node != null && node.is("Unsqueeze") && values.axes(node) != null && insertions.size() < 2) {
                insertions.add(values.axes(node));
            } else if (node == null || !node.is("Cast") && !node.is("Expand")) {
                return false;
            }
            at = values.input(node, 0);
        }
        List<Integer> dimensions = new ArrayList<>(List.of(0, 1));
        for (List<Long> axes : insertions.reversed()) {
            int rank = dimensions.size() + axes.size();
            if (rank > 4) {
                return false;
            }
            for (long axis : axes.stream().map(a -> a < 0 ? a + rank : a).sorted().toList()) {
                if (axis < 0 || axis > dimensions.size()) {
                    return false;
                }
                dimensions.add((int) axis, null);
            }
        }
        return dimensions.size() == 4 && dimensions.get(0) != null && dimensions.get(3) != null;
    }
}
