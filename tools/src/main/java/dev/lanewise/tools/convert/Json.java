package dev.lanewise.tools.convert;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lanewise.error.ModelFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** JSON of strangers: UTF-8 only, no duplicate keys, nesting and lengths bounded, nothing after the value. */
public final class Json {
    private static final int DEEPEST = 64;
    private static final int LONGEST_NAME = 4096;
    private static final int LONGEST_STRING = 16 << 20;

    private static final ObjectMapper MAPPER = JsonMapper
            .builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST)
                            .maxNameLength(LONGEST_NAME).maxStringLength(LONGEST_STRING).build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    /** What the code itself says in JSON. */
    private static final ObjectMapper OURS = JsonMapper.builder().enable(JsonReadFeature.ALLOW_SINGLE_QUOTES).build();

    private Json() {}

    /** A tree that the code says, with names in single quotes. */
    public static JsonNode ours(String json) {
        try {
            return OURS.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /**
     * Reads a small file as a tree.
     *
     * @param most how many bytes it may have
     * @throws ModelFormatException if it is larger, or not one JSON object
     */
    public static JsonNode object(MappedFile file, long most) throws IOException {
        JsonNode tree = tree(file, most);
        if (!tree.isObject()) {
            throw new ModelFormatException(file.name(), 0, "file", "a JSON object", kind(tree));
        }
        return tree;
    }

    /** Like {@link #object}, for any kind of value. */
    public static JsonNode tree(MappedFile file, long most) throws IOException {
        if (file.size() > most) {
            throw new ModelFormatException(file.name(), -1, "file size", "at most " + most + " bytes",
                    Long.toString(file.size()));
        }
        try (JsonParser parser = parser(file.name(), 0, file.bytes())) {
            JsonNode tree = MAPPER.readTree(parser);
            if (tree == null || tree.isMissingNode()) {
                throw new ModelFormatException(file.name(), 0, "file", "JSON", "nothing");
            }
            return tree;
        } catch (JsonProcessingException e) {
            throw malformed(file.name(), 0, e);
        }
    }

    /**
     * A parser of JSON within a mapped file.
     *
     * @param file the name that failures give
     * @param offset where in the file the JSON begins
     * @param json its bytes
     */
    public static JsonParser parser(String file, long offset, MemorySegment json) throws IOException {
        // Jackson would take a byte of zero, or the mark of a byte order, for UTF-16 or UTF-32.
        for (int i = 0; i < Math.min(4, json.byteSize()); i++) {
            byte b = json.get(ValueLayout.JAVA_BYTE, i);
            if (b == 0 || b < 0 && i == 0) {
                throw new ModelFormatException(file, offset + i, "JSON", "UTF-8 text",
                        "byte " + Integer.toHexString(b & 0xFF));
            }
        }
        InputStream in = new SegmentStream(json);
        return MAPPER.createParser(in);
    }

    /** What is wrong with JSON, as our own failure. */
    public static ModelFormatException malformed(String file, long offset, JsonProcessingException e) {
        long at = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
        String message = e.getOriginalMessage();
        return new ModelFormatException(file, at < 0 ? -1 : offset + at, "JSON", "well-formed JSON",
                message == null ? "something else" : printable(message, 200));
    }

    /** What a token is, for a failure. */
    public static String kind(JsonToken token) {
        return token == null ? "the end" : token.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }

    /** What a value is, for a failure. */
    public static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "a list";
            case MISSING -> "nothing";
            default -> printable(node.toString(), 60);
        };
    }

    /** A name of a stranger, for a failure. */
    public static String quoted(String name) {
        return "'" + printable(name, 100) + "'";
    }

    /** A text of a stranger, without controls and cut to a length, for a failure. */
    public static String printable(String text, int most) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(most).forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
        return out.append(text.codePointCount(0, text.length()) > most ? "..." : "").toString();
    }
}
