package dev.lanewise.tools.convert.onnx;

import java.util.HashSet;
import java.util.Set;
import java.util.function.DoublePredicate;

/** The mask of the scores, computed from attention_mask; all layers may share one. */
final class AttentionMask {
    static final String INPUT = "attention_mask";
    /** Scores are of the order of ten; at -10,000 (the oldest exports) the softmax is zero. */
    private static final double HUGE = -10_000;

    private final Sample sample;
    private final OnnxValues values;
    private final Set<String> added = new HashSet<>();

    AttentionMask(OnnxValues values, Sample sample) {
        this.values = values;
        this.sample = sample;
    }

    /** Whether a value is what is added to scores: 0 for the tokens of a text, a large negative number for others. */
    boolean isAdded(String value) {
        if (added.contains(value) || is(value, x -> x == 0, x -> x <= HUGE)) {
            added.add(value);
            return true;
        }
        return false;
    }

    /** Whether a value tells what is seen: 1 for the tokens of a text, 0 for others. */
    boolean isSeen(String value) {
        return is(value, x -> x == 1, x -> x == 0);
    }

    /** The scores that a Where masks; null if it does something else. */
    String masked(OnnxNode where) {
        String condition = values.input(where, 0);
        String yes = values.input(where, 1);
        String no = values.input(where, 2);
        if (isHuge(yes) && is(condition, x -> x == 0, x -> x == 1)) {
            return no;
        }
        return isHuge(no) && isSeen(condition) ? yes : null;
    }

    private boolean isHuge(String value) {
        Double number = values.scalar(value);
        return number != null && number <= HUGE;
    }

    /** Whether a value is of [texts][1 or heads][1 or queries][keys] and depends on the key alone. */
    private boolean is(String value, DoublePredicate seen, DoublePredicate unseen) {
        Cells cells = sample.of(value);
        int tokens = sample.tokens();
        if (cells == null || cells.rank() != 4 || cells.shape()[0] != Sample.TEXTS || cells.shape()[3] != tokens
                || cells.shape()[2] != 1 && cells.shape()[2] != tokens) {
            return false;
        }
        int each = cells.data().length / Sample.TEXTS;
        for (int i = 0; i < cells.data().length; i++) {
            DoublePredicate expected = sample.isSeen(i / each, i % tokens) ? seen : unseen;
            if (!expected.test(cells.data()[i])) {
                return false;
            }
        }
        return true;
    }
}
