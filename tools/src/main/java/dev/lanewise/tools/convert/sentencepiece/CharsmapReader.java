package dev.lanewise.tools.convert.sentencepiece;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tokenizer.Charsmap;
import dev.lanewise.weights.Metadata.MetadataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads {@code precompiled_charsmap}, the rules by which SentencePiece normalises: the length of a trie in bytes, the trie as a
 * double array (Darts-clone: a word a unit, with the label, the offset of the children and whether there is a value), and the
 * texts that its values point into, each up to a zero byte.
 */
public final class CharsmapReader {
    /** The largest published ones have 300 kB. */
    private static final int LARGEST = 4 << 20;
    private static final int LONGEST_PATTERN = 255; // bytes
    private static final int MOST_CHARACTERS = 4 << 20;
    /** The largest published ones take some 100,000. */
    private static final int MOST_STEPS = 1 << 20;

    private final String file;
    private final int[] units;
    private final byte[] texts;
    private final byte[] pattern = new byte[LONGEST_PATTERN];
    private final List<String> patterns = new ArrayList<>();
    private final List<String> contents = new ArrayList<>();
    private int characters;
    private int steps;

    private CharsmapReader(String file, byte[] map) {
        this.file = file;
        ByteBuffer in = ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN);
        if (map.length < 4 || map.length > LARGEST) {
            throw failure("size", "4 to " + LARGEST + " bytes", map.length + "");
        }
        int size = in.getInt();
        if (size < 0 || size % 4 != 0 || size > in.remaining()) {
            throw failure("size of the trie", "a multiple of 4, at most " + in.remaining(),
                    Integer.toUnsignedString(size));
        }
        units = new int[size / 4];
        in.asIntBuffer().get(units);
        texts = new byte[in.remaining() - size];
        in.get(4 + size, texts);
    }

    /**
     * The rules of a map.
     *
     * @param file the name that failures give
     * @param map the map
     * @param clusters whether they are applied to grapheme clusters, as {@code tokenizers} does it
     * @throws ModelFormatException if it is damaged
     */
    public static Charsmap read(String file, byte[] map, boolean clusters) {
        CharsmapReader reader = new CharsmapReader(file, map);
        if (reader.units.length > 0) {
            reader.walk(offset(reader.units[0]), 0);
        }
        if (reader.patterns.isEmpty()) {
            throw reader.failure("rules", "one or more", "none");
        }
        try {
            return new Charsmap(String.join("\0", reader.patterns), String.join("\0", reader.contents), clusters);
        } catch (MetadataException e) {
            throw reader.failure("rules", e.expected(), e.found());
        }
    }

    /** Goes through all children of a node. Patterns share their ends, and in a damaged map a way may lead back. */
    private void walk(int children, int depth) {
        for (int label = 1; label < 256; label++) {
            int at = children ^ label;
            if (at >= units.length || (units[at] & 0x800000FF) != label) {
                continue;
            }
            if (depth == LONGEST_PATTERN || ++steps > MOST_STEPS) {
                throw failure("trie", "patterns of at most " + LONGEST_PATTERN + " bytes, and of " + MOST_STEPS
                        + " in all", "more");
            }
            pattern[depth] = (byte) label;
            int next = at ^ offset(units[at]);
            if ((units[at] >>> 8 & 1) != 0) {
                if (next >= units.length) {
                    throw failure("trie", "values within " + units.length + " units", "one at " + next);
                }
                rule(depth + 1, units[next] & Integer.MAX_VALUE);
            }
            walk(next, depth + 1);
        }
    }

    private void rule(int length, int start) {
        int end = start;
        while (end < texts.length && texts[end] != 0) {
            end++;
        }
        if (start >= texts.length) {
            throw failure("trie", "values within " + texts.length + " bytes of texts", start + "");
        }
        patterns.add(text(pattern, 0, length));
        contents.add(text(texts, start, end - start));
        characters += patterns.getLast().length() + contents.getLast().length() + 2;
        if (characters > MOST_CHARACTERS) {
            throw failure("rules", "at most " + MOST_CHARACTERS + " characters", "more");
        }
    }

    private String text(byte[] bytes, int start, int length) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, length)).toString();
        } catch (CharacterCodingException e) {
            throw failure("rules", "UTF-8", "other bytes");
        }
    }

    /** Where the children of a node are, as a difference to where it is. */
    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }

    private ModelFormatException failure(String field, String expected, String found) {
        return new ModelFormatException(file, -1, "precompiled_charsmap, " + field, expected, found);
    }
}
