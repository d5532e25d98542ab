package dev.lanewise.tools.convert;

import dev.lanewise.weights.Metadata;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What can be put before a text that is embedded.
 *
 * @param texts by name, in the order of the source
 * @param standard the name of the one that is put there unless another is asked for; empty for none
 */
public record Prompts(Map<String, String> texts, String standard) {
    /** None. */
    public static final Prompts NONE = new Prompts(Map.of(), "");

    /** Takes a copy. */
    public Prompts {
        texts = Collections.unmodifiableMap(new LinkedHashMap<>(texts));
    }

    /** Writes them as metadata. */
    void write(Metadata.Builder out) {
        if (!texts.isEmpty()) {
            out.put("prompt.names", texts.keySet().toArray(String[]::new)).put("prompt.texts",
                    texts.values().toArray(String[]::new));
        }
        if (!standard.isEmpty()) {
            out.put("prompt.default", standard);
        }
    }
}
