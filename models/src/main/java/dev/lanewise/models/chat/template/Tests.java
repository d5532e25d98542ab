package dev.lanewise.models.chat.template;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** What can stand behind {@code is}. */
final class Tests {
    private static final Set<String> ALONE = Set.of("defined", "undefined", "none", "string", "number", "integer",
            "float", "boolean", "true", "false", "mapping", "sequence", "iterable", "callable", "odd", "even", "lower",
            "upper");
    private static final Set<String> COMPARING = Set.of("divisibleby", "eq", "equalto", "==", "ne", "!=", "gt",
            "greaterthan", ">", "ge", ">=", "lt", "lessthan", "<", "le", "<=", "in", "sameas");

    private Tests() {}

    static boolean isKnown(String name) {
        return ALONE.contains(name) || COMPARING.contains(name);
    }

    static boolean takesArgument(String name) {
        return COMPARING.contains(name);
    }

    static boolean apply(Interpreter in, String name, Object value, Given given) {
        if (!takesArgument(name)) {
            given.bind(in, "the test " + name);
            return apply(in, name, value);
        }
        if (given.isEmpty()) {
            throw in.error("the test " + name + " needs something to compare with");
        }
        Object other = given.bind(in, "the test " + name, "other")[0];
        Values values = in.values();
        return switch (name) {
            case "divisibleby" -> Long.valueOf(0).equals(Arithmetic.apply(in, "%",
                    values.whole(value, "what is divided"), values.whole(other, "what it is divided by")));
            case "eq", "equalto", "==" -> Comparing.holds(in, "==", value, other);
            case "ne", "!=" -> Comparing.holds(in, "!=", value, other);
            case "gt", "greaterthan", ">" -> Comparing.holds(in, ">", value, other);
            case "ge", ">=" -> Comparing.holds(in, ">=", value, other);
            case "lt", "lessthan", "<" -> Comparing.holds(in, "<", value, other);
            case "le", "<=" -> Comparing.holds(in, "<=", value, other);
            case "in" -> Comparing.contains(in, other, value);
            default -> same(value, other);
        };
    }

    private static boolean apply(Interpreter in, String name, Object value) {
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value == null;
            case "string" -> value instanceof String;
            case "number" -> Values.isNumber(value);
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "boolean" -> value instanceof Boolean;
            case "true" -> Boolean.TRUE.equals(value);
            case "false" -> Boolean.FALSE.equals(value);
            case "mapping" -> value instanceof Map;
            case "sequence", "iterable" -> value instanceof List || value instanceof Map || value instanceof String
                    || value instanceof Undefined;
            case "callable" -> value instanceof Function;
            case "odd" -> in.values().whole(value, "what is odd") % 2 != 0;
            case "even" -> in.values().whole(value, "what is even") % 2 == 0;
            case "lower" -> Text.isLower(Printer.text(in, value));
            default -> Text.isUpper(Printer.text(in, value));
        };
    }

    /** Whether both are the same thing: of texts and numbers, one of the same kind and value. */
    private static boolean same(Object a, Object b) {
        return a == b || a != null && (a instanceof String || Values.isNumber(a)) && a.equals(b);
    }
}
