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
        sequences.ifPresent(spec -> write(spec, out));
        chatTemplate.ifPresent(template -> out.put(TEMPLATE, template));
    }

    /** As {@link GenerationSpec#read} reads it: what says nothing is left out. */
    private static void write(GenerationSpec spec, Metadata.Builder out) {
        put(out, "start", spec.start(), -1);
        put(out, "forced_first", spec.forcedFirst(), -1);
        put(out, "forced_last", spec.forcedLast(), -1);
        put(out, "banned", spec.banned());
        put(out, "banned_first", spec.bannedFirst());
        out.putUnless(GenerationSpec.PREFIX + "renormalized", spec.renormalized(), false);
        put(out, "min_tokens", spec.minTokens(), 0);
        put(out, "max_tokens", spec.maxTokens(), 0);
        put(out, "beams", spec.beams(), 1);
        if (spec.lengthPenalty() != 1) {
            out.put(GenerationSpec.PREFIX + "length_penalty", spec.lengthPenalty());
        }
        if (spec.stopping() != GenerationSpec.Stopping.ESTIMATE) {
            out.put(GenerationSpec.PREFIX + "stopping", spec.stopping());
        }
        put(out, "no_repeat", spec.noRepeat(), 0);
    }

    private static void put(Metadata.Builder out, String key, int value, int absent) {
        if (value != absent) {
            out.put(GenerationSpec.PREFIX + key, value);
        }
    }

    private static void put(Metadata.Builder out, String key, int[] ids) {
        if (ids.length > 0) {
            out.put(GenerationSpec.PREFIX + key, ids);
        }
    }
}
