package dev.lanewise.tools.convert;

import dev.lanewise.spec.GenerationSpec;
import dev.lanewise.weights.Metadata;
import java.util.List;
import java.util.Optional;

/**
 * What a source says of generating text, besides how it is computed.
 *
 * @param ends the ids that end a text
 * @param chatTemplate the template that turns a conversation into a text
 * @param sequences how the texts of an encoder-decoder are made
 */
public record Generation(List<Integer> ends, Optional<String> chatTemplate, Optional<GenerationSpec> sequences) {
    /** Nothing is said. */
    public static final Generation NONE = new Generation(List.of(), Optional.empty());
    /** Metadata: the ids that end a text. */
    public static final String ENDS = "generation.eos";
    /** Metadata: the template of conversations. */
    public static final String TEMPLATE = "chat.template";

    /** That of a decoder. */
    public Generation(List<Integer> ends, Optional<String> chatTemplate) {
        this(ends, chatTemplate, Optional.empty());
    }

    /** Takes a copy. */
    public Generation {
        ends = List.copyOf(ends);
    }

    /** Writes it as metadata. */
    void write(Metadata.Builder out) {
        if (!ends.isEmpty()) {
            out.put(ENDS, ends.stream().mapToInt(Integer::intValue).toArray());
        }
        sequences.ifPresent(spec -> spec.write(out));
        chatTemplate.ifPresent(template -> out.put(TEMPLATE, template));
    }
}
