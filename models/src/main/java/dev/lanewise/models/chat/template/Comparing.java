package dev.lanewise.models.chat.template;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Which values are equal, smaller, and in each other, as in Python. */
final class Comparing {
    private Comparing() {}

    /** Whether {@code left sign right}. */
    static boolean holds(Interpreter in, String sign, Object left, Object right) {
        return switch (sign) {
            case "==" -> equal(in, left, right, 0);
            case "!=" -> !equal(in, left, right, 0);
            case "<" -> compare(in, left, right) < 0;
            case ">" -> compare(in, left, right) > 0;
            case "<=" -> compare(in, left, right) <= 0;
            case ">=" -> compare(in, left, right) >= 0;
            case "in" -> contains(in, right, left);
            default -> !contains(in, right, left);
        };
    }

    static boolean contains(Interpreter in, Object container, Object element) {
        return switch (container) {
            case String text -> {
                in.payText(text.length());
                if (!(element instanceof String part)) {
                    throw in.error("only a string can be in a string");
                }
                yield text.contains(part);
            }
            case Map<?, ?> map -> element instanceof String && map.containsKey(element);
            case null, default ->
                in.values().elements(container).stream().anyMatch(other -> equal(in, other, element, 0));
        };
    }

    static boolean equal(Interpreter in, Object a, Object b, int depth) {
        in.pay(1);
        in.values().checkDepth(depth);
        if (Values.isNumber(a) && Values.isNumber(b)) {
            return a instanceof Double || b instanceof Double
                    ? Arithmetic.number(a) == Arithmetic.number(b)
                    : in.values().whole(a, "") == in.values().whole(b, "");
        }
        if (a instanceof String x && b instanceof String y) {
            in.payText(Math.min(x.length(), y.length()));
            return x.equals(y);
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            if (x.size() != y.size() || x instanceof Tuple != y instanceof Tuple) {
                return false;
            }
            for (int i = 0; i < x.size(); i++) {
                if (!equal(in, x.get(i), y.get(i), depth + 1)) {
                    return false;
                }
            }
            return true;
        }
        if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
            return x.size() == y.size() && x.entrySet().stream().allMatch(
                    entry -> y.containsKey(entry.getKey())
                            && equal(in, entry.getValue(), y.get(entry.getKey()), depth + 1));
        }
        return a == b || a instanceof Undefined && b instanceof Undefined;
    }

    /** Numbers by size, texts by their characters. */
    static int compare(Interpreter in, Object a, Object b) {
        if (Values.isNumber(a) && Values.isNumber(b)) {
            return a instanceof Double || b instanceof Double
                    ? Double.compare(Arithmetic.number(a), Arithmetic.number(b))
                    : Long.compare(in.values().whole(a, ""), in.values().whole(b, ""));
        }
        if (a instanceof String x && b instanceof String y) {
            in.payText((long) x.length() + y.length());
            return Arrays.compare(x.codePoints().toArray(), y.codePoints().toArray());
        }
        throw in.error(Values.kind(a) + " and " + Values.kind(b) + " have no order");
    }
}
