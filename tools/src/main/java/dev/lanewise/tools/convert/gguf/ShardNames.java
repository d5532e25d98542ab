package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.ModelFormatException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The names of the files that a split model consists of: NAME-00001-of-00003.gguf and so on, as llama.cpp's gguf-split writes
 * them, with the keys {@code split.no} (from 0) and {@code split.count} in each.
 */
final class ShardNames {
    private static final String COUNT = "split.count";
    private static final String NUMBER = "split.no";
    private static final int MOST = 99_999; // five digits

    private ShardNames() {}

    /** Into how many files the model of this file is split; 1 if it is whole. */
    static int count(String file, Map<String, Object> metadata) {
        return integer(file, metadata, COUNT, 1, 1, MOST);
    }

    /**
     * All files of a split model.
     *
     * @param first its first file
     * @param count how many there are
     * @throws ModelFormatException if it is not the first, or named otherwise
     */
    static List<Path> all(Path first, int count, Map<String, Object> metadata) {
        check(first, count, 0, metadata);
        String name = first.getFileName().toString();
        String end = end(0, count);
        if (!name.endsWith(end)) {
            throw new ModelFormatException(first.toString(), -1, "file name", "one that ends in '" + end
                    + "', for the others are found by it", "'" + name + "'");
        }
        String prefix = name.substring(0, name.length() - end.length());
        return IntStream.range(0, count).mapToObj(i -> first.resolveSibling(prefix + end(i, count))).toList();
    }

    /** Fails unless a file is the given one of so many. */
    static void check(Path file, int count, int number, Map<String, Object> metadata) {
        String name = file.toString();
        integer(name, metadata, COUNT, 1, count, count);
        int found = integer(name, metadata, NUMBER, 0, 0, MOST);
        if (found != number) {
            throw new ModelFormatException(name, -1, "key '" + NUMBER + "'", number + (number == 0
                    ? ", as the first file of a split model has; name that one"
                    : ""), Integer.toString(found));
        }
    }

    /** A whole number of the metadata within bounds, or a default where it is absent. */
    static int integer(String file, Map<String, Object> metadata, String key, int absent, int least, int most) {
        Object value = metadata.getOrDefault(key, (long) absent);
        if (value instanceof Long n && n >= least && n <= most) {
            return n.intValue();
        }
        throw new ModelFormatException(file, -1, "key '" + key + "'",
                least == most ? Integer.toString(least) : least + " to " + most,
                value instanceof Long ? value.toString() : "no whole number");
    }

    private static String end(int number, int count) {
        return String.format(Locale.ROOT, "-%05d-of-%05d.gguf", number + 1, count);
    }
}
