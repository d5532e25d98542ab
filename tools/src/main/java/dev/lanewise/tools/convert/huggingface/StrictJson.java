package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * An object in a JSON file from a stranger, read without leniency: a key that is there twice, a value of another type, a
 * number out of range, or anything behind the end is a {@link ModelFormatException} that names the place. Not thread-safe.
 */
final class StrictJson {
    /** The largest file that is read; the largest tokenizers have about 35 MB. */
    static final int LARGEST = 64 << 20;

    /** How much of a stranger's text a message quotes. */
    private static final int SHORT = 120;

    /** The largest power of ten that is a double. */
    private static final int LARGEST_POWER = 308;

    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build()).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .configure(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES, false);

    private final String file;
    private final String path;
    private final ObjectNode node;

    private StrictJson(String file, String path, ObjectNode node) {
        this.file = file;
        this.path = path;
        this.node = node;
    }

    /** The bytes of a file that is small enough. */
    static byte[] bytes(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw new ModelFormatException(file.toString(), -1, "size", "at most " + LARGEST + " bytes", "more");
            }
            return bytes;
        }
    }

    /**
     * The object that a file holds.
     *
     * @param file the name that failures give
     * @param bytes its content
     */
    static StrictJson parse(String file, byte[] bytes) {
        JsonNode root;
        try {
            root = MAPPER.readTree(bytes);
        } catch (JsonProcessingException e) {
            long offset = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
            throw new ModelFormatException(file, offset, "JSON", "well-formed JSON, every key once",
                    shortened(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new ModelFormatException(file, -1, "JSON", "well-formed JSON in UTF-8",
                    shortened(e.getMessage()));
        }
        return object(file, "", root);
    }

    String file() {
        return file;
    }

    /** Whether there is a value, and not null. */
    boolean has(String key) {
        return node.hasNonNull(key);
    }

    /** Whether there is a key that says that there is no such thing. */
    boolean isNull(String key) {
        return node.path(key).isNull();
    }

    boolean isText(String key) {
        return node.path(key).isTextual();
    }

    boolean isList(String key) {
        return node.path(key).isArray();
    }

    List<String> keys() {
        return node.propertyStream().map(Map.Entry::getKey).toList();
    }

    StrictJson object(String key) {
        return object(file, at(key), node.get(key));
    }

    /** The objects of a list. */
    List<StrictJson> objects(String key) {
        JsonNode list = list(key);
        StrictJson[] objects = new StrictJson[list.size()];
        Arrays.setAll(objects, i -> object(file, at(key) + "[" + i + "]", list.get(i)));
        return List.of(objects);
    }

    /** Whether a text is in a list. */
    boolean contains(String key, String text) {
        for (JsonNode element : list(key)) {
            if (text.equals(element.textValue())) {
                return true;
            }
        }
        return false;
    }

    /** The whole numbers of a list, each between two bounds, both included. */
    int[] integers(String key, int least, int most) {
        JsonNode list = list(key);
        int[] integers = new int[list.size()];
        Arrays.setAll(integers, i -> integer(at(key) + "[" + i + "]", list.get(i), least, most));
        return integers;
    }

    /** A list of a text and a whole number not below 0, as the pair's number; the text is not looked at. */
    int integerOfPair(String key, int most) {
        JsonNode list = list(key);
        if (list.size() != 2 || !list.get(0).isTextual()) {
            throw bad(at(key), "a text and a number", list);
        }
        return integer(at(key) + "[1]", list.get(1), 0, most);
    }

    /** The pairs of a list, each a list of two texts, or one text with a single space between. */
    String[][] pairs(String key) {
        JsonNode list = list(key);
        String[][] pairs = new String[list.size()][];
        Arrays.setAll(pairs, i -> {
            JsonNode pair = list.get(i);
            String[] texts = pair.isTextual()
                    ? pair.textValue().split(" ", -1)
                    : pair.isArray() && pair.size() == 2 && pair.get(0).isTextual() && pair.get(1).isTextual()
                            ? new String[]{pair.get(0).textValue(), pair.get(1).textValue()}
                            : new String[0];
            if (texts.length != 2) {
                throw bad(at(key) + "[" + i + "]", "two texts", pair);
            }
            return texts;
        });
        return pairs;
    }

    /**
     * The pairs of a list, each a list of a text and a number.
     *
     * @param numbers gets the numbers
     * @return the texts
     */
    String[] scores(String key, DoubleStream.Builder numbers) {
        JsonNode list = list(key);
        String[] texts = new String[list.size()];
        Arrays.setAll(texts, i -> {
            JsonNode pair = list.get(i);
            if (!pair.isArray() || pair.size() != 2 || !pair.get(0).isTextual() || !pair.get(1).isNumber()) {
                throw bad(at(key) + "[" + i + "]", "a text and a number", pair);
            }
            double number = nearly(pair.get(1).decimalValue());
            if (!Double.isFinite(number)) {
                throw bad(at(key) + "[" + i + "]", "a number that a double can hold", pair);
            }
            numbers.add(number);
            return pair.get(0).textValue();
        });
        return texts;
    }

    /**
     * What the reference's reader of JSON makes of a number: not always the nearest double, for it rounds twice, the digits and
     * then their quotient by a power of ten. Where two ways to cut a text differ in the order of their pieces alone, the last
     * bit decides.
     */
    private static double nearly(BigDecimal number) {
        // The digits that fit into 64 bits, unsigned; the reader drops the others.
        BigDecimal kept = number.round(new MathContext(20, RoundingMode.DOWN));
        if (kept.unscaledValue().bitLength() > 64) {
            kept = number.round(new MathContext(19, RoundingMode.DOWN));
        }
        double value = kept.unscaledValue().doubleValue();
        int exponent = -kept.scale();
        for (; exponent < -LARGEST_POWER && value != 0; exponent += LARGEST_POWER) {
            value /= 1e308;
        }
        return value == 0
                ? 0
                : exponent > LARGEST_POWER
                        ? Double.POSITIVE_INFINITY
                        : exponent < 0
                                ? value / Double.parseDouble("1e" + -exponent)
                                : value * Double.parseDouble("1e" + exponent);
    }

    String text(String key) {
        JsonNode value = node.get(key);
        if (value == null || !value.isTextual()) {
            throw bad(at(key), "a text", value);
        }
        return value.textValue();
    }

    boolean bool(String key) {
        JsonNode value = node.get(key);
        if (value == null || !value.isBoolean()) {
            throw bad(at(key), "true or false", value);
        }
        return value.booleanValue();
    }

    /** A truth value, or another if there is none. */
    boolean bool(String key, boolean otherwise) {
        return has(key) ? bool(key) : otherwise;
    }

    /** A whole number between two bounds, both included. */
    int integer(String key, int least, int most) {
        return integer(at(key), node.get(key), least, most);
    }

    /** A failure: another value was expected. */
    ModelFormatException bad(String key, String expected, String found) {
        return new ModelFormatException(file, -1, at(key), expected, found);
    }

    /** Refuses keys that are not known: one of them could change the result. */
    void only(String... known) {
        for (Iterator<String> keys = node.fieldNames(); keys.hasNext();) {
            String key = keys.next();
            if (!Arrays.asList(known).contains(key)) {
                throw new UnsupportedModelException(file + ": the key '" + shortened(at(key))
                        + "' is not supported; known beside it are " + String.join(", ", known));
            }
        }
    }

    private String at(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private ArrayNode list(String key) {
        if (node.get(key) instanceof ArrayNode list) {
            return list;
        }
        throw bad(at(key), "a list", node.get(key));
    }

    private int integer(String at, JsonNode value, int least, int most) {
        if (value == null || !value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least
                || value.intValue() > most) {
            throw bad(at, "a whole number from " + least + " to " + most, value);
        }
        return value.intValue();
    }

    private static StrictJson object(String file, String path, JsonNode node) {
        if (node instanceof ObjectNode object) {
            return new StrictJson(file, path, object);
        }
        throw new ModelFormatException(file, -1, path.isEmpty() ? "JSON" : path, "an object", describe(node));
    }

    private ModelFormatException bad(String at, String expected, JsonNode found) {
        return new ModelFormatException(file, -1, at, expected, describe(found));
    }

    private static String describe(JsonNode value) {
        if (value == null || value.isMissingNode()) {
            return "nothing";
        }
        return value.isContainerNode() ? value.isArray() ? "a list" : "an object" : shortened(value.toString());
    }

    /** A text of a stranger, made safe and short for a message. */
    static String shortened(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(SHORT).forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return out.append(text.length() > SHORT ? "..." : "").toString();
    }
}
