package dev.lanewise.models.chat.template;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** What can be done with values, as Python does it, at the expense of an interpreter. */
final class Values {
    /** Of lists and dictionaries within each other, where one is looked through. */
    private static final int DEEPEST = 50;
    private static final int LONGEST = 1 << 24;

    private final Interpreter in;

    Values(Interpreter in) {
        this.in = in;
    }

    boolean truth(Object value) {
        return switch (value) {
            case null -> false;
            case Undefined _ -> false;
            case Boolean truth -> truth;
            case Long n -> n != 0;
            case Double x -> x != 0;
            case String text -> !text.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            default -> true;
        };
    }

    /** As it is printed. */
    String text(Object value) {
        if (value instanceof String text) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        write(value, true, 0, out);
        return out.toString();
    }

    private void write(Object value, boolean outermost, int depth, StringBuilder out) {
        in.pay(1);
        checkDepth(depth);
        switch (value) {
            case null -> out.append("None");
            case Undefined _ -> {
                // Prints as nothing.
            }
            case Boolean truth -> out.append(truth ? "True" : "False");
            case Long n -> out.append(n);
            case Double x -> out.append(decimal(x));
            case String text -> quote(text, out);
            case List<?> list -> {
                boolean tuple = list instanceof Tuple;
                out.append(tuple ? '(' : '[');
                for (Iterator<?> i = list.iterator(); i.hasNext();) {
                    write(i.next(), false, depth + 1, out);
                    out.append(i.hasNext() ? ", " : "");
                }
                out.append(tuple ? list.size() == 1 ? ",)" : ")" : "]");
            }
            case Map<?, ?> map -> {
                out.append('{');
                for (Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator(); i.hasNext();) {
                    Map.Entry<?, ?> entry = i.next();
                    write(entry.getKey(), false, depth + 1, out);
                    out.append(": ");
                    write(entry.getValue(), false, depth + 1, out);
                    out.append(i.hasNext() ? ", " : "");
                }
                out.append('}');
            }
            default -> throw in.error("this cannot be printed" + (outermost ? "" : ", and is inside a value"));
        }
    }

