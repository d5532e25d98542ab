package dev.lanewise.models.chat.template;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** What can stand behind {@code |}. */
final class Filters {
    private static final Set<String> KNOWN = Set.of("trim", "length", "count", "upper", "lower", "capitalize", "title",
            "replace", "join", "first", "last", "default", "d", "list", "items", "dictsort", "selectattr", "rejectattr",
            "select", "reject", "map", "string", "int", "float", "abs", "round", "safe", "indent", "sort", "reverse",
            "unique", "tojson", "sum", "min", "max");

    private Filters() {}

    static boolean isKnown(String name) {
        return KNOWN.contains(name);
    }

    static Object apply(Interpreter in, String name, Object value, Given given) {
        Values values = in.values();
        return switch (name) {
            case "trim" -> {
                String text = paid(in, value);
                yield Text.strip(text, (String) string(in, given.bind(in, name, "chars")[0], name), true, true);
            }
            case "length", "count" -> {
                given.bind(in, name);
                yield values.length(value);
            }
            case "upper" -> plain(in, name, given, paid(in, value).toUpperCase(Locale.ROOT));
            case "lower" -> plain(in, name, given, paid(in, value).toLowerCase(Locale.ROOT));
            case "capitalize" -> plain(in, name, given, Text.capitalize(paid(in, value)));
            case "title" -> plain(in, name, given, Text.title(paid(in, value), true));
            case "string", "safe" -> plain(in, name, given, Printer.text(in, value));
            case "replace" -> {
                Object[] bound = given.bind(in, name, "old", "new", "count");
                yield replaced(in, Printer.text(in, value), Printer.text(in, bound[0]), Printer.text(in, bound[1]),
                        bound[2]);
            }
            case "join" -> join(in, value, given);
            case "first", "last" -> {
                given.bind(in, name);
                List<Object> elements = values.elements(value);
                yield elements.isEmpty()
                        ? Undefined.of("the " + name + " element of nothing")
                        : name.equals("first") ? elements.getFirst() : elements.getLast();
            }
            case "default", "d" -> {
                Object[] bound = given.bind(in, name, "default_value", "boolean");
                boolean missing = value instanceof Undefined || values.truth(bound[1]) && !values.truth(value);
                yield !missing ? value : given.isEmpty() ? "" : bound[0];
            }
            case "list" -> {
                given.bind(in, name);
                yield values.elements(value);
            }
            case "items" -> {
                given.bind(in, name);
                yield value instanceof Undefined ? List.of() : Methods.pairs(in, map(in, value, name));
            }
            case "dictsort" -> dictsort(in, map(in, value, name), given);
            case "selectattr", "rejectattr" -> selectAttribute(in, name, value, given);
            case "select", "reject" -> select(in, name, value, given);
            case "map" -> mapped(in, value, given);
            case "int" -> whole(in, value, given);
            case "float" -> floating(in, value, given);
            case "abs" -> {
                given.bind(in, name);
                yield Comparing.compare(in, value, 0L) < 0 ? Arithmetic.apply(in, "-", 0L, value) : value;
            }
            case "round" -> round(in, value, given);
            case "indent" -> indent(in, Printer.text(in, value), given);
            case "sort" -> sorted(in, value, given);
            case "reverse" -> {
                given.bind(in, name);
                List<Object> reversed = values.elements(value).reversed();
                yield value instanceof String ? joined(in, reversed, "") : new ArrayList<>(reversed);
            }
            case "unique" -> unique(in, value, given);
            case "tojson" -> {
                Object[] bound = given.bind(in, name, "indent", "ensure_ascii", "separators", "sort_keys");
                if (values.truth(bound[1]) || bound[2] != null || values.truth(bound[3])) {
                    throw in.error("tojson has no argument here but indent");
                }
                yield Printer.json(in, value,
                        bound[0] == null ? -1 : Math.clamp(values.whole(bound[0], "indent"), 0, 100));
            }
            case "sum" -> {
                Object[] bound = given.bind(in, name, "attribute", "start");
                Object sum = bound[1] == null ? 0L : bound[1];
                for (Object element : values.elements(value)) {
                    sum = Arithmetic.apply(in, "+", sum, bound[0] == null ? element : attribute(in, element, bound[0]));
                }
                yield sum;
            }
            default -> extreme(in, name, value, given);
        };
    }

    private static String paid(Interpreter in, Object value) {
        String text = Printer.text(in, value);
        in.payText(text.length());
        return text;
    }

    private static Object plain(Interpreter in, String name, Given given, String result) {
        given.bind(in, name);
        return result;
    }

    private static Object string(Interpreter in, Object value, String name) {
        if (value == null || value instanceof String) {
            return value;
        }
        throw in.error(name + " needs a string, not " + Values.kind(value));
    }

