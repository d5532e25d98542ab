package dev.lanewise.models.chat.template;

import java.math.BigDecimal;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Values as Python writes them: as text, and as JSON. */
final class Printer {
    private final Interpreter in;
    private final StringBuilder out;

    private Printer(Interpreter in, StringBuilder out) {
        this.in = in;
        this.out = out;
    }

    /** As it is printed. */
    static String text(Interpreter in, Object value) {
        if (value instanceof String text) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        new Printer(in, out).write(value, true, 0);
        return out.toString();
    }

    private void write(Object value, boolean outermost, int depth) {
        in.pay(1);
        in.values().checkDepth(depth);
        switch (value) {
            case null -> out.append("None");
            case Undefined _ -> {
                // Prints as nothing.
            }
            case Boolean truth -> out.append(truth ? "True" : "False");
            case Long n -> out.append(n);
            case Double x -> out.append(decimal(x));
            case String text -> quote(text);
            case List<?> list -> {
                boolean tuple = list instanceof Tuple;
                out.append(tuple ? '(' : '[');
                for (Iterator<?> i = list.iterator(); i.hasNext();) {
                    write(i.next(), false, depth + 1);
                    out.append(i.hasNext() ? ", " : "");
                }
                out.append(tuple ? list.size() == 1 ? ",)" : ")" : "]");
            }
            case Map<?, ?> map -> {
                out.append('{');
                for (Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator(); i.hasNext();) {
                    Map.Entry<?, ?> entry = i.next();
                    write(entry.getKey(), false, depth + 1);
                    out.append(": ");
                    write(entry.getValue(), false, depth + 1);
                    out.append(i.hasNext() ? ", " : "");
                }
                out.append('}');
            }
            default -> throw in.error("this cannot be printed" + (outermost ? "" : ", and is inside a value"));
        }
    }

    /** As Python writes a string. */
    private void quote(String text) {
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
    static String json(Interpreter in, Object value, int indent) {
        StringBuilder out = new StringBuilder();
        new Printer(in, out).json(value, indent, 0);
        return out.toString();
    }

    private void json(Object value, int indent, int depth) {
        in.pay(1 + Math.max(0, indent) / 8);
        in.values().checkDepth(depth);
        switch (value) {
            case null -> out.append("null");
            case Boolean truth -> out.append(truth);
            case Long n -> out.append(n);
            case Double x -> out.append(Double.isNaN(x)
                    ? "NaN"
                    : Double.isInfinite(x) ? (x > 0 ? "Infinity" : "-Infinity") : decimal(x));
            case String text -> jsonString(text);
            case List<?> list -> {
                out.append('[');
                for (Iterator<?> i = list.iterator(); i.hasNext();) {
                    line(indent, depth + 1);
                    json(i.next(), indent, depth + 1);
                    out.append(i.hasNext() ? indent >= 0 ? "," : ", " : "");
                }
                line(list.isEmpty() ? -1 : indent, depth);
                out.append(']');
            }
            case Map<?, ?> map -> {
                out.append('{');
                for (Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator(); i.hasNext();) {
                    Map.Entry<?, ?> entry = i.next();
                    line(indent, depth + 1);
                    jsonString((String) entry.getKey());
                    out.append(": ");
                    json(entry.getValue(), indent, depth + 1);
                    out.append(i.hasNext() ? indent >= 0 ? "," : ", " : "");
                }
                line(map.isEmpty() ? -1 : indent, depth);
                out.append('}');
            }
            default -> throw in.error("this cannot be written as JSON");
        }
    }

    private void line(int indent, int depth) {
        if (indent >= 0) {
            out.append('\n').append(" ".repeat(indent * depth));
        }
    }

    private void jsonString(String text) {
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
}
