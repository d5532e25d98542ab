package dev.lanewise.models.chat.template;

import java.util.ArrayList;
import java.util.List;

/** What signs do with values, as in Python. */
final class Arithmetic {
    private Arithmetic() {}

    /** {@code +}, {@code -}, {@code *}, {@code /}, {@code //}, {@code %}, {@code **}. */
    static Object apply(Interpreter in, String sign, Object left, Object right) {
        if (left instanceof Undefined undefined) {
            throw in.error(undefined + ", so that it has no place in '" + sign + "'");
        }
        if (right instanceof Undefined undefined) {
            throw in.error(undefined + ", so that it has no place in '" + sign + "'");
        }
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return left instanceof Double || right instanceof Double || sign.equals("/")
                    ? floating(in, sign, number(left), number(right))
                    : integral(in, sign, in.values().whole(left, ""), in.values().whole(right, ""));
        }
        if (sign.equals("+") && left instanceof String a && right instanceof String b) {
            return in.values().joined(a, b);
        }
        if (sign.equals("+") && left instanceof List<?> a && right instanceof List<?> b) {
            in.pay((long) a.size() + b.size());
            List<Object> all = new ArrayList<>(a);
            all.addAll(b);
            return all;
        }
        if (sign.equals("*") && (left instanceof String || left instanceof List<?>) && right instanceof Long count) {
            return repeated(in, left, count);
        }
        if (sign.equals("*") && left instanceof Long count && (right instanceof String || right instanceof List<?>)) {
            return repeated(in, right, count);
        }
        throw in.error("'" + sign + "' does not go with " + Values.kind(left) + " and " + Values.kind(right));
    }

    /** {@code -value}. */
    static Object negated(Interpreter in, Object value) {
        return value instanceof Double x ? (Object) (-x) : apply(in, "-", 0L, value);
    }

    private static Object repeated(Interpreter in, Object value, long count) {
        long times = Math.clamp(count, 0, Values.LONGEST + 1L);
        if (value instanceof String text) {
            in.values().payText(text.length() * times);
            return text.repeat((int) times);
        }
        List<?> list = (List<?>) value;
        in.pay(list.size() * times);
        List<Object> all = new ArrayList<>();
        for (long i = 0; i < times && !list.isEmpty(); i++) {
            all.addAll(list);
        }
        return all;
    }

    private static Object integral(Interpreter in, String sign, long a, long b) {
        try {
            return switch (sign) {
                case "+" -> Math.addExact(a, b);
                case "-" -> Math.subtractExact(a, b);
                case "*" -> Math.multiplyExact(a, b);
                case "//" -> Math.floorDiv(a, b);
                case "%" -> Math.floorMod(a, b);
                default -> b < 0 ? (Object) StrictMath.pow(a, b) : power(in, a, b);
            };
        } catch (ArithmeticException e) {
            throw in.error(b == 0 && (sign.equals("//") || sign.equals("%"))
                    ? "division by zero"
                    : "the result is too large");
        }
    }

    private static long power(Interpreter in, long base, long exponent) {
        long result = 1;
        for (long i = 0; i < exponent && result != 0; i++) {
            in.pay(1);
            result = Math.multiplyExact(result, base);
        }
        return result;
    }

    private static Object floating(Interpreter in, String sign, double a, double b) {
        if (b == 0 && (sign.equals("/") || sign.equals("//") || sign.equals("%"))) {
            throw in.error("division by zero");
        }
        return switch (sign) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> a - b * Math.floor(a / b);
            default -> StrictMath.pow(a, b);
        };
    }

    /** A number of whatever kind. */
    static double number(Object value) {
        return switch (value) {
            case Double x -> x;
            case Boolean truth -> truth ? 1 : 0;
            default -> (Long) value;
        };
    }
}