    private static Map<?, ?> map(Interpreter in, Object value, String name) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw in.error(name + " needs a dictionary, not " + Values.kind(value));
    }

    /** A text with parts replaced, paid for. */
    static String replaced(Interpreter in, String text, String part, String by, Object count) {
        long most = count == null ? -1 : in.values().whole(count, "count");
        in.payText(text.length());
        long found = Text.count(text, part);
        in.values().payText(text.length() + (most < 0 ? found : Math.min(found, most)) * (long) by.length());
        return Text.replace(text, part, by, most);
    }

    private static Object join(Interpreter in, Object value, Given given) {
        Object[] bound = given.bind(in, "join", "d", "attribute");
        List<Object> elements = in.values().elements(value);
        if (bound[1] != null) {
            elements.replaceAll(element -> attribute(in, element, bound[1]));
        }
        return joined(in, elements, bound[0] == null ? "" : Printer.text(in, bound[0]));
    }

    static String joined(Interpreter in, List<Object> elements, String separator) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < elements.size(); i++) {
            String text = Printer.text(in, elements.get(i));
            in.payText(text.length() + (long) separator.length());
            out.append(i == 0 ? "" : separator).append(text);
        }
        return out.toString();
    }

    private static Object dictsort(Interpreter in, Map<?, ?> map, Given given) {
        Object[] bound = given.bind(in, "dictsort", "case_sensitive", "by", "reverse");
        int by = bound[1] == null || bound[1].equals("key") ? 0 : 1;
        Comparator<Object> order = (a, b) -> compare(in, ((List<?>) a).get(by), ((List<?>) b).get(by),
                in.values().truth(bound[0]));
        List<Object> pairs = Methods.pairs(in, map);
        pairs.sort(in.values().truth(bound[2]) ? order.reversed() : order);
        return pairs;
    }

    private static int compare(Interpreter in, Object a, Object b, boolean caseSensitive) {
        return !caseSensitive && a instanceof String x && b instanceof String y
                ? Comparing.compare(in, x.toLowerCase(Locale.ROOT), y.toLowerCase(Locale.ROOT))
                : Comparing.compare(in, a, b);
    }

    /** An attribute by its name, which may have several parts joined by dots. */
    private static Object attribute(Interpreter in, Object of, Object name) {
        Object value = of;
        if (name instanceof Long) {
            return in.values().item(of, name);
        }
        for (String part : Printer.text(in, name).split("\\.", -1)) {
            boolean index = !part.isEmpty() && part.length() < 10 && part.chars().allMatch(c -> c >= '0' && c <= '9');
            value = in.values().item(value, index ? (Object) Long.valueOf(part) : part);
        }
        return value;
    }

    private static Object selectAttribute(Interpreter in, String name, Object value, Given given) {
        if (given.positional().isEmpty() || !given.named().isEmpty()) {
            throw in.error(name + " needs the name of an attribute");
        }
        Predicate<Object> test = test(in, given.positional().subList(1, given.positional().size()));
        return kept(in, value, element -> test.test(attribute(in, element, given.positional().getFirst())),
                name.startsWith("select"));
    }

    private static Object select(Interpreter in, String name, Object value, Given given) {
        if (!given.named().isEmpty()) {
            throw in.error(name + " takes the name of a test");
        }
        return kept(in, value, test(in, given.positional()), name.equals("select"));
    }

    private static List<Object> kept(Interpreter in, Object value, Predicate<Object> test, boolean wanted) {
        List<Object> kept = new ArrayList<>();
        for (Object element : in.values().elements(value)) {
            in.pay(1);
            if (test.test(element) == wanted) {
                kept.add(element);
            }
        }
        return kept;
    }

    /** A test by its name, with its argument behind it; without one, whether something is true. */
    private static Predicate<Object> test(Interpreter in, List<Object> given) {
        if (given.isEmpty()) {
            return in.values()::truth;
        }
        String name = Printer.text(in, given.getFirst());
        if (!Tests.isKnown(name)) {
            throw in.error("the test '" + name + "' is not known");
        }
        Given rest = new Given(given.subList(1, given.size()), Map.of());
        return element -> Tests.apply(in, name, element, rest);
    }

    private static Object mapped(Interpreter in, Object value, Given given) {
        List<Object> elements = in.values().elements(value);
        in.pay(elements.size());
        if (given.positional().isEmpty()) {
            Object[] bound = given.bind(in, "map", "attribute", "default");
            if (bound[0] == null) {
                throw in.error("map needs the name of a filter, or of an attribute");
            }
            elements.replaceAll(element -> {
                Object attribute = attribute(in, element, bound[0]);
                return attribute instanceof Undefined && given.named().containsKey("default") ? bound[1] : attribute;
            });
            return elements;
        }
        String name = Printer.text(in, given.positional().getFirst());
        if (!isKnown(name)) {
            throw in.error("the filter '" + name + "' is not known");
        }
        if (name.equals("map")) {
            throw in.error("map cannot map");
        }
        Given rest = new Given(given.positional().subList(1, given.positional().size()), given.named());
        elements.replaceAll(element -> apply(in, name, element, rest));
        return elements;
    }

    private static Object whole(Interpreter in, Object value, Given given) {
        Object[] bound = given.bind(in, "int", "default", "base");
        if (bound[1] != null) {
            throw in.error("int has no other base than 10 here");
        }
        Object otherwise = bound[0] == null ? 0L : bound[0];
        return switch (value) {
            case Long n -> n;
            case Boolean truth -> truth ? 1L : 0L;
            case Double x -> Double.isFinite(x) && Math.abs(x) < 9e18 ? (Object) x.longValue() : otherwise;
            case String text -> {
                try {
                    yield Long.parseLong(text.strip());
                } catch (NumberFormatException e) {
                    Object number = parsed(text);
                    yield number instanceof Double x && Math.abs(x) < 9e18 ? (Object) x.longValue() : otherwise;
                }
            }
            case null, default -> otherwise;
        };
    }

    private static Object floating(Interpreter in, Object value, Given given) {
        Object[] bound = given.bind(in, "float", "default");
        Object otherwise = bound[0] == null ? 0.0 : bound[0];
        return switch (value) {
            case Long n -> (double) n;
            case Boolean truth -> truth ? 1.0 : 0.0;
            case Double x -> x;
            case String text -> parsed(text) == null ? otherwise : parsed(text);
            case null, default -> otherwise;
        };
    }

    /** The number that a text is, or null. */
    private static Object parsed(String text) {
        String number = text.strip();
        boolean plain = !number.isEmpty() && number.length() < 400
                && number.chars().allMatch(c -> c >= '0' && c <= '9' || "+-.eE".indexOf(c) >= 0);
        try {
            return plain ? (Object) Double.parseDouble(number) : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static Object round(Interpreter in, Object value, Given given) {
        Object[] bound = given.bind(in, "round", "precision", "method");
        long precision = bound[0] == null ? 0 : in.values().whole(bound[0], "the precision");
        if (bound[1] != null && !bound[1].equals("common") || precision < 0 || precision > 15
                || !Values.isNumber(value)) {
            throw in.error("round takes a number, and a precision from 0 to 15");
        }
        return value instanceof Double number && Double.isFinite(number)
                ? (Object) new java.math.BigDecimal(number)
                        .setScale((int) precision, java.math.RoundingMode.HALF_EVEN).doubleValue()
                : value;
    }

    private static Object indent(Interpreter in, String text, Given given) {
        Object[] bound = given.bind(in, "indent", "width", "first", "blank");
        String by = bound[0] instanceof String own
                ? own
                : " ".repeat(
                        Math.clamp(bound[0] == null ? 4 : in.values().whole(bound[0], "the width"), 0, 1000));
        List<Object> lines = Text.lines(text.endsWith("\n") ? text + "\n" : text, false);
        in.values().payText(text.length() + (long) lines.size() * by.length());
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            String line = (String) lines.get(i);
            boolean indented = i == 0
                    ? in.values().truth(bound[1])
                    : !line.isEmpty() || in.values().truth(bound[2]);
            out.append(i == 0 ? "" : "\n").append(indented ? by : "").append(line);
        }
        return out.toString();
    }

    private static Object sorted(Interpreter in, Object value, Given given) {
        Object[] bound = given.bind(in, "sort", "reverse", "case_sensitive", "attribute");
        Comparator<Object> order = (a, b) -> compare(in, bound[2] == null ? a : attribute(in, a, bound[2]),
                bound[2] == null ? b : attribute(in, b, bound[2]), in.values().truth(bound[1]));
        List<Object> elements = in.values().elements(value);
        elements.sort(in.values().truth(bound[0]) ? order.reversed() : order);
        return elements;
    }

    private static Object unique(Interpreter in, Object value, Given given) {
        Object[] bound = given.bind(in, "unique", "case_sensitive", "attribute");
        Map<Object, Object> seen = new LinkedHashMap<>();
        for (Object element : in.values().elements(value)) {
            Object key = bound[1] == null ? element : attribute(in, element, bound[1]);
            if (!(key == null || key instanceof String || Values.isNumber(key))) {
                throw in.error("unique tells strings and numbers apart, nothing else");
            }
            boolean folded = key instanceof String && !in.values().truth(bound[0]);
            seen.putIfAbsent(folded ? ((String) key).toLowerCase(Locale.ROOT) : key, element);
        }
        return new ArrayList<>(seen.values());
    }

    private static Object extreme(Interpreter in, String name, Object value, Given given) {
        Object[] bound = given.bind(in, name, "case_sensitive", "attribute");
        Comparator<Object> order = (a, b) -> compare(in, bound[1] == null ? a : attribute(in, a, bound[1]),
                bound[1] == null ? b : attribute(in, b, bound[1]), in.values().truth(bound[0]));
        Object best = Undefined.of("the " + name + " of nothing");
        boolean first = true;
        for (Object element : in.values().elements(value)) {
            if (first || (name.equals("min") ? order.compare(element, best) < 0 : order.compare(element, best) > 0)) {
                best = element;
                first = false;
            }
        }
        return best;
    }
}
