package dev.lanewise.models.chat.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The methods of strings, lists and dictionaries that change nothing, as Python has them. */
final class Methods {
    private Methods() {}

    /** A method of a value, or null if it has none of that name. */
    static Function of(Object value, String name) {
        return switch (value) {
            case String text -> ofText(text, name);
            case List<?> list -> ofList(list, name);
            case Map<?, ?> map -> ofMap(map, name);
            case null, default -> null;
        };
    }

    private static Function ofText(String text, String name) {
        return switch (name) {
            case "strip", "lstrip", "rstrip" -> (in, given) -> {
                in.payText(text.length());
                return Text.strip(text, optionalText(in, given.bind(in, name, "chars")[0], name),
                        !name.equals("rstrip"), !name.equals("lstrip"));
            };
            case "split", "rsplit" -> (in, given) -> split(in, text, name, given);
            case "splitlines" -> (in, given) -> {
                in.payText(8L * text.length());
                return Text.lines(text, in.values().truth(given.bind(in, name, "keepends")[0]));
            };
            case "startswith", "endswith" -> (in, given) -> {
                Object wanted = given.bind(in, name, "prefix")[0];
                List<?> all = wanted instanceof List<?> list ? list : List.of(text(in, wanted, name));
                for (Object one : all) {
                    String part = text(in, one, name);
                    if (name.equals("startswith") ? text.startsWith(part) : text.endsWith(part)) {
                        return true;
                    }
                }
                return false;
            };
            case "removeprefix" -> (in, given) -> {
                String part = text(in, given.bind(in, name, "prefix")[0], name);
                in.payText(text.length());
                return text.startsWith(part) ? text.substring(part.length()) : text;
            };
            case "removesuffix" -> (in, given) -> {
                String part = text(in, given.bind(in, name, "suffix")[0], name);
                in.payText(text.length());
                return text.endsWith(part) ? text.substring(0, text.length() - part.length()) : text;
            };
            case "replace" -> (in, given) -> {
                Object[] bound = given.bind(in, name, "old", "new", "count");
                return Filters.replaced(in, text, text(in, bound[0], name), text(in, bound[1], name), bound[2]);
            };
            case "upper" -> changed(name, text, text.toUpperCase(Locale.ROOT));
            case "lower" -> changed(name, text, text.toLowerCase(Locale.ROOT));
            case "title" -> changed(name, text, Text.title(text, false));
            case "capitalize" -> changed(name, text, Text.capitalize(text));
            case "find", "rfind", "index" -> (in, given) -> {
                String part = text(in, given.bind(in, name, "sub")[0], name);
                in.payText(text.length());
                int at = name.equals("rfind") ? text.lastIndexOf(part) : text.indexOf(part);
                if (at < 0 && name.equals("index")) {
                    throw in.error("the string does not have what index looks for");
                }
                return at < 0 ? -1L : (long) text.codePointCount(0, at);
            };
            case "count" -> (in, given) -> {
                in.payText(text.length());
                return Text.count(text, text(in, given.bind(in, name, "sub")[0], name));
            };
            case "join" -> (in, given) -> {
                List<Object> elements = in.values().elements(given.bind(in, name, "iterable")[0]);
                elements.forEach(element -> text(in, element, name));
                return Filters.joined(in, elements, text);
            };
            case "isdigit" -> is(name, text, Character::isDigit);
            case "isalpha" -> is(name, text, Character::isLetter);
            case "isalnum" -> is(name, text, Character::isLetterOrDigit);
            case "isspace" -> is(name, text, Text::isSpace);
            case "isupper" -> (in, given) -> {
                given.bind(in, name);
                return Text.isUpper(text);
            };
            case "islower" -> (in, given) -> {
                given.bind(in, name);
                return Text.isLower(text);
            };
            default -> null;
        };
    }

    private static Function changed(String name, String text, String result) {
        return (in, given) -> {
            given.bind(in, name);
            in.payText(text.length());
            return result;
        };
    }

    private static Function is(String name, String text, java.util.function.IntPredicate kind) {
        return (in, given) -> {
            given.bind(in, name);
            in.payText(text.length());
            return !text.isEmpty() && text.codePoints().allMatch(kind);
        };
    }

    private static Object split(Interpreter in, String text, String name, Given given) {
        Object[] bound = given.bind(in, name, "sep", "maxsplit");
        String separator = optionalText(in, bound[0], name);
        long most = bound[1] == null ? -1 : in.values().whole(bound[1], "maxsplit");
        if (separator != null && separator.isEmpty()) {
            throw in.error(name + " needs a separator that is not empty");
        }
        in.payText(8L * text.length());
        if (name.equals("split") || most < 0) {
            return Text.split(text, separator, most);
        }
        if (separator == null) {
            throw in.error("rsplit with maxsplit needs a separator here");
        }
        return Text.splitFromEnd(text, separator, most);
    }

    private static Function ofList(List<?> list, String name) {
        return switch (name) {
            case "count" -> (in, given) -> {
                Object wanted = given.bind(in, name, "value")[0];
                return list.stream().filter(element -> Comparing.equal(in, element, wanted, 0)).count();
            };
            case "index" -> (in, given) -> {
                Object wanted = given.bind(in, name, "value")[0];
                for (int i = 0; i < list.size(); i++) {
                    if (Comparing.equal(in, list.get(i), wanted, 0)) {
                        return (long) i;
                    }
                }
                throw in.error("the list does not have what index looks for");
            };
            default -> null;
        };
    }

    private static Function ofMap(Map<?, ?> map, String name) {
        return switch (name) {
            case "get" -> (in, given) -> {
                Object[] bound = given.bind(in, name, "key", "default");
                return bound[0] instanceof String key && map.containsKey(key) ? map.get(key) : bound[1];
            };
            case "items" -> (in, given) -> {
                given.bind(in, name);
                return pairs(in, map);
            };
            case "keys" -> (in, given) -> {
                given.bind(in, name);
                return in.values().elements(map);
            };
            case "values" -> (in, given) -> {
                given.bind(in, name);
                in.pay(map.size());
                return new ArrayList<Object>(map.values());
            };
            default -> null;
        };
    }

    /** Keys with their values. */
    static List<Object> pairs(Interpreter in, Map<?, ?> map) {
        in.pay(2L * map.size());
        List<Object> pairs = new ArrayList<>();
        map.forEach((key, value) -> {
            List<Object> pair = new ArrayList<>();
            pair.add(key);
            pair.add(value);
            pairs.add(new Tuple(pair));
        });
        return pairs;
    }

    private static String optionalText(Interpreter in, Object value, String name) {
        return value == null ? null : text(in, value, name);
    }

    private static String text(Interpreter in, Object value, String name) {
        if (value instanceof String text) {
            return text;
        }
        throw in.error(name + " needs a string, not " + Values.kind(value));
    }
}
