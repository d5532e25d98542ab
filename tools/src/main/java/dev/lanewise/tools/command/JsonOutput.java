package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.lanewise.tools.command.ModelInput.Item;
import dev.lanewise.tools.command.ModelInput.Items;
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

    /** What is computed of some items, one for each. */
    @FunctionalInterface
    interface Results<T> {
        List<T> of(List<Item> batch) throws IOException;
    }

    /** How it is written. */
    @FunctionalInterface
    interface Element<T> {
        void write(JsonGenerator json, Item item, T result) throws IOException;
    }

    /** An array, an element a line, each batch of items written as soon as it is computed. */
    static <T> void elements(Console console, Items items, int batchSize, Results<T> results, Element<T> element)
            throws IOException {
        try (JsonGenerator json = on(console)) {
            json.setRootValueSeparator(null); // the elements are values of their own for the generator
            String separator = "[\n";
            for (List<Item> batch = items.next(batchSize); !batch.isEmpty(); batch = items.next(batchSize)) {
                List<T> computed = results.of(batch);
                for (int i = 0; i < batch.size(); i++) {
                    json.writeRaw(separator);
                    element.write(json, batch.get(i), computed.get(i));
                    separator = ",\n";
                }
                json.flush();
                console.flush();
            }
            json.writeRaw(separator.startsWith("[") ? "[]\n" : "\n]\n");
        }
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
