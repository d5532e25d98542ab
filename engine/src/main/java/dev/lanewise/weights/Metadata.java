package dev.lanewise.weights;

import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Named values of a {@code .lane} file: the specification of the transformer, its tokenizer, provenance and licence.
 * Immutable and thread-safe. Values are {@link Boolean}, {@link Long}, {@link Double}, {@link String}, {@code int[]},
 * {@code float[]} or {@code String[]}; arrays are shared, not copied, and must not be changed.
 *
 * <p>Who reads a part of it does so through a {@link Reader}, which remembers what was read, so that a key nobody knows is
 * refused instead of ignored: it would have changed the result.
 */
public final class Metadata {
    private final TreeMap<String, Object> values;

    private Metadata(TreeMap<String, Object> values) {
        this.values = values;
    }

    /** All values by key, in the order of the keys. */
    public Map<String, Object> values() {
        return Collections.unmodifiableMap(values);
    }

    /** A reader of all keys that begin with a prefix. */
    public Reader reader(String prefix) {
        return new Reader(prefix);
    }

    /** A new, empty builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** A value that is missing, of another type, out of range, or not known. The message names the key. */
    public static final class MetadataException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String key;
        private final String expected;
        private final String found;

        /**
         * @param key the full key
         * @param expected what should be there
         * @param found what is there
         */
        public MetadataException(String key, String expected, String found) {
            super("metadata '" + key + "': expected " + expected + ", found " + found);
            this.key = key;
            this.expected = expected;
            this.found = found;
        }

        /** The full key. */
        public String key() {
            return key;
        }

        /** What should be there. */
        public String expected() {
            return expected;
        }

        /** What is there. */
        public String found() {
            return found;
        }
    }

    /** Reads the keys under a prefix. Not thread-safe. Every method throws {@link MetadataException} for a bad value. */
    public final class Reader {
        private final String prefix;
        private final Set<String> read = new HashSet<>();

        private Reader(String prefix) {
            this.prefix = prefix;
        }

        /** Whether there is a value. */
        public boolean has(String key) {
            return values.containsKey(prefix + key);
        }

        /** A truth value. */
        public boolean bool(String key) {
            return value(key, Boolean.class, "true or false");
        }

        /** A truth value, or what holds where there is none. */
        public boolean flag(String key, boolean absent) {
            return has(key) ? bool(key) : absent;
        }

        /** A whole number between two bounds, both included. */
        public int integer(String key, int least, int most) {
            long n = value(key, Long.class, "a whole number");
            require(n >= least && n <= most, key, "a whole number from " + least + " to " + most, n);
            return (int) n;
        }

        /** A finite number. */
        public double number(String key) {
            double x = value(key, Double.class, "a number");
            require(Double.isFinite(x), key, "a finite number", x);
            return x;
        }

        /** A text. */
        public String string(String key) {
            return value(key, String.class, "a text");
        }

        /** One of the constants of an enumeration, stored by its name in lower case. */
        public <E extends Enum<E>> E word(String key, Class<E> type) {
            String word = string(key);
            for (E constant : type.getEnumConstants()) {
                if (wordOf(constant).equals(word)) {
                    return constant;
                }
            }
            StringBuilder known = new StringBuilder("one of");
            for (E constant : type.getEnumConstants()) {
                known.append(' ').append(wordOf(constant));
            }
            throw new MetadataException(prefix + key, known.toString(), "'" + word + "'");
        }

        /** Whole numbers. */
        public int[] integers(String key) {
            return value(key, int[].class, "a list of whole numbers");
        }

        /** Numbers. */
        public float[] numbers(String key) {
            return value(key, float[].class, "a list of numbers");
        }

        /** Texts. */
        public String[] strings(String key) {
            return value(key, String[].class, "a list of texts");
        }

        /** Refuses a value that is wrong by itself, or beside others. */
        public void require(boolean holds, String key, String expected, Object found) {
            if (!holds) {
                throw new MetadataException(prefix + key, expected, found.toString());
            }
        }

        /** Refuses keys under the prefix that nobody has read. */
        public void finish() {
            for (String key : values.tailMap(prefix).keySet()) {
                if (!key.startsWith(prefix)) {
                    return;
                }
                if (!read.contains(key)) {
                    throw new MetadataException(key, "a key that this release knows (a newer one may)",
                            "an unknown key");
                }
            }
        }

        private <T> T value(String key, Class<T> type, String expected) {
            String full = prefix + key;
            Object value = values.get(full);
            if (!type.isInstance(value)) {
                throw new MetadataException(full, expected, value == null ? "nothing" : describe(value));
            }
            read.add(full);
            return type.cast(value);
        }
    }

    /** Collects values. Not thread-safe. */
    public static final class Builder {
        private final TreeMap<String, Object> values = new TreeMap<>();

        private Builder() {}

        /** Adds a truth value. */
        public Builder put(String key, boolean value) {
            return add(key, value);
        }

        /** Adds a truth value, unless it is what readers take where there is none. */
        public Builder putUnless(String key, boolean value, boolean absent) {
            return value == absent ? this : add(key, value);
        }

        /** Adds a whole number. */
        public Builder put(String key, long value) {
            return add(key, value);
        }

        /** Adds a number. */
        public Builder put(String key, double value) {
            return add(key, value);
        }

        /** Adds a text. */
        public Builder put(String key, String value) {
            return add(key, value);
        }

        /** Adds a constant of an enumeration, by its name in lower case. */
        public Builder put(String key, Enum<?> value) {
            return add(key, wordOf(value));
        }

        /** Adds whole numbers; the array is not copied. */
        public Builder put(String key, int[] value) {
            return add(key, value);
        }

        /** Adds numbers; the array is not copied. */
        public Builder put(String key, float[] value) {
            return add(key, value);
        }

        /** Adds texts; the array is not copied. */
        public Builder put(String key, String[] value) {
            return add(key, value);
        }

        /** Adds all values of another set, with a prefix before their keys. */
        public Builder putAll(String prefix, Metadata other) {
            for (Map.Entry<String, Object> entry : other.values.entrySet()) {
                add(prefix + entry.getKey(), entry.getValue());
            }
            return this;
        }

        /** What was collected so far. */
        public Metadata build() {
            return new Metadata(new TreeMap<>(values));
        }

        /** Adds a value of one of the types that metadata can hold; the caller guarantees the type. */
        Builder add(String key, Object value) {
            if (!isKey(key)) {
                throw new IllegalArgumentException("not a key: '" + key + "'");
            }
            if (value == null || values.putIfAbsent(key, value) != null) {
                throw new IllegalArgumentException(value == null ? key + " is null" : key + " is there twice");
            }
            return this;
        }
    }

    /** A string of a stranger, made safe and short for a message. */
    public static String quoted(String s) {
        StringBuilder out = new StringBuilder("'");
        s.codePoints().limit(60).forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return out.append(s.length() > 60 ? "...'" : "'").toString();
    }

    /** Keys are words of lower-case letters, digits and underscores, joined by dots; at most 255 characters. */
    public static boolean isKey(String key) {
        if (key.isEmpty() || key.length() > 255) {
            return false;
        }
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.')) {
                return false;
            }
        }
        return true;
    }

    private static String wordOf(Enum<?> constant) {
        return constant.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static String describe(Object value) {
        return switch (value) {
            case int[] a -> a.length + " whole numbers";
            case float[] a -> a.length + " numbers";
            case String[] a -> a.length + " texts";
            case String s -> "'" + s + "'";
            default -> value.toString();
        };
    }
}
