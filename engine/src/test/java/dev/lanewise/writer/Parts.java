package dev.lanewise.writer;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What data are made of, by the accessors of records, and of classes that are like them. */
final class Parts {
    private Parts() {}

    /** All of it, as a text. */
    static String describe(Object value) throws ReflectiveOperationException {
        return switch (value) {
            case null -> "null";
            case int[] all -> Arrays.toString(all);
            case float[] all -> Arrays.toString(all);
            case double[] all -> Arrays.toString(all);
            case Object[] all -> describe(List.of(all));
            case Collection<?> all -> {
                List<String> texts = new ArrayList<>();
                for (Object one : all) {
                    texts.add(describe(one));
                }
                yield texts.toString();
            }
            default -> {
                StringBuilder text = new StringBuilder(isPlain(value) ? value.toString() : name(value));
                for (Method part : of(value)) {
                    text.append(' ').append(part.getName()).append('=').append(describe(part.invoke(value)));
                }
                yield text.toString();
            }
        };
    }

    /** Adds the values of every part of it, and of its parts, by the names of class and part. */
    static void collect(Object value, Map<String, Set<String>> values) throws ReflectiveOperationException {
        if (value instanceof Collection<?> all) {
            for (Object one : all) {
                collect(one, values);
            }
        } else if (value != null) {
            for (Method part : of(value)) {
                values.computeIfAbsent(name(value) + "." + part.getName(), _ -> new HashSet<>())
                        .add(describe(part.invoke(value)));
                collect(part.invoke(value), values);
            }
        }
    }

    private static boolean isPlain(Object value) {
        return value instanceof Enum<?> || !value.getClass().getName().startsWith("dev.lanewise");
    }

    private static String name(Object value) {
        return value.getClass().getSimpleName();
    }

    private static List<Method> of(Object value) {
        List<Method> parts = new ArrayList<>();
        if (!isPlain(value)) {
            List<String> fields = Arrays.stream(value.getClass().getDeclaredFields())
                    .filter(field -> !Modifier.isStatic(field.getModifiers())).map(field -> field.getName()).toList();
            for (Method method : value.getClass().getDeclaredMethods()) {
                if (method.getParameterCount() == 0 && fields.contains(method.getName())) {
                    parts.add(method);
                }
            }
            parts.sort(Comparator.comparing(Method::getName));
        }
        return parts;
    }
}
