package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.GenerationSpec;
import dev.lanewise.spec.GenerationSpec.Stopping;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.SpecLimits;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What a folder says of the texts that an encoder-decoder makes: ids that are set, and the settings of its makers. */
final class SequenceConfig {
    private static final int MOST_IDS = 1 << 16;
    private static final int MOST_BEAMS = 1024;

    /** Rules that there is no word for, and the numbers with which they say nothing. */
    private static final Map<String, Double> NEUTRAL = new TreeMap<>(Map.of("repetition_penalty", 1.0,
            "encoder_repetition_penalty", 1.0, "encoder_no_repeat_ngram_size", 0.0, "num_beam_groups", 1.0,
            "do_sample", 0.0, "exponential_decay_length_penalty", 0.0, "sequence_bias", 0.0, "force_words_ids", 0.0));

    private SequenceConfig() {}

    /** A remark on each rule that has no part in how texts are made here. */
    static List<String> remarks(JsonNode config) {
        List<String> remarks = new ArrayList<>();
        NEUTRAL.forEach((key, neutral) -> {
            JsonNode value = config.path(key);
            if (value.isNumber() ? value.asDouble() != neutral : value.asBoolean() || !value.isEmpty()) {
                remarks.add("left out, because there is no such rule for translations: " + key + " "
                        + Json.kind(value));
            }
        });
        return remarks;
    }

    /**
     * Reads it from {@code generation_config.json}, or a configuration in which older releases kept it.
     *
     * @param ends ids that end a text: as bad words they have no meaning
     * @return empty where it does not say what a text begins with
     * @throws ModelFormatException if a value is impossible
     * @throws UnsupportedModelException if sequences of several ids are banned
     */
    static Optional<GenerationSpec> read(String file, JsonNode config, int vocabulary, List<Integer> ends) {
        ConfigReader in = new ConfigReader(file, config, "{}");
        int bos = id(in, "bos_token_id", vocabulary);
        int start = in.has("decoder_start_token_id") ? id(in, "decoder_start_token_id", vocabulary) : bos;
        if (start < 0) {
            return Optional.empty();
        }
        boolean beginsWithBos = in.flag("force_bos_token_to_be_generated") && !in.has("forced_bos_token_id");
        Set<Integer> banned = new LinkedHashSet<>();
        bannedWords(in, config.path("bad_words_ids"), banned, vocabulary);
        ends.forEach(banned::remove);
        ids(in, "suppress_tokens", config.path("suppress_tokens"), banned, vocabulary);
        Set<Integer> bannedFirst = new LinkedHashSet<>();
        ids(in, "begin_suppress_tokens", config.path("begin_suppress_tokens"), bannedFirst, vocabulary);
        return Optional.of(new GenerationSpec(start, beginsWithBos ? bos : id(in, "forced_bos_token_id", vocabulary),
                id(in, "forced_eos_token_id", vocabulary), array(banned), array(bannedFirst),
                in.flag("renormalize_logits"), length(in, "min_new_tokens", "min_length"),
                length(in, "max_new_tokens", "max_length"),
                in.has("num_beams") ? in.integer("num_beams", MOST_BEAMS) : 1,
                in.number("length_penalty", 1, -100, 100), stopping(in, config.path("early_stopping")),
                in.has("no_repeat_ngram_size") ? in.integer("no_repeat_ngram_size", 0, MOST_IDS) : 0));
    }

    private static int id(ConfigReader in, String key, int vocabulary) {
        return in.has(key) ? in.integer(key, 0, vocabulary - 1) : -1;
    }

    /** Lengths that are not of new tokens count the one that the decoder begins with. */
    private static int length(ConfigReader in, String ofNew, String ofAll) {
        if (in.has(ofNew)) {
            return in.integer(ofNew, 0, SpecLimits.POSITIONS);
        }
        return in.has(ofAll) ? Math.max(0, in.integer(ofAll, 0, SpecLimits.POSITIONS) - 1) : 0;
    }

    private static Stopping stopping(ConfigReader in, JsonNode value) {
        return switch (value.asText()) {
            case "true" -> Stopping.FIRST;
            case "false", "null", "" -> Stopping.ESTIMATE;
            case "never" -> Stopping.NEVER;
            default -> throw in.failure("early_stopping", "true, false or never", Json.kind(value));
        };
    }

    private static void bannedWords(ConfigReader in, JsonNode words, Set<Integer> into, int vocabulary) {
        for (JsonNode word : words) {
            if (word.size() != 1) {
                throw new UnsupportedModelException(in.file() + ": bad_words_ids has " + Json.kind(word)
                        + "; supported are words of one id");
            }
            ids(in, "bad_words_ids", word, into, vocabulary);
        }
    }

    private static void ids(ConfigReader in, String key, JsonNode ids, Set<Integer> into, int vocabulary) {
        for (JsonNode id : ids) {
            if (!id.canConvertToInt() || id.asInt() < 0 || id.asInt() >= vocabulary || into.size() == MOST_IDS) {
                throw in.failure(key, "at most " + MOST_IDS + " ids below " + vocabulary, Json.kind(id));
            }
            into.add(id.asInt());
        }
    }

    private static int[] array(Set<Integer> ids) {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }
}
