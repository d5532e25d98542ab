package dev.lanewise.models.chat.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What can be done with values, as Python does it, at the expense of an interpreter. */
final class Values {
    /** Of lists and dictionaries within each other, where one is looked through. */
    private static final int DEEPEST = 50;
    static final int LONGEST = 1 << 24;

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

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    /** What a value is, for a message. */
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

    /** Ends what looks too deeply into lists and dictionaries. */
    void checkDepth(int depth) {
        if (depth > DEEPEST) {
            throw in.error("more than " + DEEPEST + " lists or dictionaries within each other");
        }
    }
}
