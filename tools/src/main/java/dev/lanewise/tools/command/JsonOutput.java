package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.lanewise.tools.console.Console;
import java.io.IOException;
import java.util.List;

/** JSON on the standard output, written as it comes. The only class of the plain commands that loads a JSON library. */
final class JsonOutput {
    private JsonOutput() {}

    /**
     * Begins to write. Floats get the digits that distinguish them from every other float.
     *
     * @return to be closed, which ends the line
     */
    static JsonGenerator on(Console console) throws IOException {
        return JsonFactory.builder().enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8).build()
                .createGenerator(console.out()).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
    }

    static void array(JsonGenerator json, String name, float[] values) throws IOException {
        json.writeArrayFieldStart(name);
        row(json, values, 0, values.length);
        json.writeEndArray();
    }

    static void array(JsonGenerator json, String name, int[] values) throws IOException {
        json.writeFieldName(name);
        json.writeArray(values, 0, values.length);
    }

    /** A value or a list of values: texts, numbers, truth values. */
    static void field(JsonGenerator json, String name, Object value) throws IOException {
        json.writeFieldName(name);
        if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Object element : list) {
                json.writeObject(element);
            }
            json.writeEndArray();
        } else {
            json.writeObject(value);
        }
    }

    /** Values of an array that has been started. */
    static void row(JsonGenerator json, float[] values, int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
            json.writeNumber(values[i]);
        }
    }
}
