package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.Json;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Reads the hyper-parameters of an architecture, the keys that begin with its name, and remembers what was read, so that a
 * key that nobody knows is refused by its name: it might change the numbers.
 */
final class GgufKeys {
    private final String file;
    private final String architecture;
    private final Map<String, Object> values;
    private final Set<String> read = new HashSet<>();

    /** @param file the name that failures give */
    GgufKeys(String file, String architecture, Map<String, Object> values) {
        this.file = file;
        this.architecture = architecture;
        this.values = values;
    }

    /** The name that failures give. */
    String file() {
        return file;
    }

    /** Whether there is a value. */
    boolean has(String key) {
        return value(key) != null;
    }

    /** A whole number from 1 on; of a list with one for each layer, the one that all have. */
    int integer(String key, int most) {
        Object value = value(key);
        if (value instanceof long[] list) {
            for (long n : list) {
                if (n != list[0]) {
                    throw new UnsupportedModelException(file + ": " + name(key)
                            + " differs from layer to layer; supported are equal layers");
                }
            }
            value = list.length == 0 ? null : list[0];
        }
        if (!(value instanceof Long n) || n < 1 || n > most) {
            throw failure(key, "a whole number from 1 to " + most, value);
        }
        return n.intValue();
    }

    /** The same, or what holds where there is none. */
    int integer(String key, int otherwise, int most) {
        return has(key) ? integer(key, most) : otherwise;
    }

    /** A finite number between two bounds. */
    double number(String key, double least, double most) {
        Object value = value(key);
        if (!(value instanceof Number number) || !(number.doubleValue() >= least && number.doubleValue() <= most)) {
            throw failure(key, "a number from " + least + " to " + most, value);
        }
        return asMeant(number.doubleValue());
    }

    /** Most numbers are floats of 32 bits: of one, the shortest decimal that rounds to it is what was meant, such as 1e-5. */
    private static double asMeant(double stored) {
        return (float) stored == stored ? Double.parseDouble(Float.toString((float) stored)) : stored;
    }

    /** The same, or what holds where there is none. */
    double number(String key, double otherwise, double least, double most) {
        return has(key) ? number(key, least, most) : otherwise;
    }

    /** A truth value, or what holds where there is none. */
    boolean flag(String key, boolean otherwise) {
        Object value = value(key);
        if (value != null && !(value instanceof Boolean)) {
            throw failure(key, "true or false", value);
        }
        return value == null ? otherwise : (Boolean) value;
    }

    /** A text, or what holds where there is none. */
    String text(String key, String otherwise) {
        Object value = value(key);
        if (value != null && !(value instanceof String)) {
            throw failure(key, "a text", value);
        }
        return value == null ? otherwise : (String) value;
    }

    /** Refuses any value but the one that changes nothing. */
    void neutral(String key, Object only) {
        Object value = value(key);
        boolean same = value instanceof Number a && only instanceof Number b
                ? a.doubleValue() == b.doubleValue()
                : only.equals(value);
        if (value != null && !same) {
            throw new UnsupportedModelException(
                    file + ": " + name(key) + " is " + shown(value) + "; supported is " + only);
        }
    }

    /** Takes note of a key without a part in the numbers. */
    void ignore(String key) {
        read.add(name(key));
    }

    /** Refuses the architecture's keys that nobody has read, save those of pictures, which are in another file. */
    void refuseUnknown() {
        for (String key : values.keySet()) {
            boolean ofPictures = key.startsWith(name("vision.")) || key.startsWith(name("mm."));
            if (key.startsWith(architecture + ".") && !ofPictures && !read.contains(key)) {
                throw new UnsupportedModelException(
                        file + ": the key " + Json.quoted(key) + " is not known and might change the numbers");
            }
        }
    }

    /** A failure of a key. */
    ModelFormatException failure(String key, String expected, Object found) {
        return new ModelFormatException(file, -1, name(key), expected, shown(found));
    }

    private Object value(String key) {
        read.add(name(key));
        return values.get(name(key));
    }

    private String name(String key) {
        return architecture + "." + key;
    }

    private static String shown(Object value) {
        return switch (value) {
            case null -> "nothing";
            case String text -> Json.quoted(text);
            case Number number -> number.toString();
            case Boolean flag -> flag.toString();
            default -> "a list";
        };
    }
}
