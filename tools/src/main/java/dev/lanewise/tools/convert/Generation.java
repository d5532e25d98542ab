package dev.lanewise.tools.convert;

import dev.lanewise.weights.Metadata;
import java.util.List;
import java.util.Optional;

/**
 * What a source says of generating text, besides how it is computed.
 *
 * @param ends the ids that end a text
 * @param chatTemplate the template that turns a conversation into a text
 */
public record Generation(List<Integer> ends, Optional<String> chatTemplate) {
    /** Nothing is said. */
    public static final Generation NONE = new Generation(List.of(), Optional.empty());
    /** Metadata: the ids that end a text. */
    public static final String ENDS = "generation.eos";
    /** Metadata: the template of conversations. */
    public static final String TEMPLATE = "chat.template";

    /** Takes a copy. */
    public Generation {
        ends = List.copyOf(ends);
    }

    /** Writes it as metadata. */
    void write(Metadata.Builder out) {
        if (!ends.isEmpty()) {
            out.put(ENDS, ends.stream().mapToInt(Integer::intValue).toArray());
        }
        chatTemplate.ifPresent(template -> out.put(TEMPLATE, template));
    }
}