    /** As Python writes a string. */
    private void quote(String text, StringBuilder out) {
        in.payText(text.length());
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(quote);
                    } else if (c < ' ' || c >= 127 && c < 160) {
                        out.append(String.format("\\x%02x", c));
                    } else {
                        out.appendCodePoint(c);
                    }
                }
            }
        });
        out.append(quote);
    }

    /** As Python writes a number: the digits that distinguish it, with an exponent where it is very large or small. */
    static String decimal(double x) {
        if (Double.isNaN(x)) {
            return "nan";
        }
        if (Double.isInfinite(x)) {
            return x > 0 ? "inf" : "-inf";
        }
        double size = Math.abs(x);
        if (size == 0 || size >= 1e-4 && size < 1e16) {
            String plain = new BigDecimal(Double.toString(x)).stripTrailingZeros().toPlainString();
            return x == 0 ? (1 / x < 0 ? "-0.0" : "0.0") : plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        BigDecimal digits = new BigDecimal(Double.toString(x)).stripTrailingZeros();
        String unscaled = digits.unscaledValue().abs().toString();
        int exponent = unscaled.length() - 1 - digits.scale();
        return (x < 0 ? "-" : "") + unscaled.charAt(0) + (unscaled.length() > 1 ? "." + unscaled.substring(1) : "")
                + (exponent < 0 ? "e-" : "e+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    /** As JSON, in the way of Python's {@code json.dumps} with {@code ensure_ascii=False}. */
    String json(Object value, int indent) {
        StringBuilder out = new StringBuilder();
        json(value, indent, 0, out);
        return out.toString();
    }

    private void json(Object value, int indent, int depth, StringBuilder out) {
        in.pay(1 + Math.max(0, indent) / 8);
        checkDepth(depth);
        switch (value) {
            case null -> out.append("null");
            case Boolean truth -> out.append(truth);
            case Long n -> out.append(n);
            case Double x -> out.append(Double.isNaN(x)
                    ? "NaN"
                    : Double.isInfinite(x) ? (x > 0 ? "Infinity" : "-Infinity") : decimal(x));
            case String text -> jsonString(text, out);
            case List<?> list -> {
                out.append('[');
                for (Iterator<?> i = list.iterator(); i.hasNext();) {
                    line(indent, depth + 1, out);
                    json(i.next(), indent, depth + 1, out);
                    out.append(i.hasNext() ? indent >= 0 ? "," : ", " : "");
                }
                line(list.isEmpty() ? -1 : indent, depth, out);
                out.append(']');
            }
            case Map<?, ?> map -> {
                out.append('{');
                for (Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator(); i.hasNext();) {
                    Map.Entry<?, ?> entry = i.next();
                    line(indent, depth + 1, out);
                    jsonString((String) entry.getKey(), out);
                    out.append(": ");
                    json(entry.getValue(), indent, depth + 1, out);
                    out.append(i.hasNext() ? indent >= 0 ? "," : ", " : "");
                }
                line(map.isEmpty() ? -1 : indent, depth, out);
                out.append('}');
            }
            default -> throw in.error("this cannot be written as JSON");
        }
    }

    private static void line(int indent, int depth, StringBuilder out) {
        if (indent >= 0) {
            out.append('\n').append(" ".repeat(indent * depth));
        }
    }

    private void jsonString(String text, StringBuilder out) {
        in.payText(text.length());
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> out.append(c < ' ' ? String.format("\\u%04x", (int) c) : Character.toString(c));
            }
        }
        out.append('"');
    }

    /** What a loop goes through. */
    List<Object> elements(Object value) {
        return switch (value) {
            case Undefined _ -> List.of();
            case List<?> list -> {
                in.pay(list.size());
                yield new ArrayList<>(list);
            }
            case Map<?, ?> map -> {
                in.pay(map.size());
                yield new ArrayList<>(map.keySet());
            }
            case String text -> {
                in.pay(text.length());
                yield new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
            }
            case null -> throw in.error("none has no elements");
            default -> throw in.error("this has no elements: a list, a dictionary or a string is needed");
        };
    }

    long length(Object value) {
        return switch (value) {
            case Undefined _ -> 0;
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case String text -> text.codePointCount(0, text.length());
            case null -> throw in.error("none has no length");
            default -> throw in.error("this has no length: a list, a dictionary or a string is needed");
        };
    }

    /** {@code of.name}: a method or a property first, then an entry. */
    Object attribute(Object of, String name) {
        if (of instanceof Undefined undefined) {
            throw in.error(undefined + ", so that it has no '" + name + "'");
        }
        if (of instanceof Namespace namespace) {
            return namespace.values.containsKey(name)
                    ? namespace.values.get(name)
                    : Undefined.of("'" + name + "' of the namespace");
        }
        if (of instanceof Loop loop) {
            return loop.attribute(name);
        }
        Function method = Methods.of(of, name);
        if (method != null) {
            return method;
        }
        return of instanceof Map<?, ?> map && map.containsKey(name) ? map.get(name) : Undefined.of("'" + name + "'");
    }

    /** {@code of[key]}: an entry first, then a method or a property. */
    Object item(Object of, Object key) {
        if (of instanceof Undefined undefined) {
            throw in.error(undefined + ", so that nothing can be taken from it");
        }
        if (of instanceof Map<?, ?> map && key instanceof String && map.containsKey(key)) {
            return map.get(key);
        }
        if (key instanceof Long index && (of instanceof List<?> || of instanceof String)) {
            long length = length(of);
            long place = index < 0 ? index + length : index;
            if (place < 0 || place >= length) {
                return Undefined.of("element " + index + " of " + length);
            }
            return of instanceof List<?> list ? list.get((int) place) : character((String) of, (int) place);
        }
        return key instanceof String name ? attribute(of, name) : Undefined.of("this element");
    }

    private String character(String text, int place) {
        in.payText(place);
        int at = text.offsetByCodePoints(0, place);
        return text.substring(at, text.offsetByCodePoints(at, 1));
    }

    /** {@code of[from:to:step]}. */
    Object slice(Object of, Object from, Object to, Object step) {
        if (!(of instanceof String || of instanceof List<?>)) {
            throw in.error("only strings and lists have slices");
        }
        List<Object> elements = elements(of);
        int length = elements.size();
        long by = step == null ? 1 : Math.clamp(whole(step, "the step of a slice"), -length - 1L, length + 1L);
        if (by == 0) {
            throw in.error("the step of a slice must not be 0");
        }
        long least = by > 0 ? 0 : -1;
        long most = by > 0 ? length : length - 1;
        long begin = from == null ? by > 0 ? least : most : place(whole(from, "a slice"), length, least, most);
        long end = to == null ? by > 0 ? most : least : place(whole(to, "a slice"), length, least, most);
        List<Object> part = new ArrayList<>();
        for (long i = begin; by > 0 ? i < end : i > end; i += by) {
            part.add(elements.get((int) i));
        }
        if (of instanceof List<?>) {
            return part;
        }
        StringBuilder text = new StringBuilder();
        part.forEach(text::append);
        return text.toString();
    }

    private static long place(long index, int length, long least, long most) {
        return Math.clamp(index < 0 ? Math.max(index, -length - 1L) + length : index, least, most);
    }

    /** A whole number. */
    long whole(Object value, String what) {
        return switch (value) {
            case Long n -> n;
            case Boolean truth -> truth ? 1 : 0;
            case null, default -> throw in.error(what + " must be a whole number");
        };
    }

    /** Two texts, one behind the other. */
    String joined(String left, String right) {
        payText((long) left.length() + right.length());
        return left.concat(right);
    }

    /** Pays for a text of so many characters, if it is not too long. */
    void payText(long length) {
        if (length > LONGEST) {
            throw in.error("a text of more than " + LONGEST + " characters");
        }
        in.payText(length);
    }

    /** {@code +}, {@code -}, {@code *}, {@code /}, {@code //}, {@code %}, {@code **}. */
    Object arithmetic(String sign, Object left, Object right) {
        if (left instanceof Undefined undefined) {
            throw in.error(undefined + ", so that it has no place in '" + sign + "'");
        }
        if (right instanceof Undefined undefined) {
            throw in.error(undefined + ", so that it has no place in '" + sign + "'");
        }
        if (isNumber(left) && isNumber(right)) {
            return left instanceof Double || right instanceof Double || sign.equals("/")
                    ? floating(sign, number(left), number(right))
                    : whole(sign, whole(left, ""), whole(right, ""));
        }
        if (sign.equals("+") && left instanceof String a && right instanceof String b) {
            return joined(a, b);
        }
        if (sign.equals("+") && left instanceof List<?> a && right instanceof List<?> b) {
            in.pay((long) a.size() + b.size());
            List<Object> all = new ArrayList<>(a);
            all.addAll(b);
            return all;
        }
        if (sign.equals("*") && (left instanceof String || left instanceof List<?>) && right instanceof Long count) {
            return repeated(left, count);
        }
        if (sign.equals("*") && left instanceof Long count && (right instanceof String || right instanceof List<?>)) {
            return repeated(right, count);
        }
        throw in.error("'" + sign + "' does not go with " + kind(left) + " and " + kind(right));
    }

    /** {@code -value}. */
    Object negated(Object value) {
        return value instanceof Double x ? (Object) (-x) : arithmetic("-", 0L, value);
    }

    private Object repeated(Object value, long count) {
        long times = Math.clamp(count, 0, LONGEST + 1L);
        if (value instanceof String text) {
            payText(text.length() * times);
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

    private Object whole(String sign, long a, long b) {
        try {
            return switch (sign) {
                case "+" -> Math.addExact(a, b);
                case "-" -> Math.subtractExact(a, b);
                case "*" -> Math.multiplyExact(a, b);
                case "//" -> Math.floorDiv(a, b);
                case "%" -> Math.floorMod(a, b);
                default -> b < 0 ? (Object) StrictMath.pow(a, b) : power(a, b);
            };
        } catch (ArithmeticException e) {
            throw in.error(b == 0 && (sign.equals("//") || sign.equals("%"))
                    ? "division by zero"
                    : "the result is too large");
        }
    }

    private long power(long base, long exponent) {
        long result = 1;
        for (long i = 0; i < exponent && result != 0; i++) {
            in.pay(1);
            result = Math.multiplyExact(result, base);
        }
        return result;
    }

    private Object floating(String sign, double a, double b) {
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

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    private static double number(Object value) {
        return switch (value) {
            case Double x -> x;
            case Boolean truth -> truth ? 1 : 0;
            default -> (Long) value;
        };
    }

    /** Whether {@code left sign right}. */
    boolean holds(String sign, Object left, Object right) {
        return switch (sign) {
            case "==" -> equal(left, right, 0);
            case "!=" -> !equal(left, right, 0);
            case "<" -> compare(left, right) < 0;
            case ">" -> compare(left, right) > 0;
            case "<=" -> compare(left, right) <= 0;
            case ">=" -> compare(left, right) >= 0;
            case "in" -> contains(right, left);
            default -> !contains(right, left);
        };
    }

    boolean contains(Object container, Object element) {
        return switch (container) {
            case String text -> {
                in.payText(text.length());
                if (!(element instanceof String part)) {
                    throw in.error("only a string can be in a string");
                }
                yield text.contains(part);
            }
            case Map<?, ?> map -> element instanceof String && map.containsKey(element);
            case null, default -> elements(container).stream().anyMatch(other -> equal(other, element, 0));
        };
    }

    boolean equal(Object a, Object b, int depth) {
        in.pay(1);
        checkDepth(depth);
        if (isNumber(a) && isNumber(b)) {
            return a instanceof Double || b instanceof Double
                    ? number(a) == number(b)
                    : whole(a, "") == whole(b, "");
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
                if (!equal(x.get(i), y.get(i), depth + 1)) {
                    return false;
                }
            }
            return true;
        }
        if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
            return x.size() == y.size() && x.entrySet().stream().allMatch(
                    entry -> y.containsKey(entry.getKey())
                            && equal(entry.getValue(), y.get(entry.getKey()), depth + 1));
        }
        return a == b || a instanceof Undefined && b instanceof Undefined;
    }

    /** Numbers by size, texts by their characters. */
    int compare(Object a, Object b) {
        if (isNumber(a) && isNumber(b)) {
            return a instanceof Double || b instanceof Double
                    ? Double.compare(number(a), number(b))
                    : Long.compare(whole(a, ""), whole(b, ""));
        }
        if (a instanceof String x && b instanceof String y) {
            in.payText(Math.min(x.length(), y.length()));
            return compareCharacters(x, y);
        }
        throw in.error(kind(a) + " and " + kind(b) + " have no order");
    }

    private static int compareCharacters(String a, String b) {
        int[] x = a.codePoints().toArray();
        int[] y = b.codePoints().toArray();
        return java.util.Arrays.compare(x, y);
    }

    static String kind(Object value) {
        return switch (value) {
            case null -> "none";
            case Boolean _ -> "a truth value";
            case Long _ -> "a whole number";
            case Double _ -> "a number";
            case String _ -> "a string";
            case List<?> _ -> "a list";
            case Map<?, ?> _ -> "a dictionary";
            case Undefined undefined -> undefined.toString();
            case Namespace _ -> "a namespace";
            case Loop _ -> "a loop";
            default -> "a function";
        };
    }

    private void checkDepth(int depth) {
        if (depth > DEEPEST) {
            throw in.error("more than " + DEEPEST + " lists or dictionaries within each other");
        }
    }
}
